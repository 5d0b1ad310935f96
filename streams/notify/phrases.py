"""Phrases for readers, built from the labels: a sighting, a place, a cause or a changed value in one line.

Slack, the terminal, the web formats and the command line share them. Text that producers wrote passes through ``inert``
first: :func:`streams.notify.mrkdwn.visible` for Slack, :func:`streams.notify.mrkdwn.clean` elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from places.regions import country_in_text, country_name
from schemas.alert import AlertChange, AlertEvent, Cause
from schemas.codes import AlertKind
from schemas.evidence import Evidence
from schemas.labels import CAUSES, KINDS, STATUSES, join_first
from streams.notify.mrkdwn import clean, visible

Inert = Callable[[str, int], str]
"""Makes a text harmless and shortens it to a number of characters."""

_NAME, _TITLE = 120, 200
_MAX_GROUPS = 3


def uncut(text: str, _: int) -> str:
    """Return the text on one line, without invisible characters and in full."""
    return clean(text)


def sighting_reference(sighting: Evidence) -> str:
    """Return the identity, days and title by which a reader finds a sighting."""
    title = f", “{clean(sighting.title)}”" if sighting.title and clean(sighting.title) else ""
    return f"{clean(sighting.source)}/{clean(sighting.id)} of {sighting.days}{title}"


def sighting_line(sighting: Evidence, inert: Inert = uncut) -> str:
    """Return a sighting as a line of a list: days, title, origin and grade."""
    origin = inert(sighting.reported_by or sighting.source, _NAME)
    about = f"{origin}, {sighting.grade}" if sighting.grade else origin
    return f"{sighting.days} {inert(sighting.title or sighting.key, _TITLE)} ({about})"


def cause_in_words(cause: Cause) -> str:
    """Return what caused an alert event, to follow ``because``."""
    if cause.what == "areas":
        return CAUSES["areas"]
    if cause.sighting is None or cause.what == "groups":
        return f"{CAUSES['groups']}: {groups_in_words(cause.groups, cause.more_groups)}"
    return f"{CAUSES[cause.what]}: {sighting_reference(cause.sighting)}"


def groups_in_words(groups: Sequence[str], more: int = 0, inert: Inert = uncut) -> str:
    """Return the first three groups, and how many more there are."""
    names = [inert(name, _NAME) for name in groups if clean(name)]
    return join_first(names or ["groups without a visible name"], _MAX_GROUPS, more)


def value_in_words(change: AlertChange, value: str) -> str:
    """Return the old or the new value of a change as a reader knows it."""
    match change.what:
        case "status":
            return next((label.adjective for status, label in STATUSES.items() if status == value), value)
        case "kind":
            return next((label.noun for kind, label in KINDS.items() if kind == value), value)
        case "doubtful":
            return "yes" if value == "true" else "no"
        case "country" | "countries":
            return ", ".join(country_name(code) for code in value.split(", ")) if value else "none"
        case "by_affiliation":
            return clean(value) or "no, the group itself was seen"
    return clean(value)


def place_name(alert: AlertEvent) -> str:
    """Return where an alert is: its country, the region of a spread, or an area of one's own."""
    if alert.area:
        return f"{alert.area} ({country_name(alert.country)})"
    return alert.region if alert.kind == "spread" else country_name(alert.country)


def place_in_text(alert: AlertEvent) -> str:
    """Return where an alert is as it stands within a sentence: ``the DR Congo``, the region of a spread, or an area."""
    if alert.area:
        return visible(alert.area, _NAME)
    return visible(alert.region, _NAME) if alert.kind == "spread" else country_in_text(alert.country)


def group_in_text(alert: AlertEvent) -> str:
    """Return the group of an alert within a sentence."""
    return visible(alert.group, _NAME) or "a group without a visible name"


def subject(alert: AlertEvent) -> str:
    """Return what an alert is about: ``Islamic State in the DR Congo``."""
    return f"{group_in_text(alert)} in {place_in_text(alert)}"


def news(alert: AlertEvent, kind: AlertKind | None = None) -> str:
    """Return the news as a sentence: ``JNIM came back to Mali after 550 days``.

    ``kind`` is the kind with which the alert was sent, if it has changed since.
    """
    label = KINDS[kind or alert.kind]
    gap = alert.gap if kind in {None, alert.kind} else None
    sentence = label.news_after_gap if gap and label.news_after_gap else label.news
    return sentence.format(
        group=group_in_text(alert), place=place_in_text(alert), gap=gap.length if gap else "",
        count=len(alert.countries),
    )  # fmt: skip
