"""Two versions are compared round by round, and their alerts by id."""

from __future__ import annotations

from typing import Any

from bench.contenders import before
from bench.report import Lap
from bench.side_by_side import differences, ratios, tables
from tests.support.tables import each_row

LOCK_FILE = """\
pydantic==2.13.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
not-installed-here[extra]==1.0 ; python_version < "4" \\
    --hash=sha256:cc
"""


def lap(seconds: float, cpu_seconds: float) -> Lap:
    return Lap(seconds, 1000, cpu_seconds, evidence=950, alerts=90)


def alert(alert_id: str, **changed: Any) -> dict[str, Any]:
    return {
        "alert_id": alert_id, "kind": "appearance", "group": "Red Column 1", "country": "ML", "revision": 1,
        "first_day": "2015-06-01", "last_day": "2015-06-03", "status": "current", **changed,
    }  # fmt: skip


def test_a_ratio_is_the_median_over_the_rounds_that_both_finished() -> None:
    slow, fast = [lap(6, 9), lap(4, 9), None], [lap(2, 3), lap(2, 1), lap(1, 1)]
    assert ratios(slow, fast) == {"wall": 2.5, "cpu": 6.0}


def test_without_a_common_round_there_is_no_ratio() -> None:
    assert ratios([None], [lap(1, 1)]) == {}


def test_equal_alerts_have_no_difference() -> None:
    assert differences({"a": alert("a")}, {"a": alert("a", names=["more"])}) == []


@each_row(
    ("changed", "words"),
    [
        ({"status": "superseded"}, "revision 1, superseded"),
        ({"kind": "return"}, "firstseen has return a"),
        ({"last_day": "2015-06-04"}, "2015-06-01 to 2015-06-04"),
        ({"revision": 2}, "revision 2, current"),
    ],
)
def test_another_final_state_is_a_difference(changed: dict[str, Any], words: str) -> None:
    [difference] = differences({"a": alert("a")}, {"a": alert("a", **changed)})
    assert words in difference


def test_an_alert_that_only_one_version_has_is_a_difference() -> None:
    found = differences({"a": alert("a")}, {"b": alert("b")})
    assert [text.partition(" alone has ")[0] for text in found] == ["before", "firstseen"]


def test_only_packages_that_are_missing_are_installed_with_their_hashes() -> None:
    [entry] = before.missing(LOCK_FILE)
    assert entry.startswith("not-installed-here[extra]==1.0 ;")
    assert entry.endswith("--hash=sha256:cc\n")


def test_tables_show_both_versions_and_the_sizes_of_topics() -> None:
    described = {"wall_us": 120.0, "cpu_us": 470.0, "records": 1000, "evidence": 950, "alerts": 90}
    compared = {
        "commit": "0016d43",
        "rounds": {"before": [described], "firstseen": [None]},
        "ratios": {},
        "one_partition": {"before": described, "firstseen": described},
        "one_partition_ratios": {"wall": 1.0, "cpu": 1.0},
        "bytes_per_sighting": {
            "before": {"topics": {"activity.v1": [500, 400]}, "workers": 300},
            "firstseen": {"topics": {"days.v1": [100, 90]}, "workers": 200},
        },
    }
    laps, sizes = tables({"before": compared})
    assert laps.row_count == 4
    assert sizes.row_count == 4


def test_tables_show_the_flatness_of_hot_workloads() -> None:
    described = {"wall_us": 120.0, "cpu_us": 470.0, "records": 1000, "evidence": 950, "alerts": 90}
    result = {
        "rounds": {"spread-corrected": [described], "hot-day": [described]},
        "flatness": {"hot-day": {"wall": 1.0, "cpu": 1.0}},
    }
    [shown] = tables({"hot": result})
    assert shown.row_count == 3
