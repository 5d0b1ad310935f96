"""What changed in an alert, in words: one list of names for Slack, the terminal and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from places.regions import country_name
from schemas.alert import AlertChange, AlertEvent
from schemas.codes import AlertKind
from streams.notify.mrkdwn import clean

KINDS: Mapping[AlertKind, str] = {
    "first_ever": "first ever", "re_emergence": "re-emergence", "returned": "return", "spread": "spread",
}  # fmt: skip

FIELDS: Mapping[str, str] = {
    "status": "status", "kind": "kind", "first_day": "first day", "origins": "independent origins",
    "by_affiliation": "by affiliation", "doubtful": "in doubt", "country": "country", "countries": "countries",
}  # fmt: skip

STATUSES: Mapping[str, str] = {
    "candidate": "unconfirmed", "confirmed": "confirmed", "superseded": "superseded", "retracted": "withdrawn",
}  # fmt: skip

_GROWTH = frozenset({"origins", "by_affiliation"})


def value_in_words(change: AlertChange, value: str) -> str:
    """Return the old or the new value of a change as a reader knows it."""
    match change.what:
        case "status":
            return STATUSES.get(value, value)
        case "kind":
            return next((word for kind, word in KINDS.items() if kind == value), value)
        case "doubtful":
            return "yes" if value == "true" else "no"
        case "country" | "countries":
            return ", ".join(country_name(code) for code in value.split(", ")) if value else "none"
        case "by_affiliation":
            return clean(value) or "no, the group itself was seen"
    return clean(value)


def place_name(alert: AlertEvent) -> str:
    """Return where an alert is: its country, or the region of a spread."""
    return alert.region if alert.kind == "spread" else country_name(alert.country)


def contradicts(changes: Iterable[AlertChange]) -> bool:
    """Whether changes say that what was told is not so: more than that others attest it, too."""
    return any(change.what not in _GROWTH and not _restores(change) for change in changes)


def needs_reply(alert: AlertEvent) -> bool:
    """Whether an event is worth a reply in the thread: not when only more than two origins attest the same.

    Such a change is in the root message, and a channel is not to be read for each reprint of a story.
    """
    return any(change.what != "origins" or change.old == "1" or change.new == "1" for change in alert.changes)


def _restores(change: AlertChange) -> bool:
    return change.what == "status" and change.new == "confirmed"
