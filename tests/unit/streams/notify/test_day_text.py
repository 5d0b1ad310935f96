"""Days as people read them."""

from __future__ import annotations

from streams.notify.day_text import days, with_days_in_words
from tests.support.builders import evidence
from tests.support.tables import each_row


@each_row(
    ("occurred", "text"),
    [
        ("2017-10-31", "31 Oct 2017"),
        ("2017-10", "some day in Oct 2017"),
        ("2017-02", "some day in Feb 2017"),
        ("2016", "some day in 2016"),
        ("2017-10-01/2017-10-24", "1 Oct to 24 Oct 2017"),
        ("2017-12-05/2018-01-20", "5 Dec 2017 to 20 Jan 2018"),
        ("2017-12-05/2018-01", "5 Dec 2017, until some day in Jan 2018"),
    ],
)
def test_days_are_shown_with_their_precision(occurred: str, text: str) -> None:
    seen = evidence(occurred)
    assert days(seen.first_day, seen.last_day, seen.begins_by, seen.earliest_end) == text


def test_an_unknown_day_of_several_is_marked() -> None:
    seen = evidence("2017-12-05/2017-12-20", precision="some_day")
    assert (
        days(seen.first_day, seen.last_day, seen.begins_by, seen.earliest_end) == "some day from 5 Dec to 20 Dec 2017"
    )


def test_iso_days_in_a_text_become_words_and_other_numbers_stay() -> None:
    assert with_days_in_words("some day from 2017-01-01 to 2017-09-30") == "some day from 1 Jan 2017 to 30 Sep 2017"
    assert with_days_in_words("2017-13-45 and 12017-01-01") == "2017-13-45 and 12017-01-01"
