"""The command ``firstseen sightings publish``: sends the sightings of files."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.file_options import Files, Format, Map, print_how_read, reading, require_table
from firstseen.commands.listing import (
    ALL,
    MORE_ROWS,
    SHOWN,
    LimitOption,
    fields_of,
    output_option,
    print_csv,
    print_csv_rows,
    print_json_lines,
)
from firstseen.commands.output import Output, as_plain
from firstseen.commands.progress import counted_rows, progress
from firstseen.commands.publish_release import (
    ReleaseName,
    WithdrawMissing,
    Yes,
    confirm,
    plan_release,
    require_release,
    send,
)
from firstseen.error_exits import lasting_output
from firstseen.exit_codes import Exit
from firstseen.importers.rows import Imported, Malformed
from firstseen.importers.tables import Table
from firstseen.mapping_proposal.table import propose_mapping
from firstseen.publishing.rejected_rows import RejectedRowsFile
from firstseen.publishing.release_plan import Plan
from firstseen.publishing.report import RowReport, Tally, problem
from firstseen.publishing.row_checks import CheckedRow, RowChecker, rejected_by_intake, rejected_by_kafka
from firstseen.publishing.sent_rows import SentRows, watch_intake
from firstseen.settings import Settings, load_settings
from schemas.rejection import Rejection
from schemas.sighting import Sighting
from streams.io.clock import now
from streams.io.publisher import SightingProducer

_SPOOL_BYTES = 10_000_000


@lasting_output()
def publish(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    propose: Annotated[
        bool, typer.Option("--guess", help="Propose a mapping for your own table, and show how its rows would be read.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be published, and send nothing.")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Send nothing if any row would be rejected.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="File for the rejected rows of a table with their reasons; by default NAME.rejected.csv.",
            metavar="FILE",
        ),
    ] = None,
    release: ReleaseName = None,
    withdraw_missing: WithdrawMissing = False,
    yes: Yes = False,
    limit: LimitOption = None,
    output: Annotated[
        Output, output_option("JSON and CSV have the rejected rows, JSON one on each line.")
    ] = Output.TEXT,
) -> None:
    """Publish sightings. Rows that intake would reject are not sent, but shown with their line and the reason.

    All rows are checked and counted, whatever the limit.
    Afterwards the command waits up to 30 seconds for the results of intake. The exit code is 1 if a row is rejected.

    Examples:
        firstseen sightings publish sightings.jsonl
        cat sightings.jsonl | firstseen sightings publish -
        firstseen sightings publish --format ucdp-ged --release 25.1 --withdraw-missing GEDEvent_v25_1.csv
        firstseen sightings publish --guess incidents.xlsx > columns.yaml
        firstseen sightings publish --map columns.yaml incidents.xlsx
    """
    if propose:
        settings = load_settings()
        print("\n".join(propose_mapping(path, now(), settings.day_policy, settings.policy) for path in files), end="")
        return
    read = reading(format_, map_, [release] if release else None, files)
    require_release(release, withdraw_missing=withdraw_missing, yes=yes)
    require_table(read, rejects)
    settings = load_settings()
    with RowChecker(now, settings.day_policy) as checker, RejectedRowsFile(rejects, files) as rejected:
        rejects_file = rejected if rejects or not dry_run else None
        allowed = limit or (SHOWN if output is Output.TEXT else ALL)
        publication = _Publication(settings, rejects_file, output, allowed, by_map=read.mapped is not None)

        def opened(path: str, table: Table) -> None:
            print_how_read(path, table)
            rejected.opened(path, table)

        with publication.report_interruption(), counted_rows(read.rows(files, opened)) as counted:
            rows = checker.check_all(counted)
            if read.releases:
                planned = plan_release(
                    settings, publication.ids(rows), read.releases[0], withdraw_missing=withdraw_missing
                )
                publication.send_release(
                    planned, yes=yes, allowed=not (dry_run or (all_or_nothing and publication.rejections))
                )
            elif dry_run:
                for _ in publication.accepted(rows):
                    pass
            elif all_or_nothing:
                publication.send_all_or_nothing(publication.accepted(rows))
            else:
                publication.send(publication.accepted(rows))
    notes = sys.stdout if output is Output.TEXT else sys.stderr
    print(publication.summary(dry_run=dry_run, all_or_nothing=all_or_nothing), file=notes)
    for path in rejected.written:
        print(f"The rejected rows are in {path}. Correct them there and publish that file.", file=sys.stderr)
    if publication.rejections:
        raise typer.Exit(Exit.NEGATIVE)


_REPORT_FIELDS = fields_of(RowReport)


class _Publication:
    """Sends the accepted rows, shows the rejected ones, and counts all."""

    def __init__(
        self, settings: Settings, rejected: RejectedRowsFile | None, output: Output, limit: int, *, by_map: bool
    ) -> None:
        self._settings, self._rejected, self._output, self._by_map = settings, rejected, output, by_map
        self._limit = limit
        self._printed = 0
        self._tally = Tally(settings.policy, now().date())
        self._sent = 0
        self._kafka_rejections = 0
        self._intake_rejections = 0
        self._pending = 0
        self._malformed = 0
        self._planned: int | None = None
        if output is Output.CSV:
            print_csv(_REPORT_FIELDS, ())

    @property
    def rejections(self) -> int:
        """Number of rows rejected by the rules of intake or by Kafka."""
        return self._tally.outcomes["rejected"]

    def accepted(self, rows: Iterable[CheckedRow]) -> Iterator[CheckedRow]:
        """Count the rows, show the rejected ones, and yield the accepted ones."""
        for checked in rows:
            self._count(checked)
            if checked.outcome == "accepted":
                yield checked

    def ids(self, rows: Iterable[CheckedRow]) -> Iterator[tuple[str, Sighting | None]]:
        """Count the rows, show the rejected ones, and yield each id with its sighting; None if it is rejected."""
        for checked in rows:
            self._count(checked)
            self._malformed += isinstance(checked.row, Malformed)
            if isinstance(checked.row, Imported):
                yield str(checked.row.sighting.get("id")), checked.sighting

    def _count(self, checked: CheckedRow) -> None:
        self._tally.count(checked)
        if checked.outcome == "rejected":
            self._show(checked)

    def send_release(self, planned: Plan, *, yes: bool, allowed: bool) -> None:
        """Show what a release changes and send it if confirmed. Raises IncompleteError and the errors of ``send``."""
        self._planned = len(planned.records)
        if confirm(planned, self._malformed, yes=yes, dry_run=not allowed):
            send(self._settings, planned)
            self._sent = len(planned.records)

    def send(self, rows: Iterable[CheckedRow]) -> None:
        """Publish rows and wait for the results of intake. Raises UnreachableError or PublishError."""
        sent = SentRows()
        cluster, prefix = self._settings.cluster, self._settings.prefix
        with SightingProducer(cluster, prefix) as producer:
            wait_for_intake = watch_intake(cluster, prefix)
            for checked in rows:
                if record := checked.record:
                    taken = partial(sent.add, checked.file, checked.line)
                    producer.send(
                        record.key,
                        record.value,
                        on_rejected=partial(self._on_kafka_rejection, checked),
                        on_acknowledged=taken,
                    )
                    self._sent += 1
        with progress("Waiting for intake ..."):
            self._pending = wait_for_intake(sent, self._on_rejection)

    def send_all_or_nothing(self, rows: Iterable[CheckedRow]) -> None:
        """Publish if all rows are accepted. Until then they are in a temporary file: they may not fit in memory."""
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
            count = 0
            for count, checked in enumerate(rows, start=1):  # noqa: B007 - only the last count is used
                pickle.dump(checked, spool)
            if not self.rejections:
                spool.seek(0)
                self.send(pickle.load(spool) for _ in range(count))  # noqa: S301 - this process wrote it

    def summary(self, *, dry_run: bool, all_or_nothing: bool) -> str:
        """Return the number of rows by outcome, and the reasons."""
        counts = f"{self.rejections:,} rejected, {self._tally.outcomes['left_out']:,} left out"
        publishable = self._tally.outcomes["accepted"] if self._planned is None else self._planned
        if dry_run:
            first = f"Nothing was sent. {publishable:,} would be published, {counts}"
        elif all_or_nothing and self.rejections and not self._sent:
            first = f"Nothing was sent, because rows were rejected. {publishable:,} could be published, {counts}"
        else:
            first = f"{self._sent - self._kafka_rejections - self._intake_rejections} published, {counts}"
        if self._pending:
            first += f"\nStill waiting for intake: {self._pending:,}. "
            first += "`firstseen sightings rejected` lists later rejections"
        return first + self._tally.summary()

    @contextmanager
    def report_interruption(self) -> Iterator[None]:
        """Report on standard error what was sent when Ctrl-C interrupts the command."""
        try:
            yield
        except KeyboardInterrupt:
            sent = f"Up to {self._sent:,} rows were sent. You can publish again: repeated rows count once."
            print("Stopped.", sent if self._sent else "Nothing was sent.", file=sys.stderr)
            raise

    def _on_kafka_rejection(self, checked: CheckedRow, why: str) -> None:
        rejected = rejected_by_kafka(checked.file, checked.row, why)
        self._kafka_rejections += 1
        self._tally.count(rejected)
        self._show(rejected)

    def _on_rejection(self, file: str, line: int, rejection: Rejection) -> None:
        self._intake_rejections += 1
        checked = rejected_by_intake(file, line, rejection)
        self._tally.count(checked)
        self._print(checked)

    def _show(self, checked: CheckedRow) -> None:
        if self._rejected:
            self._rejected.write(checked)
        self._print(checked)

    def _print(self, checked: CheckedRow) -> None:
        self._printed += 1
        if self._printed > self._limit:
            if self._printed == self._limit + 1 and self._output is Output.TEXT:
                print(MORE_ROWS, file=sys.stderr)
            return
        match self._output:
            case Output.JSON:
                print_json_lines([as_plain(RowReport.of(checked))])
            case Output.CSV:
                print_csv_rows(_REPORT_FIELDS, [as_plain(RowReport.of(checked))])
            case Output.TEXT:
                print(problem(checked, by_map=self._by_map))
