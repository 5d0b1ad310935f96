"""The GDELT 2.0 event export: 61 columns between tabs, no header. Events of a known armed group become sightings.

Places: GDELT's country codes are FIPS 10-4, where CH is China and RS Russia, and must never pass for ISO codes. So
none is used. A city or state is given by its point, a whole country by its English name.

Grade D4: a program reads one report and decides who did what, where, with nobody to check it. That is a source not
usually reliable and information that may or may not be true; below the usual threshold, so that GDELT alone raises
no alert, and its events count when an independent origin says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from firstseen.importers.gdelt_groups import group_of
from firstseen.importers.rows import Imported, LeftOut, Row, Unreadable, numbered
from schemas.codes import LONGEST_NAME, LONGEST_URL
from schemas.limits import shortened

_COLUMNS = 61

_GLOBALEVENTID, _SQLDATE = 0, 1
_ACTOR1, _ACTOR2 = 5, 15
_EVENT_CODE, _ROOT_CODE = 26, 28
_GEO_TYPE, _GEO_NAME, _GEO_LATITUDE, _GEO_LONGITUDE = 51, 52, 56, 57
_DATEADDED, _SOURCEURL = 59, 60

_ACTOR_NAME, _ACTOR_KNOWN_GROUP, _ACTOR_FIRST_TYPE, _ACTOR_END = 1, 3, 7, 10

_WHOLE_COUNTRY = "1"
_WITH_POINT = ("2", "3", "4", "5")

_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_FOURTEEN_DIGITS = re.compile(r"[0-9]{14}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?")

_ROOT_WORDS = {
    "01": "statement",
    "02": "appeal",
    "03": "intent to cooperate",
    "04": "consultation",
    "05": "diplomatic cooperation",
    "06": "material cooperation",
    "07": "aid",
    "08": "yielding",
    "09": "investigation",
    "10": "demand",
    "11": "disapproval",
    "12": "rejection",
    "13": "threat",
    "14": "protest",
    "15": "show of force",
    "16": "reduced relations",
    "17": "coercion",
    "18": "assault",
    "19": "fighting",
    "20": "mass violence",
}
_ATTACK_ROOTS = ("18", "19", "20")
_SHOW_OF_FORCE_ROOT = "15"
_ARREST = "173"
_CLAIM_OF_RESPONSIBILITY = "015"


class _Actor(NamedTuple):
    name: str
    group: str | None


def import_gdelt(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield a row for each known armed group of each event; an event without any gives one that is left out.

    The id is GDELT's, with -1 or -2 for the actor if both actors are groups and not the same one.
    """
    for number, raw in numbered(lines):
        if not raw.strip():
            continue
        columns = _columns(raw)
        if isinstance(columns, str):
            yield Unreadable(number, raw, columns)
        else:
            yield from _rows(number, raw, columns)


def _columns(raw: bytes) -> list[str] | str:
    try:
        columns = raw.decode().split("\t")
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason}"
    if len(columns) != _COLUMNS:
        return f"it has {len(columns)} columns, a GDELT 2.0 event {_COLUMNS}"
    if not _DIGITS.fullmatch(columns[_GLOBALEVENTID]):
        return "GLOBALEVENTID is not a number"
    if not _EIGHT_DIGITS.fullmatch(columns[_SQLDATE]):
        return "SQLDATE is not a day like 20191024"
    return columns


def _rows(line: int, raw: bytes, columns: list[str]) -> Iterator[Row]:
    first, second = _actor(columns, _ACTOR1), _actor(columns, _ACTOR2)
    place = _place(columns)
    if first.group is None and second.group is None:
        yield LeftOut(line, raw, "neither actor is a known armed group")
        return
    if not place:
        yield LeftOut(line, raw, "GDELT found no place for it")
        return
    shared = place | _circumstances(columns, first, second)
    event_id = columns[_GLOBALEVENTID]
    if first.group and second.group and first.group != second.group:
        yield Imported(line, raw, _sighting(f"{event_id}-1", first, columns, is_first=True) | shared)
        yield Imported(line, raw, _sighting(f"{event_id}-2", second, columns, is_first=False) | shared)
    else:
        actor = first if first.group else second
        yield Imported(line, raw, _sighting(event_id, actor, columns, is_first=actor is first) | shared)


def _sighting(event_id: str, actor: _Actor, columns: list[str], *, is_first: bool) -> dict[str, object]:
    evidence = _evidence(columns, is_first=is_first)
    return {"source": "gdelt", "id": event_id, "group": actor.group, "evidence": evidence}


def _actor(columns: list[str], start: int) -> _Actor:
    actor = columns[start : start + _ACTOR_END]
    name = actor[_ACTOR_NAME]
    return _Actor(name, group_of(name, actor[_ACTOR_KNOWN_GROUP], actor[_ACTOR_FIRST_TYPE:]))


def _place(columns: list[str]) -> dict[str, object]:
    kind, name = columns[_GEO_TYPE], columns[_GEO_NAME]
    if kind == _WHOLE_COUNTRY:
        # Its point is the middle of the country, where nothing happened.
        return {"country": name} if name else {}
    if kind not in _WITH_POINT:
        return {}
    point: dict[str, object] = {
        "latitude": _number(columns[_GEO_LATITUDE]),
        "longitude": _number(columns[_GEO_LONGITUDE]),
    }
    return point | {"place": name} if name else point


def _number(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _circumstances(columns: list[str], first: _Actor, second: _Actor) -> dict[str, object]:
    day, added, url = columns[_SQLDATE], columns[_DATEADDED], columns[_SOURCEURL]
    origin = _host(url)
    actors = " > ".join(actor.name for actor in (first, second) if actor.name)
    what = _ROOT_WORDS.get(columns[_ROOT_CODE], "event")
    where = columns[_GEO_NAME]
    sighting: dict[str, object] = {
        "occurred": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "reported": _instant(added),
        "origin": shortened(origin or url, LONGEST_NAME),
        "grade": "D4",
        "title": f"{actors}: {what}, {where} (coded by GDELT)",
    }
    # An address that was cut leads nowhere.
    return sighting | {"url": url} if origin and len(url) <= LONGEST_URL else sighting


def _instant(text: str) -> str:
    if not _FOURTEEN_DIGITS.fullmatch(text):
        return text
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}Z"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if parts.scheme in {"http", "https"} else ""


def _evidence(columns: list[str], *, is_first: bool) -> str:
    code, root = columns[_EVENT_CODE], columns[_ROOT_CODE]
    if root in _ATTACK_ROOTS:
        return "attack"
    # The first actor does, the second is done to: a group that arrests somebody is no arrest of the group.
    if code.startswith(_ARREST):
        return "presence" if is_first else "arrest"
    if root == _SHOW_OF_FORCE_ROOT and is_first:
        return "presence"
    return "claim" if code.startswith(_CLAIM_OF_RESPONSIBILITY) and is_first else "other"
