"""ACLED's export since 2024 (CSV; its API returns the same columns): where armed groups attacked or were present.

Each main actor that is a named armed group becomes one sighting per news office that reported the event. Associated
actors do not: ACLED gives them no type, and they may be parties, victims or ethnic groups.

Grade B2, as for UCDP: researchers code the events from the press, by a code book. The rules here come from ACLED's code
book and its list of columns; ACLED's data and texts are not part of Firstseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from firstseen.importers.csv_with_header import headed_records
from firstseen.importers.missing_values import number_or_text, present, whole
from firstseen.importers.named_groups import named_group, why_no_group
from firstseen.importers.origins import offices, with_origins
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from places.gazetteer import country_named
from places.result import Resolved
from schemas.labels import join_words
from schemas.limits import shorten
from schemas.sighting import parse_instant
from schemas.text_cache import cache_short_text
from streams.notify.untrusted_text import clean

_NEEDED = (
    "event_id_cnty",
    "event_date",
    "event_type",
    "sub_event_type",
    "actor1",
    "inter1",
    "actor2",
    "country",
    "latitude",
    "longitude",
    "source",
    "timestamp",
)

_ATTACKS = frozenset({"battles", "explosions/remote violence", "violence against civilians"})
_STRATEGIC = "strategic developments"
_SUB_EVENTS = {
    "headquarters or base established": "presence",
    "non-violent transfer of territory": "presence",
    "looting/property destruction": "presence",
    "disrupted weapons use": "presence",
    "arrests": "arrest",
}
"""Strategic developments that show where a group is, with their kind of evidence."""
_FIRST_ACTOR_ONLY = frozenset({"looting/property destruction"})
_SECOND_ACTOR_ONLY = frozenset({"arrests"})

_TYPES = {
    "1": "a government",
    "state forces": "a government",
    "5": "rioters or protesters",
    "rioters": "rioters or protesters",
    "6": "rioters or protesters",
    "protesters": "rioters or protesters",
    "7": "civilians",
    "civilians": "civilians",
    "8": "an external force",
    "external/other forces": "an external force",
    "external forces": "an external force",
    "other forces": "an external force",
}
"""Values of inter1 and inter2 (numbers or, since 2024, words) of actors that are not armed groups, in words."""
_IDENTITY_MILITIA = frozenset({"4", "identity militia", "identity militias"})
_CROWDS = re.compile(r"(?:rioters|protesters)\b", re.IGNORECASE)
_EITHER = " and/or "

_SUFFIX = re.compile(r"(?P<name>.+?)\s*\((?P<country>[^()]+)\)")
_WEEK, _MONTH = "2", "3"
_PROVINCE = "3"
_TITLE_LENGTH = 200
_LONGEST_TYPE = 60
_EARLIEST = datetime(1997, 1, 1, tzinfo=UTC)
"""ACLED's first year: an earlier day or ``timestamp`` is invalid."""


