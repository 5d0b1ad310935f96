"""Pathway, a Rust engine with a Python API: the reduced job of Kafka Streams, at least once.

One process per hop. Hop 1: JSON, required fields, the day, the country by a table, one of each identity. Hop 2: counts
a day, group and country, and an alert when a group first appears in a country. Pathway has no Kafka transactions: it
commits what it has read, and keeps no state without its persistence, which is off.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pathway as pw

_BATCH_MS = 100
_MAX_UNPROCESSED = 2_000
"""Records that it reads ahead: the clock stops when all are read, so that it may stop this many records too early."""
_REQUIRED = ("source", "id", "group", "country", "occurred")


def _read(value: bytes, places: dict[str, tuple[str, str]]) -> dict[str, Any]:
    sighting: dict[str, Any] = json.loads(value)
    if missing := [name for name in _REQUIRED if not isinstance(sighting.get(name), str)]:
        raise ValueError(f"{missing[0]} is missing")
    date.fromisoformat(sighting["occurred"])
    if sighting["country"] not in places:
        raise ValueError("no such country")
    sighting["country"], sighting["region"] = places[sighting["country"]]
    return sighting


def _intake(records: pw.Table, countries: Path, settings: dict[str, str], prefix: str) -> None:
    lines = (line.split("\t") for line in countries.read_text(encoding="utf-8").splitlines())
    places = {name: (code, region) for name, code, region in lines}

    def checked(value: bytes) -> tuple[bool, str, str, bytes]:
        try:
            sighting = _read(value, places)
        except (ValueError, KeyError, AttributeError, TypeError) as refusal:
            rejection = {"detail": str(refusal), "original": value.decode(errors="replace")}
            return False, "", "", json.dumps(rejection).encode()
        identity = f"{sighting['source']}/{sighting['id']}"
        return True, identity, sighting["region"], json.dumps(sighting).encode()

    found = records.select(found=pw.apply(checked, pw.this.data))
    found = found.select(
        valid=pw.this.found[0], identity=pw.this.found[1], region=pw.this.found[2], value=pw.this.found[3]
    )
    evidence = found.filter(pw.this.valid).deduplicate(
        value=pw.this.value,
        instance=pw.this.identity,
        acceptor=lambda new, old: False,  # noqa: ARG005
    )
    _write(evidence, settings, f"{prefix}.evidence.v1", evidence.region)
    rejected = found.filter(~pw.this.valid)
    _write(rejected, settings, f"{prefix}.rejected.v1", rejected.identity)


def _presence(records: pw.Table, settings: dict[str, str], prefix: str) -> None:
    def place_and_day(value: bytes) -> tuple[str, str]:
        sighting = json.loads(value)
        place = f"{sighting['group']}|{sighting['country']}"
        return place, f"{place}|{sighting['occurred']}"

    def alert(place: str, value: bytes) -> bytes:
        return json.dumps({"alert_id": place, "sighting": json.loads(value)}).encode()

    found = records.select(value=pw.this.data, found=pw.apply(place_and_day, pw.this.data))
    found = found.select(pw.this.value, place=pw.this.found[0], day=pw.this.found[1])
    counts = found.groupby(pw.this.day).reduce(count=pw.reducers.count())
    pw.io.null.write(counts)
    first = found.deduplicate(value=pw.this.value, instance=pw.this.place, acceptor=lambda new, old: False)  # noqa: ARG005
    alerts = first.select(pw.this.place, value=pw.apply(alert, pw.this.place, pw.this.value))
    _write(alerts, settings, f"{prefix}.alerts.v1", alerts.place)


def _write(table: pw.Table, settings: dict[str, str], topic: str, key: pw.ColumnReference) -> None:
    table = table.select(key=pw.apply(str.encode, key), value=table.value)
    pw.io.kafka.write(table, settings, topic, format="raw", key=table.key, value=table.value)


def run(stage: str, bootstrap: str, prefix: str, countries: Path) -> None:
    """Process until the process is ended."""
    settings = {"bootstrap.servers": bootstrap, "linger.ms": "5"}
    reading = settings | {
        "group.id": f"{prefix}.{stage}",
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": str(_BATCH_MS),
    }
    records = pw.io.kafka.read(
        reading,
        topic=f"{prefix}.sightings.v1" if stage == "intake" else f"{prefix}.evidence.v1",
        format="raw",
        autogenerate_key=True,
        autocommit_duration_ms=_BATCH_MS,
        max_backlog_size=_MAX_UNPROCESSED,
    )
    if stage == "intake":
        _intake(records, countries, settings, prefix)
    else:
        _presence(records, settings, prefix)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    stage_, address, prefix_, table_of_countries = sys.argv[1:]
    run(stage_, address, prefix_, Path(table_of_countries))
