"""``firstseen replay`` over dirty data, in three orders, against a truth computed with SQL."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from places.gazetteer import resolve_text
from places.regions import region_of
from schemas.days import parse_days

pytestmark = pytest.mark.kafka

ELSEWHERE = {"Syria": "Nigeria", "Iraq": "Belgium"}


def dirty(rows: list[dict[str, Any]], seed: int) -> list[bytes]:
    """Add repeats, corrections (also to another region), retractions (also before their target), tests, and rubbish."""
    chance = random.Random(seed)
    lines: list[bytes] = []

    def put(row: dict[str, Any], at: int | None = None) -> None:
        lines.insert(len(lines) if at is None else at, json.dumps(row, ensure_ascii=False).encode())

    for row in rows:
        put(row)
        match chance.randrange(30):
            case 0 | 1:
                put(row, chance.randrange(len(lines)))
            case 2:
                moved = parse_days(row["occurred"]).first_day + timedelta(chance.randrange(-60, 60))
                put({**row, "revision": 2, "occurred": moved.isoformat()})
            case 3:
                put({**row, "revision": 2, "country": ELSEWHERE.get(row["country"], "Syria")})
                put({**row, "revision": 3, "country": "Chad"}, chance.randrange(len(lines)))
            case 4:
                put({"source": row["source"], "id": row["id"], "revision": 2, "retracted": True})
            case 5:
                put(
                    {"source": row["source"], "id": row["id"], "revision": 2, "retracted": True},
                    chance.randrange(len(lines)),
                )
            case 6:
                put({"source": row["source"], "id": row["id"], "retracted": True})
            case 7:
                put({**row, "id": row["id"] + "-test", "test": True})
            case 8:
                lines.append(json.dumps(row).encode()[: chance.randrange(1, 60)])
            case 9:
                put({**row, "id": row["id"] + "-end", "occurred": "2017-02-02/2017-01-01"})
            case _:
                pass
    return lines


def truth(lines: list[bytes], groups: dict[str, str]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute(
        "CREATE TABLE lines (seq, source, id, revision, retracted, test, grp, country, region, first, last, reason)"
    )
    for seq, line in enumerate(lines):
        base.execute(f"INSERT INTO lines VALUES ({','.join('?' * 12)})", columns(seq, line, groups))
    base.executescript((Path(__file__).parent.parent / "support" / "truth.sql").read_text())
    return base


def columns(seq: int, line: bytes, groups: dict[str, str]) -> tuple[object, ...]:
    nothing = (None,) * 10
    try:
        row = json.loads(line)
    except ValueError:
        return (seq, *nothing, "malformed")
    key = (row["source"], row["id"], row.get("revision", 1))
    if row.get("retracted"):
        return (seq, *key, True, False, None, None, None, None, None, None)
    begin, _, end = row["occurred"].partition("/")
    if end and end < begin:
        return (seq, *nothing, "bad_days")
    country = getattr(resolve_text(row["country"]), "country", None)
    if country is None:
        return (seq, *nothing, "country_unresolved")
    days = (date.fromisoformat(begin).toordinal(), date.fromisoformat(end or begin).toordinal())
    group = groups.get(row["group"], row["group"])
    return (seq, *key, False, row.get("test", False), group, country, region_of(country), *days, None)


def replay(lines: list[bytes], folder: Path, here: Path) -> Path:
    file, out = folder / "sightings.jsonl", folder / "out"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    groups = here / "firstseen" / "demo" / "groups.yaml"
    command = [sys.executable, "-m", "firstseen", "replay", str(file), "--groups", str(groups), "--export", str(out)]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("order", ["arrival", "reverse", "shuffled"])
def test_presence_counts_and_accounting_equal_the_truth_in_every_row(order: str, here: Path, tmp_path: Path) -> None:
    lines = dirty(rows(here / "firstseen" / "demo" / "sightings.jsonl"), seed=7)
    if order == "reverse":
        lines.reverse()
    if order == "shuffled":
        random.Random(3).shuffle(lines)
    base = truth(lines, {"IS": "Islamic State"})
    out = replay(lines, tmp_path, here)

    expected = Counter(outcome for (outcome,) in base.execute("SELECT outcome FROM outcomes"))
    refused = Counter(reason for (reason,) in base.execute("SELECT reason FROM lines WHERE reason IS NOT NULL"))
    accounting = json.loads((out / "accounting.json").read_text())
    assert accounting == {
        "records": len(lines),
        **{name: expected[name] for name in ("accepted", "retracted", "test", "duplicate", "stale")},
        "rejected": dict(refused),
    }
    assert min(expected.values()) > 20, "every outcome must occur"
    assert len(rows(out / "rejected.jsonl")) == refused.total()

    counts = base.execute("SELECT grp, region, country, day, count FROM activity").fetchall()
    assert sorted(
        (row["group"], row["region"], row["country"], date.fromisoformat(row["day"]).toordinal(), row["count"])
        for row in rows(out / "activity.jsonl")
    ) == sorted(counts)

    episodes = base.execute("SELECT grp, country, region, first, last, gap FROM episodes").fetchall()
    found = [
        (row["group"], row["country"], row["region"], episode["start"], episode["end"], episode["kind"])
        for row in rows(out / "presence.jsonl")
        for episode in row["episodes"]
    ]
    assert sorted(found) == sorted(
        (*place, date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat(), kind(gap))
        for *place, first, last, gap in episodes
    )
    openers = {
        (grp, country, date.fromordinal(first).isoformat(), id_)
        for grp, country, first, id_ in base.execute("SELECT grp, country, first, id FROM evidence")
    }
    for row in rows(out / "presence.jsonl"):
        assert row["first_seen"] == row["episodes"][0]["start"]
        assert row["last_seen"] == row["episodes"][-1]["end"]
        for episode in row["episodes"]:
            assert (row["group"], row["country"], episode["start"], episode["trigger"]) in openers


def kind(gap: int | None) -> str:
    return "first_ever" if gap is None else "re_emergence" if gap > 365 else "returned"
