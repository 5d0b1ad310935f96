"""The command ``firstseen sightings replay``: runs the whole pipeline on files."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from pydantic_core import to_json
from rich.console import Console

from firstseen.commands.file_options import Files, Format, Map, Reading, print_how_read, reading
from firstseen.commands.foreground import stop_signals_as_ctrl_c
from firstseen.commands.listing import Listing, output_option
from firstseen.commands.output import Output, print_json
from firstseen.commands.progress import counted_rows, progress
from firstseen.commands.publish_release import Releases
from firstseen.config.files import load_areas, load_groups, load_subscriptions
from firstseen.exit_codes import Exit
from firstseen.importers.rows import Row
from firstseen.local_system import LocalSystem, private_system
from firstseen.publishing.report import problem
from firstseen.publishing.row_checks import KAFKA, CheckedRow, rejected_by_kafka, rejected_row
from firstseen.publishing.sightings_file import EPOCH, arrival_time, of_their_format, require_folder, to_record
from firstseen.settings import load_settings
from firstseen.topic_exports import KINDS
from firstseen.topic_exports import export as read_export
from schemas.labels import counted
from schemas.topics import STAGES
from streams.intake.parse import Rejected
from streams.io.clock import now
from streams.io.publisher import SightingProducer
from streams.presence.policy import Policy


class OutcomeRow(NamedTuple):
    """How some records ended."""

    outcome: str
    reason: str | None
    records: int


OUTCOMES = Listing[OutcomeRow](
    noun="outcomes",
    nothing="There are no records.",
    columns={
        "outcome": lambda row: row.outcome,
        "reason": lambda row: row.reason,
        "records": lambda row: f"{row.records:,}",
    },
    fields=OutcomeRow._fields,
)


def replay(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups that apply from the beginning.")] = None,
    subscriptions: Annotated[Path | None, typer.Option(help="YAML file of subscriptions.")] = None,
    export: Annotated[Path | None, typer.Option(help="Folder for the exports.", metavar="DIR")] = None,
    output: Annotated[
        Output, output_option("JSON is one object; text and CSV have a row for each outcome.")
    ] = Output.JSON,
) -> None:
    """Run the whole pipeline on files, with a private Kafka and empty state, and exit when everything is processed.

    Each record arrives at its `reported` time, so alerts are those of that day. A record without it arrives with the
    previous record, or on its own days if these are later. Records reported in the future are rejected with their line
    number. Nothing is sent. The output says how the records ended; the exit code is 1 if a row is rejected before
    it is published.

    Examples:
        firstseen sightings replay --format ucdp events.jsonl --export out/
        firstseen sightings replay sightings.jsonl --groups groups.yaml -o text
    """
    read = reading(format_, map_, release, files)
    console = Console(stderr=True)
    settings = load_settings()
    subscribers = load_subscriptions(subscriptions, load_areas(settings.areas, settings.polygons))
    registered = load_groups(groups)
    read.require_fit(files)
    if export:
        require_folder(export)
    with tempfile.TemporaryDirectory(prefix="firstseen-") as folder, stop_signals_as_ctrl_c():
        private = private_system(Path(folder), settings, registered, subscribers, report=console.print)
        with private as system:
            rejections = _publish_all(system, files, read, console)
            _wait_until_done(system)
            accounting = _write_exports(system, export, settings.policy)
    if output is Output.JSON:
        print_json(accounting)
    else:
        OUTCOMES.print(list(outcome_rows(accounting)), output)
    if export:
        console.print(f"The exports are in {export}.", highlight=False)
    if rejections:
        raise typer.Exit(Exit.NEGATIVE)


def outcome_rows(accounting: Mapping[str, Any]) -> Iterator[OutcomeRow]:
    """Yield how the records of an accounting ended, without outcomes that no record had."""
    counts = [(name, None, count) for name, count in accounting.items() if name not in {"records", "rejected"}]
    counts += [("rejected", reason, count) for reason, count in accounting["rejected"].items()]
    yield from (OutcomeRow(outcome, reason, count) for outcome, reason, count in counts if count)


def _publish_all(system: LocalSystem, files: list[str], read: Reading, console: Console) -> int:
    """Publish the rows, and return how many were rejected."""
    sent = 0
    rejected: list[CheckedRow] = []
    stamp, today = EPOCH, now()

    def reject(checked: CheckedRow) -> None:
        rejected.append(checked)
        print(problem(checked), file=sys.stderr)

    def on_kafka_rejection(path: str, row: Row, why: str) -> None:
        reject(rejected_by_kafka(path, row, why))

    with (
        SightingProducer(system.cluster, system.prefix) as producer,
        counted_rows(of_their_format(read.rows(files, print_how_read))) as rows,
    ):
        for path, row in rows:
            record = to_record(row)
            if record is None:
                continue
            arrived = arrival_time(record, stamp, today)
            if isinstance(arrived, Rejected):
                reject(rejected_row(path, row, arrived))
                continue
            stamp = arrived
            timestamp_ms = round(stamp.timestamp() * 1000)
            producer.send(record.key, record.value, timestamp_ms, on_rejected=partial(on_kafka_rejection, path, row))
            sent += 1
    rejected_late = sum(checked.reason == KAFKA for checked in rejected)
    rejections = f", {len(rejected):,} rejected" if rejected else ""
    console.print(f"{counted(sent - rejected_late, 'record')} published{rejections}.", highlight=False)
    return len(rejected)


def _wait_until_done(system: LocalSystem) -> None:
    with progress("Waiting for the workers ...") as show:
        while left := system.lag_by_stage():
            counts = (f"{stage} {left[stage]:,}" for stage in STAGES if left.get(stage))
            show(f"Records that are left: {', '.join(counts)}")
            system.pump(0.2)


def _write_exports(system: LocalSystem, folder: Path | None, policy: Policy) -> dict[str, object]:
    async def read(kind: str) -> list[dict[str, object]]:
        return await read_export(system.cluster, system.prefix, next(k for k in KINDS if k == kind), policy)

    [accounting] = asyncio.run(read("accounting"))
    if folder:
        (folder / "accounting.json").write_bytes(to_json(accounting, indent=2) + b"\n")
        for kind in KINDS:
            if kind != "accounting":
                lines = b"".join(to_json(row) + b"\n" for row in asyncio.run(read(kind)))
                (folder / f"{kind}.jsonl").write_bytes(lines)
    return accounting
