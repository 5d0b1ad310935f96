"""Bodies of webhooks in other formats, and templates whose structure no text can change."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertChange, AlertEvidence
from schemas.delivery import Delivery
from streams.notify.webhook import body
from streams.notify.webhook_formats import FIELDS, Format, Template, WebhookFormats, template_mistakes
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

HOOK = "https://chat.example.org/hooks/abc"
PAGE = "https://alerts.example.org"
DELIVERY = Delivery(delivery_id="d-1", destination=HOOK, alert=alert_event(revision=3))


def sent(chosen: Format, delivery: Delivery = DELIVERY, *, corrects: bool = False) -> Any:
    return json.loads(WebhookFormats(((HOOK, chosen),)).body(delivery, corrects=corrects, page=PAGE))


@each_row(
    ("address", "fits"),
    [
        ("https://chat.example.org", True),
        ("https://chat.example.org/hooks/", True),
        (HOOK, True),
        ("https://chat.example.org/hooks/abcd", False),
        ("https://chat.example.or", False),
        ("https://chat.example.org/hook", False),
        ("http://chat.example.org", False),
    ],
)
def test_an_address_stands_for_itself_and_all_below_it(address: str, fits: bool) -> None:
    assert WebhookFormats(((address, "plain"),)).of(HOOK) == ("plain" if fits else "standard")


def test_the_first_address_that_fits_counts() -> None:
    formats = WebhookFormats(((HOOK, "teams"), ("https://chat.example.org", "plain")))
    assert (formats.of(HOOK), formats.of("https://chat.example.org/other")) == ("teams", "plain")


def test_by_default_the_body_is_the_standard_one() -> None:
    assert WebhookFormats().body(DELIVERY, corrects=False, page=PAGE) == body(DELIVERY)


def test_the_named_formats_say_the_news() -> None:
    assert sent("plain")["text"].startswith("JNIM appeared in Mali for the first time\n")
    assert f"<{PAGE}" in sent("slack-compatible")["text"]
    assert sent("teams")["attachments"][0]["content"]["type"] == "AdaptiveCard"


def test_a_correction_says_what_it_corrects() -> None:
    gone = DELIVERY.alert.replace(
        status="retracted", changes=(AlertChange(what="status", old="confirmed", new="retracted"),),
        why=AlertEvidence(sightings=(), origins=0),
    )  # fmt: skip
    told = sent(Template({"title": "{headline}", "text": "{text}"}), DELIVERY.replace(alert=gone), corrects=True)
    assert told["title"] == "Alert withdrawn: JNIM in Mali"
    assert told["text"].startswith("Corrects an earlier message: JNIM appeared in Mali for the first time\n")


def test_a_text_of_a_source_mentions_and_formats_nothing_in_a_chat() -> None:
    why = AlertEvidence(
        sightings=(evidence("2017-10-31", title="<!channel> @all *x* <https://evil.example|bank>"),), origins=1
    )
    text = sent("slack-compatible", DELIVERY.replace(alert=alert_event(why=why)))["text"]
    assert not any(mark in text for mark in ("<!", "@", "*x*", "<https://evil"))


def test_a_field_alone_keeps_its_type_and_braces_can_be_written() -> None:
    template = Template({"n": "{origins}", "t": "{origins} of {{n}}", "x": [True, None, 1.5, {"{kind}": "{kind}"}]})
    assert sent(template) == {"n": 1, "t": "1 of {n}", "x": [True, None, 1.5, {"{kind}": "first"}]}


@given(st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip())))
def test_no_text_changes_the_structure(group: str) -> None:
    template = Template({"a": "{group}", "b": '{{"x": "{group}"}}', "c": ["{headline}"]})
    found = sent(template, DELIVERY.replace(alert=alert_event(group=group)))
    assert found.keys() == {"a", "b", "c"}
    assert len(found["c"]) == 1
    assert found["b"] == f'{{"x": "{found["a"]}"}}'


def test_every_field_has_a_value_for_every_alert() -> None:
    template = Template({name: f"{{{name}}}" for name in FIELDS})
    assert list(template_mistakes(template.body)) == []
    assert sent(template).keys() == FIELDS.keys()


@each_row(
    ("text", "mistake"),
    [
        ("{headlin}", "{headlin} is not a field: did you mean {headline}?"),
        ("{group.__class__}", "{group.__class__} is not a field: the fields are headline"),
        ("{0}", "{0} is not a field: the fields are headline"),
        ("{headline!r}", "{headline!r} is not a field: did you mean {headline}?"),
        ("{", "{ has no counterpart: write {{ for the character itself"),
        ("a } b", "} has no counterpart: write }} for the character itself"),
    ],
)
def test_a_mistake_in_a_template_is_named(text: str, mistake: str) -> None:
    [found] = template_mistakes({"a": [text, "{{fine}}"]})
    assert found.startswith(mistake)
