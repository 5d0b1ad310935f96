"""Phrases for readers, built from the labels: an alert, a sighting, days, a cause or a changed value in one line. Pure.

Slack, the terminal, the web formats and the command line share them. Text that producers wrote passes through ``inert``
first: :func:`streams.notify.untrusted_text.visible` for Slack, :func:`streams.notify.untrusted_text.clean` elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import quote

from places.countries import country_in_text, country_name
from schemas.alert import AlertChange, AlertEvent, Cause
from schemas.codes import AlertKind
from schemas.evidence import Evidence
from schemas.labels import CAUSES, KINDS, STATUSES, join_first
from streams.notify.untrusted_text import clean, visible

Inert = Callable[[str, int], str]
"""Makes a text harmless and shortens it to a number of characters."""

_NAME, _TITLE = 120, 200
_MAX_GROUPS = 3


def uncut(text: str, _: int) -> str:
    """Return the text on one line, without invisible characters and in full."""
    return clean(text)


DaysOf = Callable[[Evidence], str]
"""Puts the days of a sighting into words."""


def iso_days(sighting: Evidence) -> str:
    """Return the days of a sighting in ISO 8601."""
    return sighting.days


def days_of(sighting: Evidence) -> str:
    """Return the days of a sighting as messages write them."""
    return days(sighting.first_day, sighting.last_day, sighting.begins_by, sighting.ends_from)


def sighting_reference(sighting: Evidence, in_words: DaysOf = iso_days) -> str:
    """Return the identity, days and title by which a reader finds a sighting."""
    title = f", “{clean(sighting.title)}”" if sighting.title and clean(sighting.title) else ""
    return f"{clean(sighting.source)}/{clean(sighting.id)} of {in_words(sighting)}{title}"


def sighting_line(sighting: Evidence, inert: Inert = uncut, in_words: DaysOf = iso_days) -> str:
    """Return a sighting as a line of a list: days, title, origin and grade."""
    origin = inert(sighting.reported_by or sighting.source, _NAME)
    about = f"{origin}, {sighting.grade}" if sighting.grade else origin
    return f"{in_words(sighting)} {inert(sighting.title or sighting.key, _TITLE)} ({about})"


def cause_in_words(cause: Cause, in_words: DaysOf = iso_days) -> str:
    """Return what caused an alert event, to follow ``because``."""
    if cause.what == "areas":
        return CAUSES["areas"]
    if cause.sighting is None or cause.what == "groups":
        return f"{CAUSES['groups']}: {groups_in_words(cause.groups, cause.more_groups)}"
    return f"{CAUSES[cause.what]}: {sighting_reference(cause.sighting, in_words)}"


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
    """Return where an alert is: its country, the region of a spread, or the area of a user."""
    if alert.area:
        return f"{clean(alert.area)} ({country_name(alert.country)})"
    return alert.region if alert.is_regional else country_name(alert.country)


def place_in_text(alert: AlertEvent) -> str:
    """Return where an alert is as it stands within a sentence: ``the DR Congo``, the region of a spread, or an area."""
    if alert.area:
        return visible(alert.area, _NAME)
    return visible(alert.region, _NAME) if alert.is_regional else country_in_text(alert.country)


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


SHORT_ID = 8
"""Characters of an alert's id that name it. Every command and the page accept them."""


def short_id(alert: AlertEvent) -> str:
    """Return the beginning of the alert's id."""
    return alert.alert_id[:SHORT_ID]


def alert_address(page: str, alert: AlertEvent) -> str:
    """Return the address of an alert: the page opens it, with the map of the time at which it was reported."""
    return f"{page.rstrip('/')}/alert/{quote(short_id(alert), safe='')}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def day_in_words(day: date) -> str:
    """Return a day, whatever the locale: ``22 Nov 2017``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def some_day(first: date, last: date | None) -> str:
    """Return one day that may lie anywhere from first to last; ``last`` None means that it is ``first``."""
    if last is None or last == first:
        return day_in_words(first)
    begins_month = first.day == 1
    if begins_month and _ends_month(last):
        if first.month == 1 and last.month == 12 and first.year == last.year:
            return f"some day in {first.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"some day in {_MONTHS[first.month - 1]} {first.year}"
    return f"some day from {span_of_days(first, last)}"


def span_of_days(first: date, last: date) -> str:
    """Return days from first to last, both inclusive: ``28 Oct to 24 Nov 2017``."""
    if first == last:
        return day_in_words(first)
    begin = day_in_words(first) if first.year != last.year else day_in_words(first).rpartition(" ")[0]
    return f"{begin} to {day_in_words(last)}"


def days(first_day: date, last_day: date, begins_by: date | None = None, ends_from: date | None = None) -> str:
    """Return days with their uncertainty, both inclusive, as :func:`schemas.days.days_in_words` does in ISO 8601."""
    begins_by, ends_from = begins_by or first_day, ends_from or last_day
    if (begins_by, ends_from) == (last_day, first_day):
        return some_day(first_day, last_day)
    if (begins_by, ends_from) == (first_day, last_day):
        return span_of_days(first_day, last_day)
    return f"{some_day(first_day, begins_by)}, until {some_day(ends_from, last_day)}"


def with_days_in_words(text: str) -> str:
    """Return a text of ours with its ISO days as people read them. Not for texts of producers."""
    return _ISO_DAY.sub(_in_words, text)


def _in_words(found: re.Match[str]) -> str:
    try:
        return day_in_words(date(*map(int, found.groups())))
    except ValueError:
        return found[0]


def _ends_month(day: date) -> bool:
    return day == date.max or (day + timedelta(days=1)).day == 1
