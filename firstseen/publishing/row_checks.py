"""Checks the rows of files before they are published: accepted, rejected, or left out.

Comes from :mod:`firstseen.publishing.sightings_file`. The command sends accepted rows and shows the others through
:mod:`firstseen.publishing.report`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from firstseen.importers.rows import Malformed, Row, Skipped
from firstseen.publishing.earlier_rows import EarlierRow, EarlierRows
from firstseen.publishing.sightings_file import OutgoingSighting, check_outgoing, display_name, sighting_record
from schemas.intake_tables import Version
from schemas.rejection import REMEDIES, Reason, Rejection
from schemas.sighting import Sighting
from streams.intake.check import Location, check_sighting
from streams.intake.day_limits import DayPolicy
from streams.intake.differences import describe_difference
from streams.intake.parse import Rejected
from streams.intake.versions import version_of

Outcome = Literal["accepted", "rejected", "left_out"]

DUPLICATE = "duplicate"
"""Reason of a row that is left out because it repeats another row of the files."""

STALE = "stale"
"""Reason of a row that is left out because an earlier row has a higher revision of it, or withdraws it."""

KAFKA = "kafka"
"""Reason of a row that Kafka rejects."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row with the outcome of its check."""

    file: str
    """Name of its file for messages."""
    line: int
    outcome: Outcome
    row: Row
    reason: str | None = None
    """The code of intake if the row is rejected; a phrase if it is left out. Equal causes have equal reasons."""
    detail: str | None = None
    remedy: str | None = None
    """What to do; None if the detail says it, or nothing can be done."""
    suggestions: tuple[str, ...] = ()
    sighting: Sighting | None = None
    """The sighting of an accepted row."""
    record: OutgoingSighting | None = None
    """The record to publish for an accepted row."""

    @property
    def sentence(self) -> str:
        """The reason of a rejected row in one line, with suggestions."""
        detail = (self.detail or "").rstrip(".")
        hint = f" Did you mean {', '.join(self.suggestions)}?" if self.suggestions else ""
        return f"{self.reason}: {detail}{'' if detail.endswith('?') else '.'}{hint}"


class RowChecker:
    """Checks rows by the rules of intake as if they arrived now, each against the rows before it.

    Use it as a context manager: it may keep rows on disk.
    """

    def __init__(self, now: Callable[[], datetime], days: DayPolicy) -> None:
        self._now, self._days = now, days
        self._earlier = EarlierRows()

    def __enter__(self) -> Self:
        """Return the checker."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the rows that were kept."""
        self._earlier.close()

    def check_all(self, rows: Iterable[tuple[str, Row]]) -> Iterator[CheckedRow]:
        """Check rows in order; each comes with the path of its file."""
        for path, row in rows:
            yield self.check(path, row)

    def check(self, path: str, row: Row) -> CheckedRow:
        """Check one row."""
        if isinstance(row, Skipped):
            return CheckedRow(display_name(path), row.line, "left_out", row, reason=row.why)
        if isinstance(row, Malformed):
            return rejected_row(path, row, Rejected(row.reason, row.why))
        record = sighting_record(row)
        result = check_outgoing(record, self._now(), self._days)
        if isinstance(result, Rejected):
            return rejected_row(path, row, result, REMEDIES[result.reason])
        return self._compare_with_earlier(path, row, record, result)

    def _compare_with_earlier(self, path: str, row: Row, record: OutgoingSighting, sighting: Sighting) -> CheckedRow:
        file = display_name(path)
        key, version = sighting.key, (sighting.revision, sighting.retracted)
        earlier = self._earlier.get(key)
        if earlier is None or earlier.version < version:
            self._earlier.put(key, EarlierRow(*version, record.value, f"line {row.line} of {file}"))
            return CheckedRow(file, row.line, "accepted", row, sighting=sighting, record=record)
        location = earlier.place.removesuffix(f" of {file}")
        if version < earlier.version:
            detail = f"{location} {'withdraws' if earlier.retracted else 'has'} revision {earlier.revision}"
            return CheckedRow(file, row.line, "left_out", row, reason=STALE, detail=detail)
        same = sighting.retracted or earlier.value == record.value
        difference = None if same else self._difference(earlier.value, sighting)
        if difference is None:
            return CheckedRow(file, row.line, "left_out", row, reason=DUPLICATE, detail=f"it repeats {location}")
        detail = (
            f"{location} has revision {sighting.revision} of {sighting.id!r} {difference}: send this row with revision "
            f"{sighting.revision + 1} if it is a correction, or with another id"
        )
        return rejected_row(path, row, Rejected(Reason.CONFLICT, detail))

    def _difference(self, earlier_value: bytes, sighting: Sighting) -> str | None:
        before = check_outgoing(OutgoingSighting(0, None, earlier_value), self._now(), self._days)
        assert isinstance(before, Sighting)
        return describe_difference(self._version(before), self._version(sighting))

    def _version(self, sighting: Sighting) -> Version:
        place = check_sighting(sighting, self._now(), self._days)
        return version_of(sighting, place if isinstance(place, Location) else None, self._now())


def rejected_row(path: str, row: Row, rejection: Rejected, remedy: str | None = None) -> CheckedRow:
    """Return a row that the rules of intake reject."""
    return CheckedRow(
        display_name(path), row.line, "rejected", row, reason=str(rejection.reason), detail=rejection.detail,
        remedy=remedy, suggestions=rejection.suggestions,
    )  # fmt: skip


def rejected_by_kafka(path: str, row: Row, why: str) -> CheckedRow:
    """Return a row that Kafka rejects."""
    return CheckedRow(display_name(path), row.line, "rejected", row, reason=KAFKA, detail=f"Kafka rejected it: {why}")


def rejected_by_intake(file: str, line: int, rejection: Rejection) -> CheckedRow:
    """Return a row that intake rejected after it was published."""
    row = Malformed(line, b"", rejection.detail, rejection.reason)
    return CheckedRow(
        file, line, "rejected", row, rejection.reason, rejection.detail, suggestions=rejection.suggestions
    )
