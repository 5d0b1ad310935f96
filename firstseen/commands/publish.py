"""Producers' command: publish."""

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

from firstseen.commands.inputs import Files, Format, Map, reading, say_how_read, with_progress
from firstseen.commands.release import ReleaseName, WithdrawMissing, Yes, may_send, only_with_a_release, plan_of, send
from firstseen.guessing.table import guess
from firstseen.importers.rows import Imported, Malformed
from firstseen.importers.tables import Table
from firstseen.publishing.checks import CheckedRow, RowChecker, rejected_by_intake, rejected_by_kafka
from firstseen.publishing.intake_results import Sent, hearing
from firstseen.publishing.rejected_rows import RejectedRows
from firstseen.publishing.release_plan import Plan
from firstseen.publishing.report import Tally, as_json, problem
from firstseen.settings import Settings, load_settings
from schemas.rejection import Rejection
from schemas.sighting import Sighting
from streams.io.clock import now
from streams.io.publisher import SightingProducer

EXIT_SOME_REFUSED = 1

_KEPT_IN_MEMORY = 10_000_000


def publish(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    propose: Annotated[
        bool, typer.Option("--guess", help="Propose a mapping for a table of your own, and show how it would be read.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be published, and send nothing.")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Send nothing when one row would be refused.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="File for the refused rows of a table, each with the reason; by default NAME.rejected.csv.",
            metavar="FILE",
        ),
    ] = None,
    release: ReleaseName = None,
    withdraw_missing: WithdrawMissing = False,
    yes: Yes = False,
    json: Annotated[bool, typer.Option("--json", help="Print the refused rows as JSON Lines.")] = False,
) -> None:
    """Publish sightings. Rows that would be refused are not sent; each is shown with its line and the reason.

    Then it waits, half a minute at most, for what intake makes of them.

    Examples: [bold]firstseen publish sightings.jsonl[/bold], [bold]... | firstseen publish -[/bold],
    [bold]firstseen publish --format ucdp-ged --release 25.1 --withdraw-missing GEDEvent_v25_1.csv[/bold],
    [bold]firstseen publish --guess incidents.xlsx > columns.yaml[/bold],
    [bold]firstseen publish --map columns.yaml incidents.xlsx[/bold]
    """
    if propose:
        settings = load_settings()
        print("\n".join(guess(path, now(), settings.day_policy, settings.policy) for path in files), end="")
        return
    read = reading(format_, map_, [release] if release else None, files)
    only_with_a_release(release, withdraw_missing=withdraw_missing, yes=yes)
    if rejects and read.mapped is None:
        raise typer.BadParameter("it goes with --map: only a table is written again", param_hint="--rejects")
    settings = load_settings()
    with RowChecker(now, settings.day_policy) as checker, RejectedRows(rejects, files) as rejected:
        keep = rejected if rejects or not dry_run else None
        outcome = _Outcome(settings, keep, json=json, by_map=read.mapped is not None)

        def opened(path: str, table: Table) -> None:
            say_how_read(path, table)
            rejected.opened(path, table)

        rows = checker.check_all(with_progress(read.rows(files, opened)))
        with outcome.said_if_stopped():
            if read.releases:
                planned = plan_of(settings, outcome.ids(rows), read.releases[0], withdraw_missing=withdraw_missing)
                outcome.send_release(planned, yes=yes, may=not (dry_run or (all_or_nothing and outcome.refused)))
            elif dry_run:
                for _ in outcome.accepted(rows):
                    pass
            elif all_or_nothing:
                outcome.send_all_or_nothing(outcome.accepted(rows))
            else:
                outcome.send(outcome.accepted(rows))
    print(outcome.summary(dry_run=dry_run, all_or_nothing=all_or_nothing), file=sys.stderr if json else sys.stdout)
    for path in rejected.written:
        print(f"The refused rows are in {path}: mend them there and publish that file.", file=sys.stderr)
    if outcome.refused:
        raise typer.Exit(EXIT_SOME_REFUSED)


