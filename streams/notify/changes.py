"""Changes of an alert since it was sent: whether it is still news, the struck old values, and the reason.

Also decides how prominent a change is: whether it contradicts the alert as sent, and whether it deserves a reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from schemas.alert import AlertChange, AlertEvent, AlertField, Cause
from schemas.delivery import Correction
from schemas.labels import ALERT_FIELDS, CAUSES, STATUSES, origins_in_words, with_article
from streams.notify.phrases import days, groups_in_words, subject, value_in_words, with_days_in_words
from streams.notify.spans import Line, Span, line, utc
from streams.notify.untrusted_text import clean, target, visible

_VALUE, _TITLE, _NAME = 120, 200, 120
_BY_WEIGHT: tuple[AlertField, ...] = get_args(AlertField)
_GROWTH = frozenset({"origins", "by_affiliation"})


def corrections_of(events: Sequence[AlertEvent]) -> list[Correction]:
    """Return what changed in an alert after it was sent, given all of its events; if it never was, since it exists."""
    sent = next((index for index, event in enumerate(events) if event.status == "confirmed"), 0)
    return [Correction(at=each.arrived, changes=each.changes, cause=each.cause) for each in events[sent + 1 :]]


def history_lines(corrections: Sequence[Correction]) -> Iterator[Line]:
    """Yield the lines of all corrections of an alert, the latest correction first."""
    for correction in reversed(corrections):
        verb = "Corrected" if contradicts(correction.changes) else "Updated"
        yield line(Span(f"{verb} ", bold=True), Span(utc(correction.at), at=correction.at))
        yield from change_lines(correction.changes)
        yield reason_line(correction.cause)


def change_lines(changes: Iterable[AlertChange]) -> Iterator[Line]:
    """Yield a line for each changed field: the old value struck, then the new one."""
    for change in changes:
        old, new = _value(change, change.old), _value(change, change.new)
        yield line(f"{ALERT_FIELDS[change.what]}: ", Span(old, struck=True), f" → {new}")


def reason_line(cause: Cause) -> Line:
    """Return the cause of the change in one line."""
    sighting = cause.sighting
    if cause.what == "areas":
        return line(f"Because {CAUSES['areas']}")
    if sighting is None or cause.what == "groups":
        names = groups_in_words(cause.groups, cause.more_groups, visible)
        return line(f"Because {CAUSES['groups']}: {names}")
    when = days(sighting.first_day, sighting.last_day, sighting.begins_by, sighting.earliest_end)
    key, title = visible(sighting.key, _NAME), visible(sighting.title or "", _TITLE)
    if not title:
        return line(f"Because {CAUSES[cause.what]}: {key}, {when}")
    return line(f"Because {CAUSES[cause.what]}: ", Span(title, url=target(sighting.url)), f" ({key}, {when})")


def verdict(alert: AlertEvent) -> str:
    """Return whether the alert is still news after this event, and which alert it is."""
    return f"{_verdict(alert)}: {subject(alert)}"


def _verdict(alert: AlertEvent) -> str:
    changed = {change.what: change for change in alert.changes}
    if alert.status != "confirmed" or "status" in changed:
        return STATUSES[alert.status].verdict
    if day := changed.get("first_day"):
        return f"Still news, but it began on {_value(day, day.new)}, not on {_value(day, day.old)}"
    if country := changed.get("country"):
        return f"Still news, but in {_value(country, country.new)}, not in {_value(country, country.old)}"
    if kind := changed.get("kind"):
        new, old = (with_article(_value(kind, value)) for value in (kind.new, kind.old))
        return f"Still news, but {new} and not {old}"
    if "countries" in changed:
        return "Still news, but the countries changed"
    if doubt := changed.get("doubtful"):
        return "Still news, but in doubt" if doubt.new == "true" else "Still news, and no longer in doubt"
    if origins := changed.get("origins"):
        more = int(origins.new) > int(origins.old) if origins.new.isdecimal() and origins.old.isdecimal() else True
        return f"{'More' if more else 'Less'} certain, {origins_in_words(alert.why.origins)}"
    return (
        "Still news, but seen as other factions"
        if alert.by_affiliation
        else "Still news, and the group itself was seen"
    )


def net_correction(events: Sequence[AlertEvent]) -> AlertEvent:
    """Return the last of consecutive events of an alert, with the changes of all of them together.

    Changes that cancel out are left out. The cause is that of the last event which changed what counts most.
    """
    values: dict[AlertField, tuple[str, str]] = {}
    causes: dict[AlertField, Cause] = {}
    for event in events:
        for change in event.changes:
            values[change.what] = (values.get(change.what, (change.old, ""))[0], change.new)
            causes[change.what] = event.cause
    changes = tuple(
        AlertChange(what=what, old=values[what][0], new=values[what][1])
        for what in _BY_WEIGHT if what in values and values[what][0] != values[what][1]
    )  # fmt: skip
    return events[-1].replace(changes=changes, cause=causes[changes[0].what] if changes else events[-1].cause)


def contradicts(changes: Iterable[AlertChange]) -> bool:
    """Whether changes contradict the alert as sent. Further origins or members only confirm it."""
    return any(change.what not in _GROWTH and not _restores(change) for change in changes)


def needs_reply(alert: AlertEvent) -> bool:
    """Whether an event deserves a reply in the thread.

    A third or later origin only updates the root message, so that reprints of a story do not fill the channel.
    """
    return any(change.what != "origins" or "1" in {change.old, change.new} for change in alert.changes)


def _value(change: AlertChange, value: str) -> str:
    words = clean(value_in_words(change, value))
    return visible(with_days_in_words(words) if change.what == "first_day" else words, _VALUE) or "none"


def _restores(change: AlertChange) -> bool:
    return change.what == "status" and change.new == "confirmed"
