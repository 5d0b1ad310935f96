"""Labels: the one table of words for the codes in records. Every text for readers takes its words from here.

Slack, the terminal, the web formats, the page, the filter language and ``docs/reference.md`` share it. A new kind of
alert gets its name here and its code in :mod:`schemas.codes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.alert import AlertStatus
from schemas.codes import AlertKind

WindowCategory = Literal["new", "back", "returned"]


@dataclass(frozen=True, slots=True)
class KindLabel:
    """The words for one kind of alert, and how it compares with the others."""

    noun: str
    """Within a sentence: ``a re-emergence``."""
    headline: str
    """In one or two words, in sentence case."""
    headline_after_gap: str | None
    """The headline when the gap before the episode is known, with ``{gap}``; None: the same as ``headline``."""
    news: str
    """The news as a sentence, with ``{group}``, ``{place}`` and, for a spread, ``{count}``."""
    news_after_gap: str | None
    """The news when the gap before the episode is known, with ``{gap}``; None: the same as ``news``."""
    plural: str
    """Several alerts of this kind in a summary."""
    filter_names: tuple[str, ...]
    """What a filter calls it; the first is the one that is printed."""
    by_default: bool
    """True: sent to subscribers whose filter names no kind."""
    strength: int
    """An alert whose kind becomes weaker than it was sent as is superseded."""
    category: WindowCategory
    """Category on the map of an episode that begins within the window; of a spread that of its countries."""
    map_label: str
    """The category in the legend of the map."""
    colour: str
    """Colour of its messages and of its category on the map, as ``#rrggbb``."""


KINDS: Mapping[AlertKind, KindLabel] = {
    "first_ever": KindLabel(
        noun="first ever",
        headline="First seen",
        headline_after_gap=None,
        news="{group} appeared in {place} for the first time",
        news_after_gap=None,
        plural="first appearances",
        filter_names=("first", "first-ever", "firstever"),
        by_default=True,
        strength=2,
        category="new",
        map_label="first seen",
        colour="#6a3fc4",
    ),
    "re_emergence": KindLabel(
        noun="re-emergence",
        headline="Back",
        headline_after_gap="Back after {gap}",
        news="{group} came back to {place}",
        news_after_gap="{group} came back to {place} after {gap}",
        plural="re-emergences",
        filter_names=("re-emergence", "reemergence", "back"),
        by_default=True,
        strength=1,
        category="back",
        map_label="back after more than a year",
        colour="#b8481d",
    ),
    "returned": KindLabel(
        noun="return",
        headline="Returned",
        headline_after_gap=None,
        news="{group} returned to {place}",
        news_after_gap="{group} returned to {place} after {gap}",
        plural="returns",
        filter_names=("returned", "return"),
        by_default=False,
        strength=0,
        category="returned",
        map_label="back within a year",
        colour="#e8924a",
    ),
    "spread": KindLabel(
        noun="spread",
        headline="Spreads",
        headline_after_gap=None,
        news="{group} spread to {count} countries of {place}",
        news_after_gap=None,
        plural="spreads",
        filter_names=("spread",),
        by_default=True,
        strength=2,
        category="new",
        map_label="first seen",
        colour="#6a3fc4",
    ),
    "first_in_area": KindLabel(
        noun="first in the area",
        headline="First seen in the area",
        headline_after_gap=None,
        news="{group} appeared in the area {place} for the first time",
        news_after_gap=None,
        plural="first appearances in areas",
        filter_names=("first-in-area", "area"),
        by_default=False,
        strength=2,
        category="new",
        map_label="first seen",
        colour="#6a3fc4",
    ),
}

OF_COUNTRIES: tuple[AlertKind, ...] = tuple(kind for kind in KINDS if kind != "first_in_area")
"""Kinds of alerts about countries, and regions of them. Only readers who ask for areas of their own see the others."""


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """The words for one status of an alert."""

    adjective: str
    sentence: str
    """What the status means for a reader of the alert."""
    verdict: str
    """Whether an alert is still news, before a colon."""
    is_taken_back: bool
    """Whether an alert that was sent is no longer news, permanently as far as is known."""


