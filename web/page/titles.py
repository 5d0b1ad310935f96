"""Titles and descriptions of the addresses of the page, which chats and mail clients display."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from textwrap import shorten
from urllib.parse import quote

from history.alerts import events_with_prefix
from history.episode_selection import EpisodeQuery
from history.episodes import Json, episodes, episodes_of_country
from history.group_names import find_group, names_on_record, similar_groups
from places.countries import countries, country_in_text
from places.gazetteer import country_named
from places.result import Unresolved
from schemas.labels import counted, join_first
from schemas.names import comparable
from streams.notify.cards import alert_card
from streams.notify.changes import corrections_of
from streams.notify.phrases import day_in_words, short_id
from streams.notify.spans import words
from streams.notify.untrusted_text import clean

_MAX_NAMES = 8
_MAX_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """What one address shows."""

    title: str
    description: str
    path: str
    """The canonical address, from the root of the site."""
    group: str | None = None
    """Id of the group that the address names."""
    problem: str | None = None
    """Why there is nothing to show, in a sentence; None if there is something."""


FindSubject = Callable[[sqlite3.Connection, str], Subject]
"""Finds what an address shows, given the last part of its path."""

HOME = Subject("Firstseen", "Armed groups reported in a country for the first time, or after a long absence.", "/")


def alert_subject(connection: sqlite3.Connection, given: str) -> Subject:
    """Return what the address of an alert shows. A unique prefix of its id is enough."""
    events = events_with_prefix(connection, given.lower())
    found = {event.alert_id for event in events}
    if len(found) > 1:
        return _nothing("alert", given, f"Several alerts have an id that begins with {given}: write more of it.")
    if not events:
        return _nothing("alert", given, f"There is no alert {given}, or the server has not read it yet.")
    latest = events[-1]
    card = alert_card(latest, corrections_of(events))
    lines = [words(each) for paragraph in card.paragraphs for each in paragraph]
    context = " · ".join(map(words, card.context))
    description = shorten(" ".join([*lines, context]), _MAX_DESCRIPTION, placeholder=" …")
    return Subject(words(card.headline), description, f"/alert/{short_id(latest)}")


def group_subject(connection: sqlite3.Connection, given: str) -> Subject:
    """Return what the address of a group shows. Any of its names is enough, in any spelling."""
    groups, names = names_on_record(connection)
    group = find_group(groups, names, given)
    if group is None and not given.strip():
        return _nothing("group", given, "The address names no group.")
    if group is None:
        similar = join_first([clean(name) for name in similar_groups(groups, names, given)], _MAX_NAMES)
        return _nothing(
            "group", given, f"No group is called {given}. {f'Similar names: {similar}.' if similar else ''}"
        )
    rows = sorted(episodes(connection, EpisodeQuery(group)), key=lambda row: row["first_day"])
    aliases = join_first([clean(name) for name in groups.names_of(group)], _MAX_NAMES)
    also = f" Also known as {aliases}." if aliases else ""
    path = f"/group/{quote(comparable(group).replace(' ', '-'), safe='')}"
    return Subject(clean(group), f"{_spread(rows)}{also}", path, group)


def country_subject(connection: sqlite3.Connection, given: str) -> Subject:
    """Return what the address of a country shows. Its code is enough, or its name in any usual spelling."""
    found = country_named(given.upper() if given.upper() in countries() else given)
    if isinstance(found, Unresolved):
        hint = f" Did you mean {', '.join(found.suggestions)}?" if found.suggestions else ""
        return _nothing("country", given, f"There is no country {given}.{hint}")
    country = countries()[found.country]
    rows = episodes_of_country(connection, EpisodeQuery(country=country.code))
    return Subject(country.name, _on_record(country.code, rows), f"/country/{country.code}")


def head(subject: Subject) -> str:
    """Return the elements in the head of the page that describe a subject."""
    title = subject.title if subject is HOME else f"{subject.title} · Firstseen"
    elements = [
        f"<title>{escape(title)}</title>",
        _meta("name", "description", subject.description),
        _meta("property", "og:site_name", "Firstseen"),
        _meta("property", "og:title", subject.title),
        _meta("property", "og:description", subject.description),
        f'<link rel="canonical" href="{escape(subject.path)}">',
    ]
    if subject.group:
        elements.append(_meta("name", "firstseen:group", subject.group))
    if subject.problem:
        elements.append(_meta("name", "firstseen:problem", subject.problem))
    return "\n".join(elements)


def _meta(attribute: str, name: str, content: str) -> str:
    return f'<meta {attribute}="{name}" content="{escape(content)}">'


def _nothing(kind: str, given: str, problem: str) -> Subject:
    shown = clean(given)
    said = clean(problem)
    return Subject(f"Unknown {kind} {shown}", said, f"/{kind}/{quote(given, safe='')}", problem=said)


def _spread(rows: Sequence[Json]) -> str:
    """Return where a group was first seen and where last, given its episodes by first day."""
    if not rows:
        return "Not on record in any country."
    first_by_country = {row["country"]: row for row in reversed(rows)}
    openings = sorted(first_by_country.values(), key=lambda row: row["first_day"])
    where = counted(len(openings), "country", "countries")
    first, latest = openings[0], openings[-1]
    beginning = f"first in {country_in_text(first['country'])}, on {_day(first)}"
    if len(openings) == 1:
        return f"On record in {where}: {beginning}."
    return (
        f"On record in {where}: {beginning}; the newest is {country_in_text(latest['country'])}, since {_day(latest)}."
    )


def _on_record(code: str, rows: Sequence[Json]) -> str:
    """Return which groups are on record in a country, given its episodes, the latest first."""
    where = country_in_text(code)
    if not rows:
        return f"No group is on record in {where}."
    groups = {row["group"] for row in rows}
    latest = rows[0]
    number = counted(len(groups), "group")
    return f"{number} on record in {where}. The latest: {clean(latest['group'])}, {_day(latest)}."


def _day(row: Json) -> str:
    return day_in_words(date.fromisoformat(row["first_day"]))
