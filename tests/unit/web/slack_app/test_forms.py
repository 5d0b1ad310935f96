"""The forms that the Slack app opens, and what their answers mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from places.areas import packaged
from places.polygons import polygon_area
from schemas.alert import AlertEvent
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import parse_filter
from tests.support.builders import alert_event
from tests.support.slack_emulator.limits import message_problem, view_problem
from tests.support.tables import each_row
from web.slack_app.forms import (
    Origin,
    answers,
    edit_form,
    filter_of,
    mute_form,
    operator_report,
    report_form,
    subscribe_form,
)

AREAS = packaged()
ORIGIN = Origin("C12345678", "https://hooks.example.org/1", "1a2b3c4d")
PUSHED = ["first_ever", "re_emergence", "spread"]


def texts(form: dict[str, Any]) -> str:
    return str(form["blocks"])


@given(st.text(max_size=300), st.sampled_from(["first_ever", "spread"]))
def test_each_form_fits_slacks_limits_for_any_group(group: str, kind: Any) -> None:
    alert = alert_event(group=group, kind=kind)
    edited = Origin("C12345678", about=group)
    for form in (mute_form(alert, ORIGIN), report_form(alert, ORIGIN), subscribe_form(ORIGIN), edit_form(edited)):
        assert view_problem(form) is None
    assert Origin.from_text(edit_form(edited)["private_metadata"]) == edited


def test_a_mute_says_what_it_does_and_asks_why() -> None:
    form = mute_form(alert_event(), ORIGIN)
    assert "This channel gets no new alerts about JNIM in Mali until the mute ends." in texts(form)
    assert "still gets corrections" in texts(form)
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == ["days", "reason"]
    spread: AlertEvent = alert_event(kind="spread")
    assert "about JNIM until" in texts(mute_form(spread, ORIGIN))


def test_a_report_says_whom_it_tells_and_asks_what_is_wrong() -> None:
    form = report_form(alert_event(), ORIGIN)
    assert "This tells the operators of Firstseen that the alert about JNIM in Mali is wrong." in texts(form)
    assert "It changes nothing by itself." in texts(form)
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == ["error", "reason"]


def test_answers_are_read_by_field() -> None:
    state = {
        "groups": {"groups": {"type": "plain_text_input", "value": "JNIM"}},
        "places": {"places": {"type": "plain_text_input", "value": None}},
        "kinds": {"kinds": {"type": "checkboxes", "selected_options": [{"value": "spread"}]}},
        "days": {"days": {"type": "static_select", "selected_option": {"value": "7"}}},
    }
    assert answers({"state": {"values": state}}) == {
        "groups": "JNIM", "places": "", "kinds": ["spread"], "days": "7",
    }  # fmt: skip


@each_row(
    ("answered", "text"),
    [
        ({"kinds": PUSHED}, "all"),
        ({"groups": "JNIM, Boko Haram", "kinds": PUSHED}, 'group:JNIM,"Boko Haram"'),
        ({"places": "Sahel\nWestern Africa", "kinds": PUSHED}, 'in:Sahel,"Western Africa"'),
        ({"places": "Mali", "kinds": ["returned"]}, "kind:returned country:Mali"),
        (
            {"groups": "JNIM", "places": "Sahel, Belgium", "kinds": PUSHED, "when": "digest:daily@08:00"},
            "group:JNIM in:Sahel OR group:JNIM country:Belgium digest:daily@08:00",
        ),
        ({"kinds": PUSHED, "when": "now"}, "all"),
    ],
)
def test_a_form_becomes_a_filter(answered: dict[str, Any], text: str) -> None:
    found = filter_of(answered, AREAS)
    assert found == text
    assert text == "all" or not isinstance(parse_filter(text, AREAS), FilterError)


def test_a_place_may_be_an_area_with_a_polygon() -> None:
    ring = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 0.0)]
    areas = replace(AREAS, polygons={"Liptako": polygon_area("Liptako", [[ring]])})

    found = filter_of({"places": "liptako, Mali", "kinds": PUSHED, "when": "now"}, areas)

    assert found == "within:liptako OR country:Mali"


def test_a_place_that_does_not_exist_is_an_error_at_its_field() -> None:
    wrong = filter_of({"places": "Narnia", "kinds": PUSHED}, AREAS)
    assert isinstance(wrong, dict)
    assert [*wrong] == ["places"]
    assert wrong["places"].startswith("“Narnia”: ")


def test_without_a_kind_the_form_has_an_error() -> None:
    wrong = filter_of({"kinds": []}, AREAS)
    assert wrong == {"kinds": "Choose at least one kind."}


def test_a_report_mentions_its_author_and_nobody_else() -> None:
    answered = {"error": "place", "reason": "<!channel> it was *Niger*"}
    report = operator_report(alert_event(group="<!channel>"), "U12345678", ORIGIN, answered)
    assert message_problem(report) is None
    assert report.text.startswith("<@U12345678> in <#C12345678> reports an error. The country or place is wrong:")
    assert "<!channel>" not in report.text
    assert "“<!channel> it was *Niger*”" in str(report.blocks)
    assert f"firstseen alerts why {alert_event().alert_id[:8]}" in str(report.blocks)
