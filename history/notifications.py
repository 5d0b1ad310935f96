"""Who was told what: the ledger and the outbox, alert by alert, in plain values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.delivery import CONSOLE, Delivery, LedgerEntry


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert at one destination."""

    alert_id: str
    group: str
    country: str
    destination: str
    state: Literal["pending", "sending", "sent", "dead"]
    """pending: something waits to be told; sending: it is the first of its channel."""
    revision_shown: int | None
    """The revision that the destination sees; None: nothing yet."""
    revision_due: int
    """The last that it is to see."""
    form: str
    """full, plain (Slack refused its blocks), or digest."""
    attempts: int
    ambiguous: int
    """Posts that may be there twice."""
    link: str | None
    """Address of the message; without a workspace channel and time stamp."""
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """Return all of it by name."""
        return asdict(self)


def told(
    deliveries: Iterable[Delivery],
    ledger: Mapping[str, LedgerEntry],
    outbox: Mapping[str, Delivery],
    workspace: str | None,
) -> Iterator[Notification]:
    """Yield a row for each alert and destination, in the order in which they were first owed.

    ``outbox`` is by its keys, which sort; ``workspace`` is Slack's address of it, such as ``https://desk.slack.com/``.
    """
    last = {one.delivery_id: one for one in deliveries}
    heads = _heads(outbox)
    waiting = {one.delivery_id for one in outbox.values()}
    for delivery_id, one in last.items():
        entry = ledger.get(delivery_id)
        shown = entry.alert_revision if entry and entry.state == "sent" else None
        yield Notification(
            alert_id=one.alert.alert_id,
            group=one.alert.group,
            country=one.alert.country,
            destination=one.destination,
            state=_state(delivery_id, entry, waiting, heads, one.alert.revision),
            revision_shown=shown,
            revision_due=one.alert.revision,
            form="digest" if entry and entry.digest else entry.form if entry else "full",
            attempts=entry.attempts if entry else 0,
            ambiguous=entry.ambiguous if entry else 0,
            link=_link(entry, workspace),
            error=entry.error if entry else None,
        )


def _heads(outbox: Mapping[str, Delivery]) -> set[str]:
    first: dict[str, str] = {}
    for key in sorted(outbox):
        first.setdefault(outbox[key].destination, outbox[key].delivery_id)
    return set(first.values())


def _state(
    delivery_id: str, entry: LedgerEntry | None, waiting: set[str], heads: set[str], due: int
) -> Literal["pending", "sending", "sent", "dead"]:
    if delivery_id in waiting:
        return "sending" if delivery_id in heads else "pending"
    return entry.state if entry and entry.alert_revision >= due else "pending"


def _link(entry: LedgerEntry | None, workspace: str | None) -> str | None:
    if entry is None or entry.destination == CONSOLE or not entry.message_ts:
        return None
    if workspace is None:
        return f"{entry.channel} {entry.message_ts}"
    return f"{workspace.rstrip('/')}/archives/{entry.channel}/p{entry.message_ts.replace('.', '')}"
