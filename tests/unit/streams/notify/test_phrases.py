"""A sighting, a cause and a changed value in one line, harmless wherever the line is shown."""

from __future__ import annotations

from schemas.alert import AlertChange, Cause
from streams.notify.mrkdwn import escape
from streams.notify.phrases import cause_in_words, sighting_line, sighting_reference, value_in_words
from tests.support.builders import evidence

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
