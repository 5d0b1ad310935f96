"""JSON Lines made from UCDP data: each line is one group's part in one event. Intake reads the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from firstseen.importers.jsonl import read_object
from firstseen.importers.missing_values import present
from firstseen.importers.named_groups import why_no_group
from firstseen.importers.rows import Imported, Malformed, Row, Skipped, numbered
from firstseen.importers.ucdp_states import country_today
from firstseen.importers.ucdp_titles import event_title
from schemas.days import parse_days

_SAME_MEANING = {
    "id": "id",
    "revision": "revision",
    "test": "test",
    "group": "group",
    "country": "country",
    "adm1": "admin1",
    "place": "place",
    "lat": "latitude",
    "lon": "longitude",
    "reported_at": "reported",
}
"""Our field by theirs. Values are passed on unchanged, whatever their type: intake reports problems with them."""

_EVIDENCE = {
    "cell": "cell",
    "pledge": "pledge",
    "province claimed": "claim",
    "claim": "claim",
    "province established": "presence",
    "presence": "presence",
    "territory": "presence",
    "attack": "attack",
    "clash": "attack",
    "insurgency": "attack",
    "arrest": "arrest",
}
"""Kind of evidence by the beginning of their word. The first match decides, so narrower words come first."""

_TITLE_LENGTH = 200

_IN_HPLT = re.compile(r"hplt:deduplicated/\w+/(?P<file>[0-9]+)\.jsonl\.zst:(?P<number>[0-9]+)")
"""A document of the HPLT text collection: a file, and a number in it. Its outlet is not known."""


def import_ucdp(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield one row for each line that is not blank."""
    for number, raw in numbered(lines):
        if not raw.strip():
            continue
        event = read_object(raw)
        sighting = event if isinstance(event, str) else _sighting(_with_values(event))
        if isinstance(sighting, str):
            yield Malformed(number, raw, sighting)
        elif isinstance(group := sighting.get("group"), str) and (why := why_no_group(group)):
            yield Skipped(number, raw, f"its group is {why}")
        else:
            yield Imported(number, raw, sighting)


def _with_values(event: dict[str, object]) -> dict[str, object]:
    return {field: value for field, value in event.items() if field == "op" or _is_given(value)}


def _is_given(value: object) -> bool:
    return not isinstance(value, str) or bool(present(value))


def _sighting(event: dict[str, object]) -> dict[str, object] | str:
    op = event.get("op")
    if op not in (None, "upsert", "retract"):
        return "op is neither upsert nor retract"
    sighting: dict[str, object] = {"source": "ucdp"}
    for theirs, ours in _SAME_MEANING.items():
        if event.get(theirs) is not None:
            sighting[ours] = event[theirs]
    if event.get("source") is not None:
        sighting["origin"] = _origin(event["source"])
    if event.get("date") is not None:
        sighting["occurred"] = _occurred(event["date"], event.get("date_end"), event.get("date_precision"))
    if op == "retract":
        return sighting | {"retracted": True}
    sighting |= {"grade": "B2", "evidence": _evidence(event.get("evidence"))} | _country(sighting)
    title = _title(event)
    return sighting | {"title": title} if title else sighting


def _origin(source: object) -> object:
    """Return the outlet of a report, or words for the place where the report is kept, which names no outlet."""
    if not isinstance(source, str):
        return source
    kept = _IN_HPLT.fullmatch(source)
    return f"news report (HPLT {kept['file']}:{kept['number']})" if kept else source


def _country(sighting: dict[str, object]) -> dict[str, object]:
    name, days = sighting.get("country"), sighting.get("occurred")
    if not isinstance(name, str) or not isinstance(days, str):
        return {}
    try:
        day = parse_days(days).first_day
    except ValueError:  # intake reports the problem
        return {}
    return {"country": country_today(name, day, sighting.get("latitude"), sighting.get("longitude"))}


def _occurred(date: object, date_end: object, precision: object) -> object:
    if date_end is None or date_end == date:
        return date
    if isinstance(date, str) and isinstance(date_end, str):
        return _whole(date, date_end, precision) or f"{date}/{date_end}"
    # A pair is never a day, but text made from it could look like one: 2017-10-31 to the number 2018, for example.
    return [date, date_end]


def _whole(date: str, date_end: str, precision: object) -> str | None:
    """Return a month or year of unknown day in our format, or None."""
    written = {"month": date[:7], "year": date[:4]}.get(precision) if isinstance(precision, str) else None
    try:
        days = parse_days(written) if written else None
    except ValueError:
        return None
    same = days and (days.first_day.isoformat(), days.last_day.isoformat()) == (date, date_end)
    return written if same else None


def _evidence(words: object) -> object:
    if words is None:
        # UCDP includes only events with a death.
        return "attack"
    if not isinstance(words, str):
        return words
    found = (kind for start, kind in _EVIDENCE.items() if re.search(rf"\b{start}", words, re.IGNORECASE))
    return next(found, "other")


def _title(event: dict[str, object]) -> str:
    evidence, note = _text_field(event, "evidence"), _text_field(event, "note")
    place = _text_field(event, "place") or _text_field(event, "adm1") or _text_field(event, "country")
    group = _text_field(event, "group")
    if note:
        title = _with_capital(": ".join(part for part in (evidence, note) if part))
    elif evidence:
        title = f"{group}: {evidence} in {place}" if group and place else _with_capital(evidence)
    else:
        title = event_title(group, _text_field(event, "opponent"), place, _deaths(event))
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…"


def _with_capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _text_field(event: dict[str, object], field: str) -> str:
    value = event.get(field)
    return value if isinstance(value, str) else ""


def _deaths(event: dict[str, object]) -> tuple[int, int] | None:
    low, high = event.get("deaths_low"), event.get("deaths_high")
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None
