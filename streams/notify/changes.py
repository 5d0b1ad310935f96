"""What changed in an alert since it was sent, for Slack and the terminal: old values struck, new values, the reason.

Also decides how loud a change is: whether it contradicts the alert as sent, and whether it deserves a reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schemas.alert import AlertChange, AlertEvent, Cause
from schemas.delivery import Correction
from schemas.labels import ALERT_FIELDS, time_in_words
from streams.notify.mrkdwn import escape
from streams.notify.phrases import cause_in_words, value_in_words

_VALUE = 120
_GROWTH = frozenset({"origins", "by_affiliation"})


def correction_paragraphs(corrections: Sequence[Correction]) -> Iterator[str]:
    """Yield a paragraph for each correction, the latest first."""
    for correction in reversed(corrections):
        verb = "Corrected" if contradicts(correction.changes) else "Updated"
        head = f"*{verb} {time_in_words(correction.at)}*"
        yield "\n".join((head, *change_lines(correction.changes), reason_line(correction.cause)))


def change_lines(changes: Iterable[AlertChange]) -> Iterator[str]:
    """Yield a line for each changed field: the old value struck, then the new one."""
    for change in changes:
        old, new = (escape(value_in_words(change, value), _VALUE) or "none" for value in (change.old, change.new))
        yield f"{ALERT_FIELDS[change.what]}: ~{old}~ → {new}"


def reason_line(cause: Cause) -> str:
    """Return the cause of the change in one line."""
    return f"Because {cause_in_words(cause, escape)}"


def contradicts(changes: Iterable[AlertChange]) -> bool:
    """Whether changes contradict the alert as sent. Further origins or members only confirm it."""
    return any(change.what not in _GROWTH and not _restores(change) for change in changes)


def needs_reply(alert: AlertEvent) -> bool:
    """Whether an event deserves a reply in the thread.

    A third or later origin only updates the root message, so that reprints of a story do not fill the channel.
    """
    return any(change.what != "origins" or "1" in {change.old, change.new} for change in alert.changes)


def _restores(change: AlertChange) -> bool:
    return change.what == "status" and change.new == "confirmed"
