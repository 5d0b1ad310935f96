"""A sighting, days, a cause and a changed value in one line, harmless wherever the line is shown."""

from __future__ import annotations

from schemas.alert import AlertChange, Cause
from streams.notify.phrases import (
    cause_in_words,
    days,
    sighting_line,
    sighting_reference,
    value_in_words,
    with_days_in_words,
)
from streams.notify.untrusted_text import escape
from tests.support.builders import evidence
from tests.support.tables import each_row

SIGHTING = evidence("2017-10-31", title="Shots <@U1>", grade="C3", origin="Reuters")


def test_a_reference_gives_identity_days_and_title() -> None:
    assert sighting_reference(SIGHTING) == "wire/1 of 2017-10-31, “Shots <@U1>”"
    assert sighting_reference(evidence("2017-10-31")) == "wire/1 of 2017-10-31"


def test_a_line_gives_days_title_origin_and_grade() -> None:
    assert sighting_line(SIGHTING) == "2017-10-31 Shots <@U1> (Reuters, C3)"
    assert sighting_line(evidence("2017-10-31", title=None, grade=None)) == "2017-10-31 wire/1 (wire)"


def test_the_text_of_a_producer_is_made_inert() -> None:
    assert sighting_line(SIGHTING, escape) == "2017-10-31 Shots &lt;＠U1&gt; (Reuters, C3)"  # noqa: RUF001


def test_a_cause_names_the_sighting_or_the_groups() -> None:
    assert cause_in_words(Cause(what="withdrawn", sighting=evidence("2017-10-31"))) == (
        "a sighting was withdrawn: wire/1 of 2017-10-31"
    )
    groups = Cause(what="groups", groups=("a", "b", "c", "d"), more_groups=2)
    assert cause_in_words(groups) == "names or affiliations changed: a, b, c and 3 more"


def test_values_of_a_change_are_words() -> None:
    kind = AlertChange(what="kind", old="re_emergence", new="first_ever")
    assert [value_in_words(kind, value) for value in (kind.old, kind.new)] == ["re-emergence", "first ever"]
    status = AlertChange(what="status", old="confirmed", new="retracted")
    assert value_in_words(status, status.new) == "withdrawn"


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
