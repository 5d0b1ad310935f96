"""The named workloads: sightings of many groups, or of one group within a day, an opening or a month.

In every workload but ``spread`` 5 % of the records correct an earlier sighting and 5 % withdraw one. The cost of a
sighting should depend neither on how many others lie on its day nor on whether it is corrected later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import count, islice
from random import Random
from typing import Any

from pydantic_core import from_json, to_json

from bench.workload import KeyedRecord, keyed_record, sighting, sightings
from schemas.codes import identity

CORRECTIONS, WITHDRAWALS = 0.05, 0.05
_GROUP, _COUNTRY = "Northern Front 1", "ML"
_HOT_DAY = date(2015, 6, 1)
_OPENING_DAYS, _MONTH_DAYS = 30, 30
_QUIET_DAYS = 300
"""Before the hot month. Its sightings extend an episode and are not part of the opening."""
_LOCAL_PAPERS, _FROM_A_LOCAL_PAPER = 150, 0.4
_MAX_SHIFT_DAYS = 3

Day = Callable[[Random, int], date]
"""Returns the day of a sighting, given its number."""
Redate = Callable[[Random, date], date]
"""Returns the corrected day of a sighting."""


def workload(name: str, records: int) -> list[KeyedRecord]:
    """Return the first records of a workload of :data:`WORKLOADS`, the same in every run."""
    return list(islice(WORKLOADS[name](), records))


def corrected(stream: Iterator[KeyedRecord], redate: Redate, seed: int = 2) -> Iterator[KeyedRecord]:
    """Yield a stream with corrections and withdrawals of its earlier sightings."""
    chance = Random(seed)
    current: list[dict[str, Any]] = []
    seen: set[bytes] = set()
    while True:
        draw = chance.random()
        if current and draw < CORRECTIONS:
            place = chance.randrange(len(current))
            current[place] = _correction(chance, current[place], redate)
            yield _record(current[place])
        elif current and draw < CORRECTIONS + WITHDRAWALS:
            place = chance.randrange(len(current))
            current[place], current[-1] = current[-1], current[place]
            yield _record(_withdrawal(current.pop()))
        else:
            record = next(stream)
            if record.key not in seen and (value := _parsed(record)):
                seen.add(record.key)
                current.append(value)
            yield record


def hot(day: Day, seed: int = 1) -> Iterator[KeyedRecord]:
    """Yield sightings of one group in one country without end."""
    chance = Random(seed)
    for number in count(1):
        on_day = day(chance, number)
        value = from_json(sighting(chance, number, _GROUP, _COUNTRY, on_day).value)
        value["occurred"] = on_day.isoformat()
        if chance.random() < _FROM_A_LOCAL_PAPER:
            value["origin"] = f"local paper {chance.randrange(_LOCAL_PAPERS)}"
        yield _record(value)


def _spread_corrected() -> Iterator[KeyedRecord]:
    def redate(chance: Random, day: date) -> date:
        return day - timedelta(chance.randrange(_MAX_SHIFT_DAYS + 1))

    return corrected(sightings(), redate)


def _hot_day() -> Iterator[KeyedRecord]:
    return corrected(hot(lambda _, __: _HOT_DAY), lambda _, day: day)


def _hot_opening() -> Iterator[KeyedRecord]:
    def day(chance: Random, number: int) -> date:
        return _HOT_DAY if number == 1 else _within(chance, _HOT_DAY, _OPENING_DAYS)

    return corrected(hot(day), lambda chance, _: _within(chance, _HOT_DAY, _OPENING_DAYS))


def _hot_month() -> Iterator[KeyedRecord]:
    def day(chance: Random, number: int) -> date:
        if number <= _QUIET_DAYS:
            return _HOT_DAY + timedelta(number - 1)
        return _within(chance, _HOT_DAY + timedelta(_QUIET_DAYS), _MONTH_DAYS)

    def redate(chance: Random, day: date) -> date:
        quiet = day < _HOT_DAY + timedelta(_QUIET_DAYS)
        return day if quiet else _within(chance, _HOT_DAY + timedelta(_QUIET_DAYS), _MONTH_DAYS)

    return corrected(hot(day), redate)


WORKLOADS: Mapping[str, Callable[[], Iterator[KeyedRecord]]] = {
    "spread": sightings,
    "spread-corrected": _spread_corrected,
    "hot-day": _hot_day,
    "hot-opening": _hot_opening,
    "hot-month": _hot_month,
}
"""``spread`` is the workload of the race. The hot ones are compared with ``spread-corrected``."""


def _within(chance: Random, first: date, days: int) -> date:
    return first + timedelta(chance.randrange(days))


def _parsed(record: KeyedRecord) -> dict[str, Any] | None:
    """Return the sighting, or None if the record is one of the invalid ones."""
    try:
        value: dict[str, Any] = from_json(record.value)
    except ValueError:
        return None
    return value if value["source"] != "rubbish" else None


def _correction(chance: Random, value: Mapping[str, Any], redate: Redate) -> dict[str, Any]:
    day = redate(chance, date.fromisoformat(value["occurred"]))
    changed = {"occurred": day.isoformat(), "grade": chance.choice(("B2", "C3", "D4"))}
    return {**value, **changed, "revision": value.get("revision", 1) + 1}


def _withdrawal(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": value["source"], "id": value["id"], "revision": value.get("revision", 1) + 1, "retracted": True
    }  # fmt: skip


def _record(value: Mapping[str, Any]) -> KeyedRecord:
    return keyed_record(identity(value["source"], value["id"]), to_json(value))