class _Outcome:
    """What became of the rows: sends those that are accepted, shows the others, and counts all."""

    def __init__(self, settings: Settings, rejected: RejectedRows | None, *, json: bool, by_map: bool) -> None:
        self._settings, self._rejected, self._json, self._by_map = settings, rejected, json, by_map
        self._tally = Tally(settings.policy, now().date())
        self._sent = 0
        self._by_kafka = 0
        self._by_intake = 0
        self._waiting = 0
        self._malformed = 0
        self._would: int | None = None

    @property
    def refused(self) -> int:
        """How many rows are refused, by intake's rules or by Kafka."""
        return self._tally.words["rejected"]

    def accepted(self, rows: Iterable[CheckedRow]) -> Iterator[CheckedRow]:
        """Count the rows, show what is refused, and yield what may be sent."""
        for checked in rows:
            self._take(checked)
            if checked.outcome == "accepted":
                yield checked

    def ids(self, rows: Iterable[CheckedRow]) -> Iterator[tuple[str, Sighting | None]]:
        """Count the rows, show what is refused, and yield each id with what may be sent of it."""
        for checked in rows:
            self._take(checked)
            self._malformed += isinstance(checked.row, Malformed)
            if isinstance(checked.row, Imported):
                yield str(checked.row.sighting.get("id")), checked.sighting

    def _take(self, checked: CheckedRow) -> None:
        self._tally.count(checked)
        if checked.outcome == "rejected":
            self._show(checked)

    def send_release(self, planned: Plan, *, yes: bool, may: bool) -> None:
        """Show what a release changes and publish it if it may be. Raises IncompleteError and what ``send`` does."""
        self._would = len(planned.sending)
        if may_send(planned, self._malformed, yes=yes, dry_run=not may):
            send(self._settings, planned)
            self._sent = len(planned.sending)

    def send(self, rows: Iterable[CheckedRow]) -> None:
        """Publish, and hear what intake makes of it. Raises UnreachableError or PublishError."""
        sent = Sent()
        cluster, prefix = self._settings.cluster, self._settings.prefix
        with SightingProducer(cluster, prefix) as producer:
            intake = hearing(cluster, prefix)
            for checked in rows:
                if record := checked.record:
                    taken = partial(sent.note, checked.file, checked.line)
                    producer.send(
                        record.key, record.value, refuse=partial(self._refused_by_kafka, checked), taken=taken
                    )
                    self._sent += 1
        self._waiting = intake(sent, self._refused_by_intake)

    def send_all_or_nothing(self, rows: Iterable[CheckedRow]) -> None:
        """Publish when all are accepted. Until then they are kept in a file, for they may be more than memory holds."""
        with tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY) as kept:
            count = 0
            for count, checked in enumerate(rows, start=1):  # noqa: B007 - what counts is the last
                pickle.dump(checked, kept)
            if not self.refused:
                kept.seek(0)
                self.send(pickle.load(kept) for _ in range(count))  # noqa: S301 - it wrote the file itself

    def summary(self, *, dry_run: bool, all_or_nothing: bool) -> str:
        """Say in words how many rows became what, and why."""
        counts = f"{self.refused:,} refused, {self._tally.words['left_out']:,} left out"
        would = self._tally.words["accepted"] if self._would is None else self._would
        if dry_run:
            first = f"Nothing was sent. {would:,} would be published, {counts}"
        elif all_or_nothing and self.refused and not self._sent:
            first = f"Nothing was sent, because not all rows can be. {would:,} could be published, {counts}"
        else:
            first = f"{self._sent - self._by_kafka - self._by_intake} published, {counts}"
        if self._waiting:
            first += f"\nIntake has not come to {self._waiting:,} yet: `firstseen rejected` says later what it rejects"
        return first + self._tally.reasons({"rejected": "refused", "left_out": "left out"}.__getitem__)

    @contextmanager
    def said_if_stopped(self) -> Iterator[None]:
        """Say on standard error what it means when Ctrl-C ends it."""
        try:
            yield
        except KeyboardInterrupt:
            sent = f"Up to {self._sent:,} rows were sent. Publish again: what was taken does not count twice."
            print("Stopped.", sent if self._sent else "Nothing was sent.", file=sys.stderr)
            raise

    def _refused_by_kafka(self, checked: CheckedRow, why: str) -> None:
        refused = rejected_by_kafka(checked.file, checked.row, why)
        self._by_kafka += 1
        self._tally.count(refused)
        self._show(refused)

    def _refused_by_intake(self, file: str, line: int, rejection: Rejection) -> None:
        self._by_intake += 1
        checked = rejected_by_intake(file, line, rejection)
        self._tally.count(checked)
        self._print(checked)

    def _show(self, checked: CheckedRow) -> None:
        if self._rejected:
            self._rejected.write(checked)
        self._print(checked)

    def _print(self, checked: CheckedRow) -> None:
        print(as_json(checked, with_file=True) if self._json else problem(checked, by_map=self._by_map))