STATUSES: Mapping[AlertStatus, StatusLabel] = {
    "candidate": StatusLabel(
        "unconfirmed", "Candidate: not confirmed yet, and not sent.", "Not confirmed", is_taken_back=False
    ),
    "confirmed": StatusLabel("confirmed", "Confirmed", "News again", is_taken_back=False),
    "superseded": StatusLabel(
        "superseded", "Superseded: later evidence contradicts it, or another alert covers it.", "No longer news",
        is_taken_back=True,
    ),
    "retracted": StatusLabel(
        "withdrawn", "Withdrawn: no sufficient evidence for it remains.", "Alert withdrawn", is_taken_back=True
    ),
}  # fmt: skip

StatusName = Literal[
    "candidate", "confirmed", "superseded", "retracted", "unconfirmed", "withdrawn", "taken-back"
]  # fmt: skip
"""What a reader may call the statuses of the alerts that are wanted: by code or in words."""

_TAKEN_BACK: tuple[AlertStatus, ...] = tuple(status for status, label in STATUSES.items() if label.is_taken_back)

STATUSES_BY_NAME: Mapping[StatusName, tuple[AlertStatus, ...]] = {
    "candidate": ("candidate",), "confirmed": ("confirmed",), "superseded": ("superseded",),
    "retracted": ("retracted",), "unconfirmed": ("candidate",), "withdrawn": ("retracted",), "taken-back": _TAKEN_BACK,
}  # fmt: skip


def statuses_named(names: Iterable[StatusName]) -> tuple[AlertStatus, ...]:
    """Return the statuses that these names stand for, each once."""
    return tuple(dict.fromkeys(status for name in names for status in STATUSES_BY_NAME[name]))


ALERT_FIELDS: Mapping[str, str] = {
    "status": "status", "kind": "kind", "first_day": "first day", "origins": "independent origins",
    "by_affiliation": "by affiliation", "doubtful": "in doubt", "country": "country", "countries": "countries",
}  # fmt: skip
"""The fields of an alert whose changes are sent."""

EVIDENCE_FIELDS: Mapping[str, str] = {
    "group": "group", "grade": "grade", "origin": "origin", "kind": "kind", "place": "place", "admin1": "province",
    "latitude": "latitude", "longitude": "longitude", "title": "title", "url": "address", "doubt": "doubt",
    "archival": "archival",
}  # fmt: skip
"""The fields of a sighting that a correction lists, without country and days."""

CAUSES: Mapping[str, str] = {
    "reported": "a sighting was reported",
    "corrected": "a sighting was corrected",
    "withdrawn": "a sighting was withdrawn",
    "groups": "names or affiliations changed",
    "areas": "the area was changed",
}
"""What caused an alert event, after ``because``."""

RELIABILITY: dict[str, str] = {
    "A": "reliable source", "B": "usually reliable source", "C": "fairly reliable source",
    "D": "not usually reliable source", "E": "unreliable source", "F": "source not judged",
}  # fmt: skip
"""First character of a grade (Admiralty code)."""

CREDIBILITY: dict[str, str] = {
    "1": "confirmed", "2": "probably true", "3": "possibly true",
    "4": "doubtful", "5": "improbable", "6": "truth not judged",
}  # fmt: skip
"""Second character of a grade (Admiralty code)."""


def with_article(noun: str) -> str:
    """Return the noun of a kind as what an alert is: ``a re-emergence``, ``a first appearance``."""
    return "a first appearance" if noun.startswith("first ") else f"a {noun}"


def grade_in_words(grade: str) -> str:
    """Return an Admiralty grade in words: ``fairly reliable source, possibly true``."""
    return f"{RELIABILITY[grade[0]]}, {CREDIBILITY[grade[1]]}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: ``1 sighting``, ``1,200 sightings``."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def origins_in_words(number: int) -> str:
    """Return how many independent origins attest something: ``1 origin``, ``2 independent origins``."""
    return "1 origin" if number == 1 else f"{number:,} independent origins"


def time_in_words(time: datetime) -> str:
    """Return a time to the minute: ``2017-11-24 09:30 UTC``."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def join_words(words: Sequence[str]) -> str:
    """Return a list as a sentence writes it: ``a, b and c``."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def join_first(words: Sequence[str], limit: int, more: int = 0) -> str:
    """Return the first words of a list, and how many others there are: ``a, b and 3 more``. ``more`` adds to these."""
    more += max(0, len(words) - limit)
    first = ", ".join(words[:limit])
    return f"{first} and {more} more" if more else first
