"""A release of UCDP GED corrects and withdraws sightings of an older one, after confirmation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from tests.support.system import system

pytestmark = pytest.mark.kafka

HEADER = (
    "id,type_of_violence,side_a,side_b,source_article,source_office,source_date,where_prec,where_coordinates,adm_1,"
    "latitude,longitude,country,date_prec,date_start,date_end,low,high"
)


def row(number: int, country: str, day: str) -> str:
    return f"{number},1,Government of {country},Group {number},,Wire,2024-03-02,1,Town,,,,{country},1,{day},{day},1,1"


def publish(kafka: LocalKafka, prefix: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firstseen", "publish", "--format", "ucdp-ged", *options, str(file)],
        env=os.environ | {"FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_PARTITIONS": "2"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_release_corrects_and_withdraws_sightings_of_an_older_one(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "24.csv", tmp_path / "25.csv"
    first.write_text("\n".join([HEADER, row(77, "Mali", "2022-03-01"), row(78, "Chad", "2022-03-01")]))
    second.write_text("\n".join([HEADER, row(77, "Niger", "2022-02-20"), row(79, "Libya", "2024-02-01")]))
    with system(kafka, prefix, tmp_path, partitions=2) as running:

        def countries() -> list[str]:
            running.settle()
            return sorted(row["country"] for row in running.export("presence") if row["episodes"])

        assert publish(kafka, prefix, first, "--release", "24.1", "--yes").returncode == 0
        assert countries() == ["ML", "TD"]

        options = ("--release", "25.1", "--withdraw-missing")
        asked = publish(kafka, prefix, second, *options)
        assert asked.returncode == 2
        assert "Add --yes" in asked.stderr
        shown = publish(kafka, prefix, second, *options, "--dry-run")
        assert shown.returncode == 0
        assert "Nothing was sent. 3 would be published" in shown.stdout
        assert countries() == ["ML", "TD"]

        sent = publish(kafka, prefix, second, *options, "--yes")
        assert sent.returncode == 0
        assert sent.stderr.splitlines() == [
            "Release 25.1: 1 new, 1 revised, 1 withdrawn, 0 unchanged.",
            "  revised ged-77-b: ML -> NE; 2022-03-01 -> 2022-02-20",
            "  withdrawn ged-78-b: Group 78, TD, Town, 2022-03-01",
            "It withdraws 1 of 2 events. Is the file complete?",
        ]
        assert countries() == ["LY", "NE"]

        older = publish(kafka, prefix, first, "--release", "24.1", "--withdraw-missing", "--yes")
        assert older.stderr.splitlines()[0] == (
            "Release 24.1: 0 new, 0 revised, 0 withdrawn, 0 unchanged, 2 on record from a newer release."
        )
        assert countries() == ["LY", "NE"]
