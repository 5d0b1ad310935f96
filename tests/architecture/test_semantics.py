"""The scenarios of docs/semantics.md are true: running each table raises the alerts that its rows show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from places.countries import country_name
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from streams.replay import run_intake
from tests.support.builders import Story, incoming, instant
from tests.support.tables import each_row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "semantics.md"
HEADER = "| arrives | report | alert |"
KINDS = {"first_ever": "first", "re_emergence": "re-emergence", "returned": "returned", "spread": "spread"}

Row = tuple[str, str, str]


def stories() -> Iterator[tuple[str, list[Row]]]:
    heading, rows = "", list[Row]()
    for line in [*DOCUMENT.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line == HEADER:
            rows = []
        elif rows is not None and re.match(r"\| \d{4}-", line):
            arrives, report, alert = (cell.strip() for cell in line.strip("|").split("|"))
            rows.append((arrives, report, alert))
        elif rows and not line.startswith("|"):
            yield heading, rows
            rows = []


STORIES = list(stories())


def test_the_page_has_scenarios() -> None:
    assert len(STORIES) > 10
    assert sum(len(rows) for _, rows in STORIES) == len(re.findall(r"^\| \d{4}-", DOCUMENT.read_text(), re.MULTILINE))


@each_row("rows", [rows for _, rows in STORIES], ids=[heading for heading, _ in STORIES])
def test_every_row_raises_the_alerts_that_it_shows(rows: list[Row]) -> None:
    assert [(arrives, report, outcome) for (arrives, report, _), outcome in zip(rows, fold(rows), strict=True)] == rows


def fold(rows: list[Row]) -> list[str]:
    """Return the alert events of each row, in the words of the page."""
    sightings, changes = [], list[EvidenceChange]()
    for offset, (arrives, report, _) in enumerate(rows):
        if group := read_group(report):
            changes.append(EvidenceChange(arrived=instant(arrives), groups=GroupsChange(put=(group,), remove=())))
        else:
            sightings.append(incoming(read_sighting(report), arrived=arrives, offset=offset))
    taken = run_intake(sightings)
    outcomes: dict[datetime, list[str]] = defaultdict(list)
    for rejection in taken.rejections:
        assert rejection.arrived
        outcomes[rejection.arrived].append(f"rejected: `{rejection.reason}`")
    story = Story()
    for change in sorted([*taken.changes, *changes], key=lambda change: change.arrived):
        outcomes[change.arrived] += map(describe, story.apply(change))
    return ["; ".join(outcomes[instant(arrives)]) or "nothing" for arrives, _, _ in rows]


def read_group(report: str) -> Group | None:
    if found := re.fullmatch(r"(.+) no longer belongs to (.+)", report):
        return Group(id=found[1])
    if found := re.fullmatch(r"(.+) belongs to (.+?)(?: since (\S+))?", report):
        affiliation = Affiliation.model_validate({"parent": found[2], "since": found[3]})
        return Group(id=found[1], affiliations=(affiliation,))
    if found := re.fullmatch(r"(.+) is a name of (.+)", report):
        return Group(id=found[2], names=(Alias(name=found[1]),))
    return None


def read_sighting(report: str) -> dict[str, Any]:
    """Return the sighting of a report such as ``b, corrected: Mali, 2017-10-31, B2, origin AFP``."""
    head, _, rest = report.partition(": ")
    sighting_id, _, change = head.partition(", ")
    sighting: dict[str, Any] = {"source": "wire", "id": sighting_id, "revision": 2 if change else 1}
    if change == "withdrawn":
        return {**sighting, "retracted": True}
    assert change in {"", "corrected"}, report
    country, occurred, *more = rest.split(", ")
    sighting |= {"group": "JNIM", "country": country, "occurred": occurred}
    for word in more:
        name, _, value = word.partition(" ")
        if name in {"origin", "group"}:
            sighting[name] = value
        elif word == "archival":
            sighting[word] = True
        elif word == "some day":
            sighting["precision"] = "some_day"
        else:
            sighting["grade"] = word
    return sighting


def describe(event: AlertEvent) -> str:
    if event.type == "retraction":
        return f"retraction: {group_of(event)}{country_name(event.country)}"
    opening = {"initial": "new alert", "update": "update"}[event.type]
    if event.status == "candidate":
        opening = opening.replace("new alert", "new candidate")
    place = event.region if event.kind == "spread" else country_name(event.country)
    statuses = {change.new for change in event.changes if change.what == "status"}
    ending = "".join(f", {status}" for status in ("confirmed", "superseded") if status in statuses)
    return f"{opening}: {KINDS[event.kind]}, {group_of(event)}{place}, {event.begins}{ending}"


def group_of(event: AlertEvent) -> str:
    return "" if event.group == "JNIM" else f"{event.group}, "
