"""Sightings as the world sends them: repeated, corrected, withdrawn, cut, doubtful, and under many names."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

from schemas.days import parse_days

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


def varied(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Give sightings other groups, grades and origins, and add a movement that spreads through Western Africa."""
    chance = random.Random(seed)
    reports = []
    for row in rows:
        group = chance.choice([row["group"], row["group"], "ISIS", "First Province", "the second  PROVINCE", "Nobody"])
        reports.append({**row, "group": group} | doubtful(chance))
    for number in range(90):
        day = date(2016, 1, 1) + timedelta(chance.randrange(500))
        country = chance.choice(["Mali", "Niger", "Benin", "Togo", "Ghana", "Senegal", "Burkina Faso"])
        reports.append(
            {
                "source": "desk", "id": str(number), "group": chance.choice(["Movement A", "Movement B"]),
                "country": country, "occurred": day.isoformat(), "reported": f"{day}T12:00:00Z",
            }
            | doubtful(chance)
        )  # fmt: skip
    return sorted(reports, key=lambda row: row["reported"])


def doubtful(chance: random.Random) -> dict[str, Any]:
    grade = chance.choice(["B2", "C3", "A1", "D3", "C4", "F6", None, None])
    origin = chance.choice(["AFP", "afp", "Reuters", None])
    return {name: value for name, value in (("grade", grade), ("origin", origin)) if value}


GROUPS = """
- id: Islamic State
  names: [IS, ISIS]
- id: First Province
  affiliations: [{parent: IS, since: 2014-06-29, until: 2016-08}]
- id: Second Province
  names: [The Second Province]
  affiliations: [{parent: first province, since: 2015}, {parent: Movement A, until: 2014-12-31}]
- id: Movement A
- id: Movement B
  affiliations: [{parent: Movement A, since: 2016-06-01}]
"""
