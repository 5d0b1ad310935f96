"""Kinds of episodes, and which appearances are news."""

from __future__ import annotations

from datetime import UTC, date, datetime

from streams.presence.newness import is_newsworthy, kind_after
from streams.presence.policy import Policy
from tests.support.tables import each_row

POLICY = Policy()


@each_row(("previous", "kind"), [
    (None, "first_ever"), ("2016-10-30", "re_emergence"), ("2016-10-31", "returned"), ("2017-10-01", "returned"),
])  # fmt: skip
def test_a_gap_of_more_than_365_days_is_a_re_emergence(previous: str | None, kind: str) -> None:
    assert kind_after(date.fromisoformat(previous) if previous else None, date(2017, 10, 31), POLICY) == kind


def test_the_policy_sets_the_dormancy() -> None:
    days = date(2017, 1, 1), date(2017, 4, 11)

    assert kind_after(*days, Policy(dormancy_days=99)) == "re_emergence"
    assert kind_after(*days, Policy(dormancy_days=100)) == "returned"


def is_news_when(first_day: str, arrived: str, begins_by: str | None = None, *, archival: bool = False) -> bool:
    first = date.fromisoformat(first_day)
    latest = date.fromisoformat(begins_by) if begins_by else first
    return is_newsworthy(first, latest, datetime.fromisoformat(arrived).replace(tzinfo=UTC), POLICY, archival=archival)


@each_row(("arrived", "is_news"), [
    ("2017-10-31T23:59", True), ("2017-11-01T00:00", False), ("2017-10-01T00:00", True),
    ("2017-09-30T00:00", True), ("2017-09-29T23:59", False), ("2017-09-01T00:00", False),
])  # fmt: skip
def test_an_appearance_is_news_from_one_day_before_to_thirty_days_after_its_first_day(
    arrived: str, is_news: bool
) -> None:
    assert is_news_when("2017-10-01", arrived) == is_news


def test_an_archival_onset_is_not_news() -> None:
    assert not is_news_when("2017-10-01", "2017-10-02", archival=True)


@each_row(("arrived", "is_news"), [
    ("2017-01-05", True), ("2017-06-15", True), ("2018-01-30", True), ("2018-01-31", False),
    ("2016-12-31", True), ("2016-12-30", False),
])  # fmt: skip
def test_a_year_may_have_begun_on_any_of_its_days_up_to_the_report(arrived: str, is_news: bool) -> None:
    assert is_news_when("2017-01-01", arrived, "2017-12-31") == is_news
