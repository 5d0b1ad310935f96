"""The GDELT 2.0 event export (61 tab-separated columns, no header): attacks by or on known armed groups.

Only material conflict (CAMEO root codes 18 to 20) shows that a group was present. Statements, plans and demands are
placed where they were made.

Places: GDELT's country codes are FIPS 10-4, where CH is China and RS is Russia. They must not be taken for ISO codes,
so none is written. A city or state is given by its point, a country by its English name.

Grade D4: a program reads one report and decides who did what where, and nobody checks it. The source is not usually
reliable, and the information is doubtful. The grade is below the default threshold, so one site alone raises no alert.
A second site, or another source, with the same report is an independent origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from firstseen.importers.gdelt_groups import group_of
from firstseen.importers.rows import Imported, Malformed, Row, Skipped, numbered
from schemas.codes import LONGEST_NAME, LONGEST_URL
from schemas.labels import counted
from schemas.limits import shorten

_COLUMNS = 61
_COLUMNS_OF_1_0 = (57, 58)

_GLOBALEVENTID, _SQLDATE = 0, 1
_ACTOR1, _ACTOR2 = 5, 15
_ROOT_CODE = 28
_GEO_TYPE, _GEO_NAME, _GEO_COUNTRY, _GEO_LATITUDE, _GEO_LONGITUDE = 51, 52, 53, 56, 57
_DATEADDED, _SOURCEURL = 59, 60

_ACTOR_NAME, _ACTOR_KNOWN_GROUP, _ACTOR_FIRST_TYPE, _ACTOR_END = 1, 3, 7, 10

_WHOLE_COUNTRY = "1"
_WITH_POINT = ("2", "3", "4", "5")

_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_FOURTEEN_DIGITS = re.compile(r"[0-9]{14}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?")

_MATERIAL_CONFLICT = {"18": "assault", "19": "fighting", "20": "mass violence"}
"""Words for CAMEO root codes."""

_FIGHTING = "19"

_OTHER_CONGO = "CG"
"""FIPS 10-4 for the Democratic Republic of the Congo. "Congo" alone is the other Congo in GDELT's list of countries."""


class _Actor(NamedTuple):
    name: str
    group: str | None


def import_gdelt(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield a row for each known armed group of each attack. Any other event gives one row that is left out.

    The id is GDELT's, with -1 or -2 for the actor if both actors are different groups.
    """
    for number, raw in numbered(lines):
        if not raw.strip():
            continue
        columns = _columns(raw)
        if isinstance(columns, str):
            yield Malformed(number, raw, columns)
        else:
            yield from _rows(number, raw, columns)


def _columns(raw: bytes) -> list[str] | str:
    try:
        columns = raw.decode().split("\t")
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason}"
    if len(columns) in _COLUMNS_OF_1_0:
        return f"it has {len(columns)} columns, as in GDELT 1.0: only GDELT 2.0 events, with {_COLUMNS}, can be read"
    if len(columns) != _COLUMNS:
        return f"it has {counted(len(columns), 'column')}; a GDELT 2.0 event has {_COLUMNS}"
    if not _DIGITS.fullmatch(columns[_GLOBALEVENTID]):
        return "GLOBALEVENTID is not a number"
    if not _EIGHT_DIGITS.fullmatch(columns[_SQLDATE]):
        return "SQLDATE is not a day like 20191024"
    return columns


def _rows(line: int, raw: bytes, columns: list[str]) -> Iterator[Row]:
    first, second = _actor(columns, _ACTOR1), _actor(columns, _ACTOR2)
    place = _place(columns)
    if first.group is None and second.group is None:
        yield Skipped(line, raw, "neither actor is a known armed group")
        return
    if columns[_ROOT_CODE] not in _MATERIAL_CONFLICT:
        yield Skipped(line, raw, "it is not material conflict (CAMEO root codes 18, 19, 20)")
        return
    if not place:
        yield Skipped(line, raw, "GDELT found no place for it")
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
    # The first actor acts on the second: a group that is attacked in a place was present and attacked nobody.
    evidence = "attack" if is_first or columns[_ROOT_CODE] == _FIGHTING else "presence"
    return {"source": "gdelt", "id": event_id, "group": actor.group, "evidence": evidence}


def _actor(columns: list[str], start: int) -> _Actor:
    actor = columns[start : start + _ACTOR_END]
    name = actor[_ACTOR_NAME]
    return _Actor(name, group_of(name, actor[_ACTOR_KNOWN_GROUP], actor[_ACTOR_FIRST_TYPE:]))


def _place(columns: list[str]) -> dict[str, object]:
    kind, name = columns[_GEO_TYPE], columns[_GEO_NAME]
    if kind == _WHOLE_COUNTRY:
        # Its point is the center of the country, not the place of the event.
        return {"country": _country(name, columns[_GEO_COUNTRY])} if name else {}
    if kind not in _WITH_POINT or not (columns[_GEO_LATITUDE].strip() and columns[_GEO_LONGITUDE].strip()):
        return {}
    point: dict[str, object] = {
        "latitude": _number_or_text(columns[_GEO_LATITUDE]),
        "longitude": _number_or_text(columns[_GEO_LONGITUDE]),
    }
    return point | {"place": name} if name else point


def _country(name: str, fips: str) -> str:
    if name.strip().casefold() != "congo":
        return name
    return "DR Congo" if fips == _OTHER_CONGO else "Republic of the Congo"


def _number_or_text(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _circumstances(columns: list[str], first: _Actor, second: _Actor) -> dict[str, object]:
    day, added, url = columns[_SQLDATE], columns[_DATEADDED], columns[_SOURCEURL]
    origin = _host(url)
    actors = " > ".join(actor.name for actor in (first, second) if actor.name)
    action = _MATERIAL_CONFLICT[columns[_ROOT_CODE]]
    where = columns[_GEO_NAME]
    sighting: dict[str, object] = {
        "occurred": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "reported": _instant(added),
        "origin": shorten(origin or url, LONGEST_NAME),
        "grade": "D4",
        "title": f"{actors}: {action}, {where} (coded by GDELT)",
    }
    # A truncated address is useless.
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
