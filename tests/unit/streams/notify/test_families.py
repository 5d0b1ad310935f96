"""A faction's alert and its parents' are one message."""

from __future__ import annotations

from typing import Any

from schemas.alert import Cause
from schemas.delivery import Delivery
from streams.notify.digest import build_digest, render_digest, with_correction
from streams.notify.families import by_family, faction_of, kinship
from streams.notify.message import Message
from streams.notify.scheduling import QueuedDelivery, SendDigest, SendOne, next_action
from streams.notify.spans import words
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.slack_emulator.limits import message_problem
from tests.support.tables import each_row

SIGHTING = evidence(group="ISCA", country="CD")
SEEN = Cause(what="reported", sighting=SIGHTING)


def delivery(group: str, *factions: str, **fields: Any) -> Delivery:
    known: dict[str, Any] = {"country": "CD", "region": "Middle Africa", "cause": SEEN} | fields
    alert = alert_event(alert_id=f"{group}-alert", group=group, by_affiliation=factions, **known)
    return Delivery(delivery_id=group, destination="C12345678", alert=alert)


FACTION, PARENT, GRANDPARENT = delivery("ISCA"), delivery("IS", "ISCA"), delivery("AQI", "isca")


def queued(*deliveries: Delivery) -> list[QueuedDelivery]:
    return [
        QueuedDelivery(f"{number:04d}", each.delivery_id, each.due_at, kinship(each.alert))
        for number, each in enumerate(deliveries)
    ]


def is_new(_: str) -> bool:
    return False


def paragraphs(message: Message) -> list[list[str]]:
    assert message.card
    return [[words(each) for each in lines] for lines in message.card.paragraphs]


def test_the_faction_is_the_alert_that_all_others_are_about() -> None:
    assert faction_of([PARENT, FACTION, GRANDPARENT]) == FACTION
    assert faction_of([FACTION]) is None
    assert faction_of([PARENT, GRANDPARENT]) is None


@each_row(
    "other",
    [
        delivery("IS", "Other"),
        delivery("IS", "ISCA", country="CG"),
        delivery("IS", "ISCA", kind="spread"),
        delivery("IS", "ISCA", status="candidate"),
        delivery("IS", "ISCA", cause=Cause(what="reported", sighting=SIGHTING.replace(id="2"))),
        delivery("IS", "ISCA", cause=Cause(what="groups", groups=("IS",))),
    ],
)
def test_alerts_of_another_sighting_place_or_faction_are_no_family(other: Delivery) -> None:
    assert faction_of([FACTION, other]) is None
    assert next_action(queued(FACTION, other), is_new, ARRIVED) == SendOne("0000")


def test_a_family_is_sent_together_in_whatever_order_it_waits() -> None:
    for family in ((FACTION, PARENT), (PARENT, FACTION)):
        assert next_action(queued(*family, delivery("Other")), is_new, ARRIVED) == SendDigest(("0000", "0001"))
    rows = queued(delivery("Other"), FACTION, PARENT)
    assert next_action(rows, is_new, ARRIVED) == SendOne("0000")
    assert next_action(rows[1:], is_new, ARRIVED) == SendDigest(("0001", "0002"))
    assert next_action(rows[1:], is_new, ARRIVED, may_join=False) == SendOne("0001")
    assert next_action(rows[1:], {"ISCA"}.__contains__, ARRIVED) == SendOne("0001")


def test_the_message_shows_the_faction_in_full_and_its_parents_news() -> None:
    digest = build_digest("id", {"0": PARENT, "1": FACTION}, "https://map.example.org")
    message = render_digest(digest, interactive=True, page="https://map.example.org")
    assert message_problem(message) is None
    assert message.text.startswith("ISCA appeared in the DR Congo for the first time")
    assert paragraphs(message)[-1] == ["By affiliation: IS appeared in the DR Congo for the first time"]
    assert message.metadata["event_payload"]["delivery_id"] == "id"
    assert digest.from_bytes(digest.to_bytes()) == digest


def test_each_alert_of_a_family_is_corrected_in_the_message() -> None:
    digest = build_digest("id", {"0": FACTION, "1": PARENT})
    gone = delivery("IS", "ISCA", status="superseded", revision=2)
    message = render_digest(with_correction(digest, gone))
    assert message.text.startswith("ISCA appeared")
    assert paragraphs(message)[-1] == ["By affiliation: No longer news: IS appeared in the DR Congo for the first time"]
    gone = delivery("ISCA", status="retracted", revision=2)
    message = render_digest(with_correction(digest, gone))
    assert message.text.startswith("Alert withdrawn: ISCA appeared")
    assert paragraphs(message)[-1] == ["By affiliation: IS appeared in the DR Congo for the first time"]


def test_on_the_terminal_each_family_of_a_destination_is_one_card() -> None:
    elsewhere = PARENT.replace(delivery_id="elsewhere", destination="#desk")
    assert by_family([PARENT, FACTION, elsewhere]) == [(FACTION, (PARENT,)), (elsewhere, ())]