def import_acled(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield a row for each armed group of each event and each news office that reported it.

    An event without an armed group, or of a kind that shows no presence, gives one row that is left out. Columns are
    found by name, in any order.
    """
    for record in headed_records(lines, _NEEDED):
        if isinstance(record, Malformed):
            yield record
        else:
            yield from acled_rows(record.line, record.raw, record.fields)


def acled_rows(line: int, raw: bytes, event: Mapping[str, object]) -> Iterator[Row]:
    """Yield the rows of one event, given its columns by name.

    The id is ACLED's with -1 or -2 for the actor, so that it does not change when a correction changes the other actor.
    ``timestamp`` is the revision.
    """
    texts = {column: str(value) for column, value in event.items() if value is not None}
    day, updated = _day(_column_text(texts, "event_date")), _instant(_column_text(texts, "timestamp"))
    if not _column_text(texts, "event_id_cnty"):
        yield Malformed(line, raw, "it has no event_id_cnty")
    elif day is None:
        yield Malformed(line, raw, "event_date is not a date like 2024-03-01")
    elif updated is None:
        yield Malformed(line, raw, "timestamp is not a time in seconds since 1970")
    elif not any(kinds := _kinds(texts)):
        event_type = shorten(clean(_column_text(texts, "event_type").casefold()), _LONGEST_TYPE)
        named = event_type or "an event without a type"
        yield Skipped(line, raw, f"{named}: it does not show that an armed group was present")
    else:
        shown = [(number, kind) for number, kind in enumerate(kinds, start=1) if kind]
        groups = [(number, kind) for number, kind in shown if _why_no_group(texts, number) is None]
        for number, kind in groups:
            sightings = with_origins(
                _sighting(texts, number, kind, day, updated), offices(_column_text(texts, "source"))
            )
            yield from (Imported(line, raw, sighting) for sighting in sightings)
        if not groups:
            reasons = sorted({str(_why_no_group(texts, number)) for number, _ in shown})
            yield Skipped(line, raw, f"no actor is a named armed group: {join_words(reasons)}")


def _kinds(event: Mapping[str, str]) -> tuple[str, str]:
    """Return the kind of evidence for each of the two actors; empty if its presence is not shown."""
    kind, sub = _column_text(event, "event_type").casefold(), _column_text(event, "sub_event_type").casefold()
    if kind in _ATTACKS:
        # In a battle both sides fight; otherwise the second actor is the target and was present.
        return "attack", "attack" if kind == "battles" else "presence"
    if kind != _STRATEGIC or sub not in _SUB_EVENTS:
        return "", ""
    found = _SUB_EVENTS[sub]
    return "" if sub in _SECOND_ACTOR_ONLY else found, "" if sub in _FIRST_ACTOR_ONLY else found


def _why_no_group(event: Mapping[str, str], number: int) -> str | None:
    name = _column_text(event, f"actor{number}")
    if _CROWDS.match(name):
        return "rioters or protesters"
    if (reason := why_no_group(_SUFFIX.sub(r"\g<name>", name))) is not None:
        return reason
    if _EITHER in name.casefold():
        return "one of several groups, it is not known which"
    return _TYPES.get(whole(_column_text(event, f"inter{number}")).casefold())


def _group(event: Mapping[str, str], number: int) -> str:
    """Return the group's name without a country in parentheses, so that a group has one name in all countries.

    The name of an identity militia is that of a people, and the country says which militia is meant: there it stays.
    """
    name = named_group(_column_text(event, f"actor{number}"))
    suffix = _SUFFIX.fullmatch(name)
    if suffix is None or whole(_column_text(event, f"inter{number}")).casefold() in _IDENTITY_MILITIA:
        return name
    country = country_named(suffix["country"])
    is_country = isinstance(country, Resolved) and country.how == "name"
    return suffix["name"] if is_country else name


def _sighting(event: Mapping[str, str], number: int, kind: str, day: date, updated: datetime) -> dict[str, object]:
    latitude, longitude = number_or_text(event.get("latitude", "")), number_or_text(event.get("longitude", ""))
    is_point = whole(_column_text(event, "geo_precision")) != _PROVINCE or not _column_text(event, "country")
    # Half a point is useless. Without a country it is kept, so that intake reports what is missing.
    has_point = is_point and (None not in (latitude, longitude) or not _column_text(event, "country"))
    sighting: dict[str, object | None] = {
        "source": "acled",
        "id": f"{_column_text(event, 'event_id_cnty')}-{number}",
        "revision": int(updated.timestamp()),
        "group": _group(event, number),
        "country": _column_text(event, "country") or None,
        "admin1": _column_text(event, "admin1") or None,
        "place": (_column_text(event, "location") or None) if is_point else None,
        "latitude": latitude if has_point else None,
        "longitude": longitude if has_point else None,
        **_occurred(day, whole(_column_text(event, "time_precision"))),
        "reported": f"{max(updated, datetime.combine(day, datetime.min.time(), UTC)):%Y-%m-%dT%H:%M:%SZ}",
        "grade": "B2",
        "evidence": kind,
        "title": _title(event),
    }
    return {field: value for field, value in sighting.items() if value is not None}


def _column_text(event: Mapping[str, str], column: str) -> str:
    return present(event.get(column, ""))


@cache_short_text
def _day(text: str) -> date | None:
    text = text.removesuffix("T00:00:00")
    for form in ("%Y-%m-%d", "%d %B %Y", "%d-%B-%Y", "%d %b %Y", "%d-%b-%Y"):
        try:
            day = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return day if _EARLIEST.year <= day.year < date.max.year else None
    return None


def _instant(text: str) -> datetime | None:
    seconds = whole(text)
    try:
        instant = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else parse_instant(text)
    except (ValueError, OverflowError, OSError):
        return None
    return instant if instant >= _EARLIEST else None


def _occurred(day: date, precision: str) -> dict[str, str]:
    if precision == _WEEK:
        # For an unknown day, ACLED writes the middle of the week or weekend.
        return {"occurred": f"{day - timedelta(3)}/{day + timedelta(3)}", "precision": "some_day"}
    return {"occurred": f"{day:%Y-%m}" if precision == _MONTH else f"{day}"}


def _title(event: Mapping[str, str]) -> str:
    actors = " vs ".join(filter(None, (_column_text(event, "actor1"), _column_text(event, "actor2"))))
    event_type = _column_text(event, "sub_event_type") or _column_text(event, "event_type")
    location = "" if whole(_column_text(event, "geo_precision")) == _PROVINCE else _column_text(event, "location")
    where = location or _column_text(event, "admin1") or _column_text(event, "country")
    line = " ".join(f"{actors}: {event_type}, {where} (coded by ACLED)".split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1] + "…"
