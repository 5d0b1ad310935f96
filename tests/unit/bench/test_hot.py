"""The named workloads have the shape that they are named for, and corrections and withdrawals that intake accepts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from pydantic_core import from_json

from bench.folds import measure
from bench.hot import WORKLOADS, workload
from bench.workload import first
from faust_batches.step import Incoming
from schemas.rejection import Reason
from schemas.topics import SIGHTINGS, TABLES
from streams.intake.fold import fold
from streams.replay import FROM_THE_BEGINNING
from tests.support.tables import each_row

HOT = [name for name in WORKLOADS if name.startswith("hot")]


@cache
def sighted(name: str, records: int) -> list[dict[str, Any]]:
    values = [from_json(record.value) for record in workload(name, records)]
    return [value for value in values if "retracted" not in value]


@each_row("name", WORKLOADS)
def test_a_workload_is_the_same_in_every_run(name: str) -> None:
    assert workload(name, 200) == workload(name, 300)[:200]


def test_the_spread_workload_is_that_of_the_race() -> None:
    assert workload("spread", 300) == first(300)


@each_row("name", HOT)
def test_hot_workloads_are_of_one_group_in_one_country(name: str) -> None:
    assert len({value["group"] for value in sighted(name, 500)}) == 1
    assert {value["country"] for value in sighted(name, 500)} == {"ML", "Mali"}


def test_a_hot_day_is_one_day() -> None:
    assert len({value["occurred"] for value in sighted("hot-day", 500)}) == 1


def test_a_hot_opening_has_the_days_of_one_opening() -> None:
    days = Counter(value["occurred"] for value in sighted("hot-opening", 2000))
    assert (len(days), min(days), max(days)) == (30, "2015-06-01", "2015-06-30")


def test_a_hot_month_lies_within_a_long_episode() -> None:
    days = Counter(value["occurred"] for value in sighted("hot-month", 3000))
    assert sum(count > 1 for count in days.values()) >= 30
    assert min(days) == "2015-06-01"
    assert max(days) == "2016-04-25"


@each_row("name", [name for name in WORKLOADS if name != "spread"])
def test_one_record_in_ten_corrects_or_withdraws_and_intake_accepts_it(name: str) -> None:
    records = workload(name, 400)
    tables: dict[Any, Any] = {topic: {} for topic in TABLES["intake"]}
    incoming = (
        Incoming(SIGHTINGS.name, 0, offset, FROM_THE_BEGINNING.replace(year=2026), record.key, record.value)
        for offset, record in enumerate(records)
    )
    step = fold(tables, incoming, lambda _: 0)
    [row] = (rows["0"] for topic, rows in step.changes.items() if topic.name == "accounting")
    counted: Any = row
    assert 12 <= counted.retracted <= 28
    assert Reason.CONFLICT not in counted.rejected
    values = [from_json(record.value) for record in records if record.value.endswith(b"}")]
    corrections = sum(value.get("revision", 1) > 1 for value in values)
    assert 28 <= corrections <= 52


def test_a_measurement_has_a_cost_for_both_stages() -> None:
    costs = measure(workload("hot-opening", 100), batch_records=50, on_disk=True)
    assert list(costs) == ["intake", "presence"]
    for cost in costs.values():
        assert 0 < cost["fold"] < cost["whole"]
        assert cost["row_bytes"] > cost["rows"] > 0
