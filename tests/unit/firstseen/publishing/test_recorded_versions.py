from __future__ import annotations

from datetime import UTC, date, datetime

from faust_batches.step import Incoming
from firstseen.publishing.recorded_versions import RecordedVersion, recorded_versions
from schemas.evidence import Evidence
from schemas.intake_tables import Version

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def row(key: str, value: bytes) -> Incoming:
    return Incoming("versions", 0, 0, NOW, key.encode(), value)


def evidence() -> Evidence:
    return Evidence(
        source="ucdp", id="ged-1-a", revision=3, group="Q", country="ML", region="Western Africa", place="Gao",
        origin="Wire", first_day=date(2023, 3, 1), last_day=date(2023, 3, 2), begins_by=date(2023, 3, 1), arrived=NOW,
    )  # fmt: skip


def fail(_: Incoming, error: Exception) -> None:
    raise error


def test_the_versions_of_a_source_are_returned_by_id() -> None:
    version = Version(revision=3, content="c" * 32, evidence=evidence())
    records = [
        row("ucdp/ged-1-a", version.to_bytes()),
        row("ucdp/a%2Fb%25", Version(revision=2, retracted=True).to_bytes()),
        row("ucdp/more/7", version.to_bytes()),
        row("gdelt/7", version.to_bytes()),
        row("ucdpx/7", version.to_bytes()),
    ]

    assert recorded_versions(records, "ucdp", fail) == {
        "ged-1-a": RecordedVersion(
            3,
            False,
            "c" * 32,
            "Q",
            "ML",
            "Gao",
            "Wire",
            date(2023, 3, 1),
            date(2023, 3, 2),  # noqa: FBT003
        ),
        "a/b%": RecordedVersion(2, retracted=True),
    }


def test_an_unreadable_row_is_skipped() -> None:
    unreadable: list[Incoming] = []

    found = recorded_versions([row("ucdp/1", b"{")], "ucdp", lambda record, _: unreadable.append(record))

    assert (found, len(unreadable)) == ({}, 1)
