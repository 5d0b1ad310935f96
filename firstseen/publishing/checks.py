"""What becomes of each row of files when it is published, said beforehand: accepted, rejected, or left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal, Self

from firstseen.importers.rows import Malformed, Row, Skipped
from firstseen.publishing.sightings_file import OutgoingSighting, check_record, display_name, sighting_record
from schemas.accounting import Version
from schemas.rejection import REMEDIES, Reason, Rejection
from schemas.sighting import Sighting
from streams.intake.check import check_sighting
from streams.intake.days import DayPolicy
from streams.intake.differences import describe_difference
from streams.intake.evidence import version_of
from streams.intake.locate import Location
from streams.intake.parse import Rejected

Outcome = Literal["accepted", "rejected", "left_out"]

DUPLICATE = "duplicate"
"""Why a row is left out that says what another row of the files says."""

STALE = "stale"
"""Why a row is left out before which the files have a higher revision of it, or take it back."""

KAFKA = "kafka"
"""Why a row is rejected that Kafka does not take."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What becomes of a row."""

    file: str
    """Name of its file as it is shown."""
    line: int
    outcome: Outcome
    row: Row
    reason: str | None = None
    """Of a rejected row intake's word; of one that is left out the reason in words, the same for all of its kind."""
    detail: str | None = None
    remedy: str | None = None
    """What to do about it. None: the detail says it, or there is nothing to do."""
    suggestions: tuple[str, ...] = ()
    sighting: Sighting | None = None
    """What an accepted row says."""
    record: OutgoingSighting | None = None
    """The record to publish for an accepted row."""

    @property
    def sentence(self) -> str:
        """Say the reason of a rejected row in one line, with what may have been meant."""
        detail = (self.detail or "").rstrip(".")
        meant = f" Perhaps: {', '.join(self.suggestions)}." if self.suggestions else ""
        return f"{self.reason}: {detail}{'' if detail.endswith('?') else '.'}{meant}"


class RowChecker:
    """Judges rows as intake would if they arrived now, and remembers them, so that files are checked as a whole.

    What it remembers is kept on disk, for files larger than memory. Use it as a context.
    """

    def __init__(self, now: Callable[[], datetime], days: DayPolicy) -> None:
        self._now, self._days = now, days
        self._seen = sqlite3.connect("")  # a database of its own in a temporary file, deleted when it is closed
        self._seen.execute(
            "CREATE TABLE seen"
            " (key BLOB PRIMARY KEY, revision INT, retracted INT, value BLOB, place TEXT) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget all."""
        self._seen.close()

    def check_all(self, rows: Iterable[tuple[str, Row]]) -> Iterator[CheckedRow]:
        """Yield the verdict on each row of files, given with their paths, in order."""
        for path, row in rows:
            yield self.check(path, row)

    def check(self, path: str, row: Row) -> CheckedRow:
        """Return the verdict on a row, after those before it."""
        if isinstance(row, Skipped):
            return CheckedRow(display_name(path), row.line, "left_out", row, reason=row.why)
        if isinstance(row, Malformed):
            return rejected_row(path, row, Rejected(row.reason, row.why))
        record = sighting_record(row)
        result = check_record(record, self._now(), self._days)
        if isinstance(result, Rejected):
            return rejected_row(path, row, result, REMEDIES[result.reason])
        return self._among_others(path, row, record, result)

    def _among_others(self, path: str, row: Row, record: OutgoingSighting, sighting: Sighting) -> CheckedRow:
        file = display_name(path)
        key = blake2b(sighting.key.encode(), digest_size=16).digest()
        here = sighting.revision, sighting.retracted
        known = self._seen.execute(
            "SELECT revision, retracted, value, place FROM seen WHERE key = ?", (key,)
        ).fetchone()  # the version that intake has on record then
        if known is None or (known[0], bool(known[1])) < here:
            version = (key, *here, record.value, f"line {row.line} of {file}")
            self._seen.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", version)
            return CheckedRow(file, row.line, "accepted", row, sighting=sighting, record=record)
        revision, retracted, value, place = known
        there = place.removesuffix(f" of {file}")
        if here < (revision, bool(retracted)):
            detail = f"{there} {'takes back' if retracted else 'has'} revision {revision}"
            return CheckedRow(file, row.line, "left_out", row, reason=STALE, detail=detail)
        other = None if sighting.retracted or value == record.value else self._difference(value, sighting)
        if other is None:
            return CheckedRow(file, row.line, "left_out", row, reason=DUPLICATE, detail=f"it repeats {there}")
        detail = (
            f"revision {sighting.revision} of {sighting.id!r} stands in {there} {other}: send this row with revision "
            f"{sighting.revision + 1} if it corrects that, or with an id of its own"
        )
        return rejected_row(path, row, Rejected(Reason.CONFLICT, detail))

    def _difference(self, known: bytes, sighting: Sighting) -> str | None:
        before = check_record(OutgoingSighting(0, None, known, None), self._now(), self._days)
        assert isinstance(before, Sighting)
        return describe_difference(self._version(before), self._version(sighting))

    def _version(self, sighting: Sighting) -> Version:
        place = check_sighting(sighting, self._now(), self._days)
        return version_of(sighting, place if isinstance(place, Location) else None, self._now())


def rejected_row(path: str, row: Row, refused: Rejected, remedy: str | None = None) -> CheckedRow:
    """Return the verdict on a row that is refused."""
    return CheckedRow(
        display_name(path), row.line, "rejected", row, reason=str(refused.reason), detail=refused.detail, remedy=remedy,
        suggestions=refused.suggestions,
    )  # fmt: skip


def rejected_by_kafka(path: str, row: Row, why: str) -> CheckedRow:
    """Return the verdict on a row that Kafka does not take."""
    return CheckedRow(
        display_name(path), row.line, "rejected", row, reason=KAFKA, detail=f"Kafka does not take it: {why}"
    )


def rejected_by_intake(file: str, line: int, rejection: Rejection) -> CheckedRow:
    """Return the verdict on a row that was published and that intake rejected all the same."""
    row = Malformed(line, b"", rejection.detail, rejection.reason)
    return CheckedRow(
        file, line, "rejected", row, rejection.reason, rejection.detail, suggestions=rejection.suggestions
    )
