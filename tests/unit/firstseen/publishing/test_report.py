"""Checked rows in words and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from pydantic_core import to_json

from firstseen.importers.rows import Imported
from firstseen.publishing.report import RowReport, Tally, describe_row, problem
from firstseen.publishing.row_checks import CheckedRow, RowChecker
from schemas.group import Group
from streams.affiliations import Groups
from streams.intake.day_limits import DEFAULT_DAYS
from streams.presence.policy import Policy
from tests.support.builders import sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = date(2026, 11, 29)


def check(*rows: dict[str, Any]) -> list[CheckedRow]:
    with RowChecker(lambda: NOW, DEFAULT_DAYS) as checker:
        imported = (Imported(line, to_json(row), row) for line, row in enumerate(rows, start=1))
        return list(checker.check_all(("a.csv", row) for row in imported))


def describe(**fields: Any) -> str:
    [checked] = check(sighting(id="1", **fields))
    groups = Groups.of([Group(id="JNIM", names=["GSIM"])])
    return describe_row(checked, groups, Policy(), TODAY)


def test_a_row_is_described_by_its_group_country_days_and_effect() -> None:
    recent = {"country": "Mali", "occurred": "2026-11-20"}
    assert describe(group="GSIM", grade="B2", **recent) == (
        "1: GSIM -> JNIM; Mali (ML), Western Africa; 2026-11-20; grade B2, can alert"
    )
    assert describe(grade="E5", **recent).endswith("; grade E5, cannot alert on its own")
    assert describe(test=True, **recent).endswith("; a test, not counted as evidence")
    assert describe(grade="B2", country="Mali", occurred="2020").endswith("; grade B2, too old to alert")


def test_a_conflict_in_a_mapped_table_says_where_to_set_the_revision() -> None:
    _, conflict = check(sighting(id="1", country="Mali"), sighting(id="1", country="Niger"))
    assert problem(conflict).startswith("a.csv, line 2: conflict: line 1 has revision 1 of '1' with another country")
    assert "`revision: {value: 2}` in the mapping" in problem(conflict, by_map=True)
    assert asdict(RowReport.of(conflict)).items() >= {
        "file": "a.csv", "line": 2, "verdict": "rejected", "reason": "conflict",
    }.items()  # fmt: skip


def test_reasons_are_counted_the_most_frequent_first() -> None:
    tally = Tally(Policy(), TODAY)
    rows = [sighting(id="1", country="Nowhere"), *(sighting(id=str(id_), occurred="2099") for id_ in (2, 3))]
    for checked in check(*rows, sighting(id="4", grade="B2"), sighting(id="4", grade="B2")):
        tally.count(checked)
    assert tally.outcomes == {"rejected": 3, "accepted": 1, "left_out": 1}
    assert [line.split() for line in tally.summary().splitlines()[1:4]] == [
        ["2", "rejected:", "bad_days"], ["1", "rejected:", "country_unresolved"], ["1", "left", "out:", "duplicate"],
    ]  # fmt: skip
