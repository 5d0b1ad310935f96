"""Compares what a channel beside Slack got with its deliveries and the ledger. Pure.

Nobody can look up or edit a mail, a message of Teams or a call of a webhook. So a message may appear again where the
ledger counts attempts with an unclear result; a webhook is called again with the same ``webhook-id``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.alert import AlertEvent
from schemas.delivery import Delivery, LedgerEntry, via_of
from streams.notify.adaptive_card import teams_message
from streams.notify.cards import alert_card, follow_up_card
from streams.notify.changes import needs_reply, net_correction
from streams.notify.phrases import short_id

Mark = tuple[str, int | None]
"""Id of a delivery, or of the digest that is the first message, and the revision of a correction."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that a server took."""

    identity: str
    """Its Message-ID or webhook-id. Empty in Teams, which has none."""
    content: bytes = b""


@dataclass(slots=True)
class Difference:
    """How the messages of a channel differ from what its deliveries ask for."""

    lost: int = 0
    doubled: int = 0
    """Messages that nothing asked for, and copies of messages whose ledger entry says that there are none."""
    ambiguous: int = 0
    """Copies of messages whose ledger entry says that they may exist, or that have the id of the first."""
    unknown: list[str] = field(default_factory=list)


def compare_channel(
    destination: str,
    shown: Sequence[Shown],
    deliveries: Sequence[Delivery],
    ledger: Mapping[str, LedgerEntry],
    page: str | None,
) -> Difference:
    """Compare all messages of a destination, in order. ``page``: address of the web page that messages link to."""
    events: dict[str, list[AlertEvent]] = {}
    for delivery in deliveries:
        events.setdefault(delivery.delivery_id, []).append(delivery.alert)
    sent = {key: entry for key, entry in ledger.items() if entry.state == "sent"}
    marked = [*_marks(destination, shown, events, sent, page)]
    difference = Difference(unknown=[each.identity or str(each.content) for each, marks in marked if not marks])
    have = _counted(marks for _, marks in marked if marks)
    roots = {(entry.digest or key, None) for key, entry in sent.items()}
    replies = {mark for mark in have if mark[0] in sent and mark[1] is not None}
    difference.doubled = len(difference.unknown) + sum(have[mark] for mark in have.keys() - roots - replies)
    difference.lost = len(roots - have.keys())
    if via_of(destination) == "webhook":
        heard = {(key, event.revision) for key, entry in sent.items() for event in events[key]
                 if event.revision > entry.first_revision}  # fmt: skip
        difference.lost += len(heard - replies)
        difference.ambiguous = sum(have[mark] - 1 for mark in have.keys() & (roots | heard))
        return difference
    said = {key: entry.first_revision for key, entry in sent.items()}
    for name, revision in (mark for _, marks in marked for mark in marks if mark[0] in sent):
        said[name] = max(said[name], revision or 0)
    difference.lost += sum(_has_more_to_say(events[key], said[key]) for key in sent)
    for message, copies in _copies(have, roots | replies).items():
        if any(entry.ambiguous for key, entry in sent.items() if message in {key, entry.digest}):
            difference.ambiguous += copies
        else:
            difference.doubled += copies
    return difference


def _counted(messages: Iterable[tuple[Mark, ...]]) -> Counter[Mark]:
    """Count the messages by mark. Messages that read the same are those of their possible marks in turn."""
    have: Counter[Mark] = Counter()
    for marks in messages:
        have[next((mark for mark in marks if not have[mark]), marks[-1])] += 1
    return have


def _has_more_to_say(events: Iterable[AlertEvent], revision: int) -> bool:
    later = [event for event in events if event.revision > revision]
    return bool(later) and needs_reply(net_correction(later))


def _copies(have: Mapping[Mark, int], expected: Iterable[Mark]) -> Counter[str]:
    copies: Counter[str] = Counter()
    for name, revision in expected:
        copies[name] += max(0, have.get((name, revision), 0) - 1)
    return +copies


def _marks(
    destination: str,
    shown: Iterable[Shown],
    events: Mapping[str, Sequence[AlertEvent]],
    sent: Mapping[str, LedgerEntry],
    page: str | None,
) -> Iterator[tuple[Shown, tuple[Mark, ...]]]:
    """Yield each message with what it may be; nothing: it is unknown."""
    via = via_of(destination)
    if via == "teams":
        known: dict[bytes, list[Mark]] = {}
        for content, mark in _teams_messages(events, page):
            if mark not in known.setdefault(content, []):
                known[content].append(mark)
        digests = {frozenset(names): digest for digest, names in _digests(events, sent).items()}
        for each in shown:
            digest = digests.get(frozenset(_alerts_in(each.content)))
            yield each, tuple(known.get(each.content) or ([(digest, None)] if digest else []))
        return
    for each in shown:
        name, _, revision = each.identity.partition(".")
        is_first = via == "webhook" and name in sent and int(revision) == sent[name].first_revision
        yield each, ((name, None if is_first or not revision else int(revision)),)


def _teams_messages(events: Mapping[str, Sequence[AlertEvent]], page: str | None) -> Iterator[tuple[bytes, Mark]]:
    """Yield every message that an alert may have in Teams: its first one, and the net change of consecutive events."""
    for key, of_alert in events.items():
        for end, event in enumerate(of_alert, 1):
            yield teams_message(alert_card(event, page=page)), (key, None)
            for begin in range(1, end):
                card = follow_up_card(net_correction(of_alert[begin:end]), page)
                yield teams_message(card), (key, event.revision)


def _digests(events: Mapping[str, Sequence[AlertEvent]], sent: Mapping[str, LedgerEntry]) -> dict[str, set[str]]:
    digests: dict[str, set[str]] = {}
    for key, entry in sent.items():
        if entry.digest:
            digests.setdefault(entry.digest, set()).add(short_id(events[key][0]))
    return digests


def _alerts_in(content: bytes) -> set[str]:
    return set(re.findall(r"/alert/([^\"/?#]+)", content.decode()))
