"""The comparison of a chaos run sees a lost, an invented and a repeated message on each channel beside Slack."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from schemas.alert import AlertEvidence
from schemas.delivery import Delivery, LedgerEntry, via_of
from streams.notify.adaptive_card import teams_message
from streams.notify.cards import alert_card, follow_up_card
from streams.notify.ledger import Done, next_ledger_entry
from tests.faults.channel_comparison import Difference, Shown, compare_channel
from tests.support.builders import evidence
from tests.support.slack_deliveries import delivery, withdrawn

PAGE = "https://alerts.example.org"
ANALYST, DESK, HOOK = "mailto:analyst@example.org", "teams:desk", "http://127.0.0.1:1/hook"


def events(destination: str) -> list[Delivery]:
    seen = (evidence(title="Shots at the market"),)
    return [delivery(destination, why=AlertEvidence(sightings=seen, origins=1)), withdrawn(destination)]


def entry_of(destination: str, ambiguous: int = 0) -> LedgerEntry:
    entry = None
    for each in events(destination):
        entry = next_ledger_entry(each, entry, Done("sent"), via_of(destination))
    assert entry
    return entry.replace(ambiguous=ambiguous)


def shown(destination: str) -> list[Shown]:
    """Return the first message of an alert and its correction."""
    first, correction = events(destination)
    match via_of(destination):
        case "email":
            return [Shown("delivery-1"), Shown("delivery-1.2")]
        case "webhook":
            return [Shown("delivery-1.1"), Shown("delivery-1.2")]
    return [
        Shown("", teams_message(alert_card(first.alert, page=PAGE))),
        Shown("", teams_message(follow_up_card(correction.alert, PAGE))),
    ]


def compared(destination: str, messages: Sequence[Shown], ambiguous: int = 0) -> tuple[int, int, int]:
    ledger = {"delivery-1": entry_of(destination, ambiguous)}
    found: Difference = compare_channel(destination, messages, events(destination), ledger, PAGE)
    return found.lost, found.doubled, found.ambiguous


@pytest.mark.parametrize("destination", [ANALYST, DESK, HOOK])
def test_each_difference_is_counted(destination: str) -> None:
    first, correction = shown(destination)
    assert compared(destination, [first, correction]) == (0, 0, 0)
    assert compared(destination, [correction]) == (1, 0, 0)
    assert compared(destination, [first]) == (1, 0, 0)
    unknown = Shown("delivery-2.1", b"{}")
    assert compared(destination, [first, correction, unknown]) == (0, 1, 0)
    assert compared(destination, [first, correction, correction], ambiguous=1) == (0, 0, 1)
    copies_need_a_count = 0 if destination == HOOK else 1
    assert compared(destination, [first, first, correction])[1] == copies_need_a_count


def test_a_digest_in_teams_is_recognized_by_the_alerts_that_it_links_to() -> None:
    first = [delivery(DESK, number) for number in (1, 2)]
    ledger = {each.delivery_id: next_ledger_entry(each, None, Done("sent"), "teams", "digest-1") for each in first}
    links = Shown(
        "", b'{"url": "https://alerts.example.org/alert/alert-1", "2": "https://alerts.example.org/alert/alert-2"}'
    )
    assert compare_channel(DESK, [links], first, ledger, PAGE) == Difference()
    assert compare_channel(DESK, [], first, ledger, PAGE).lost == 1
