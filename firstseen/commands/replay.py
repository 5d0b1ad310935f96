"""Producers' command: replay."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from firstseen.commands.inputs import Files, Format, Map, Reading, reading, say_how_read
from firstseen.commands.release import Releases
from firstseen.config.files import load_areas, load_groups, load_subscriptions
from firstseen.importers.rows import Row
from firstseen.local_system import LocalSystem, private_system
from firstseen.publishing.checks import KAFKA, CheckedRow, rejected_by_kafka, rejected_row
from firstseen.publishing.report import problem
from firstseen.publishing.sightings_file import EPOCH, arrival_time, to_record
from firstseen.settings import load_settings
from history.export import KINDS
from history.export import export as read_export
from schemas.topics import STAGES
from streams.intake.parse import Rejected
from streams.io.clock import now
from streams.io.publisher import SightingProducer
from streams.presence.policy import Policy

EXIT_SOME_REFUSED = 1


def replay(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups, known from the beginning.")] = None,
    subscriptions: Annotated[Path | None, typer.Option(help="YAML file of subscriptions.")] = None,
    export: Annotated[Path | None, typer.Option(help="Folder for the exports.", metavar="DIR")] = None,
) -> None:
    """Run the whole pipeline over files, on a private Kafka with fresh state, and end when all is processed.

    Every record is stamped with its `reported`, so that it is judged as it would have been on that day; a row that does
    not tell takes the time of the row before it, or that of its own days if that is later. A line that was reported in
    the future is refused with its number. Nothing is sent to Slack.

    Example: [bold]firstseen replay --format ucdp events.jsonl --export out/[/bold]
    """
    read = reading(format_, map_, release, files)
    console = Console(stderr=True)
    settings = load_settings()
    wanted = load_subscriptions(subscriptions, load_areas(settings.areas))
    known = load_groups(groups)
    with tempfile.TemporaryDirectory(prefix="firstseen-") as folder:
        private = private_system(Path(folder), settings, known, wanted, report=console.print)
        with private as system:
            refused = _publish_all(system, files, read, console)
            _wait_until_done(system, console)
            accounting = _write_exports(system, export, settings.policy)
    print(orjson.dumps(accounting, option=orjson.OPT_INDENT_2).decode())
    if export:
        console.print(f"The exports are in {export}.", highlight=False)
    if refused:
        raise typer.Exit(EXIT_SOME_REFUSED)


def _publish_all(system: LocalSystem, files: list[str], read: Reading, console: Console) -> int:
    """Publish all that can be, and return how many lines cannot."""
    sent = 0
    refused: list[CheckedRow] = []
    stamp, today = EPOCH, now()

    def refuse(checked: CheckedRow) -> None:
        refused.append(checked)
        print(problem(checked), file=sys.stderr)

    def refuse_for_kafka(path: str, row: Row, why: str) -> None:
        refuse(rejected_by_kafka(path, row, why))

    with SightingProducer(system.cluster, system.prefix) as producer:
        for path, row in read.rows(files, say_how_read):
            record = to_record(row)
            if record is None:
                continue
            arrived = arrival_time(record, stamp, today)
            if isinstance(arrived, Rejected):
                refuse(rejected_row(path, row, arrived))
                continue
            stamp = arrived
            at = round(stamp.timestamp() * 1000)
            producer.send(record.key, record.value, at, refuse=partial(refuse_for_kafka, path, row))
            sent += 1
    by_kafka = sum(checked.reason == KAFKA for checked in refused)
    counted = f", {len(refused):,} refused" if refused else ""
    console.print(f"{sent - by_kafka:,} records published{counted}.", highlight=False)
    return len(refused)


def _wait_until_done(system: LocalSystem, console: Console) -> None:
    with Progress(console=console, transient=True) as progress:
        bars = {stage: progress.add_task(stage, total=None) for stage in STAGES}
        totals: dict[str, int] = {}
        while left := system.lag_by_stage():
            for stage, bar in bars.items():
                count = left.get(stage, 0)
                totals[stage] = max(totals.get(stage, 0), count)
                progress.update(bar, total=totals[stage] or 1, completed=(totals[stage] or 1) - count)
            system.pump(0.2)


def _write_exports(system: LocalSystem, folder: Path | None, policy: Policy) -> dict[str, object]:
    async def read(kind: str) -> list[dict[str, object]]:
        return await read_export(system.cluster, system.prefix, next(k for k in KINDS if k == kind), policy)

    [accounting] = asyncio.run(read("accounting"))
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "accounting.json").write_bytes(orjson.dumps(accounting, option=orjson.OPT_INDENT_2) + b"\n")
        for kind in KINDS:
            if kind != "accounting":
                lines = b"".join(orjson.dumps(row) + b"\n" for row in asyncio.run(read(kind)))
                (folder / f"{kind}.jsonl").write_bytes(lines)
    return accounting
