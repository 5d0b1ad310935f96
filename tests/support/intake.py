"""Intake on plain tables: records in, output and tables out."""

from __future__ import annotations

from typing import Any

from faust_batches.step import Incoming, Outgoing
from schemas.evidence import EvidenceChange
from schemas.intake_tables import Accounting, Version
from schemas.topics import ACCOUNTING, EVIDENCE, VERSIONS
from streams.intake.fold import fold
from tests.support.builders import incoming, run, tables_of


class Intake:
    """Partition 0 of ``sightings``; ``home`` is the partition of every key."""

    def __init__(self, home: int = 0) -> None:
        self.tables = tables_of("intake")
        self._home = home

    def take(self, *records: dict[str, Any] | bytes | None | Incoming) -> list[Outgoing]:
        return run(
            lambda tables, batch: fold(tables, batch, lambda _: self._home),
            self.tables,
            [record if isinstance(record, Incoming) else incoming(record) for record in records],
        )

    def changes(self, *records: dict[str, Any]) -> list[str]:
        """Return each change of evidence as ``region: -country rrevision +country rrevision``."""
        found = []
        for out in self.take(*records):
            assert out.topic is EVIDENCE
            change = EvidenceChange.from_bytes(out.value)
            parts = [(sign, version) for sign, version in (("-", change.remove), ("+", change.add)) if version]
            found.append(
                f"{(out.key or b'').decode()}: "
                + " ".join(f"{sign}{version.country} r{version.revision}" for sign, version in parts)
            )
        return found

    def version(self, key: str = "wire/1") -> Version:
        row: Version = self.tables[VERSIONS][key]
        return row

    def counts(self, partition: str = "0") -> Accounting:
        row: Accounting = self.tables[ACCOUNTING][partition]
        return row
