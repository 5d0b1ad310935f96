"""Producers' commands: publish, replay."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from firstseen.configuration import load_areas, load_groups, load_subscriptions
from firstseen.exports import KINDS
from firstseen.exports import export as read_export
from firstseen.feeding import STANDARD_INPUT, feed, judge, rows
from firstseen.importers.formats import FORMATS
from firstseen.importers.rows import LeftOut
from firstseen.installation import Installation, private_installation
from firstseen.settings import load_settings
from schemas.sighting import Sighting
from schemas.topics import STAGES
from streams.presence.policy import Policy
from streams.presence.qualifying import proves_alone
from streams.runtime.producer import SightingProducer

Files = Annotated[list[str], typer.Argument(help="Files of sightings; - is standard input.", metavar="FILE...")]
Format = Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")]

EXIT_SOME_REFUSED = 1

_WEAK = (
    "Graded below {threshold}, or not at all: {weak} of them. Alone these are candidates and alert nobody. Give each "
    "its `grade`, or its source one in FIRSTSEEN_SOURCE_GRADES."
)


def _check_format(format_: str) -> None:
    if format_ not in FORMATS:
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")


def publish(
    files: Files,
    format_: Format = "jsonl",
    json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON Lines.")] = False,
) -> None:
    """Publish sightings. A line that would be refused is not sent, and its verdict is told with its number.

    Examples: [bold]firstseen publish sightings.jsonl[/bold], [bold]... | firstseen publish -[/bold],
    [bold]firstseen publish --format ucdp-ged GEDEvent_v25_1.csv[/bold]
    """
    _check_format(format_)
    settings = load_settings()
    sent, weak, refused, left_out = 0, 0, 0, Counter[str]()
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for path in files:
            for row in rows(path, format_):
                if isinstance(row, LeftOut):
                    left_out[row.why] += 1
                    continue
                fed = feed(row)
                if fed is None:
                    continue
                verdict = judge(fed)
                if isinstance(verdict, Sighting):
                    producer.send(fed.key, fed.value)
                    sent += 1
                    counts = not verdict.retracted and not verdict.test
                    weak += counts and not proves_alone(verdict, settings.policy)
                    continue
                refused += 1
                name = "standard input" if path == STANDARD_INPUT else path
                if json:
                    told = {"file": name, "line": row.line, "reason": verdict.reason, "detail": verdict.detail}
                    print(orjson.dumps({**told, "suggestions": list(verdict.suggestions)}).decode())
                else:
                    meant = f" Perhaps: {', '.join(verdict.suggestions)}." if verdict.suggestions else ""
                    print(f"{name}, line {row.line}: {verdict.reason}: {verdict.detail.rstrip('.')}.{meant}")
    summary = f"{sent} published, {refused} refused, {left_out.total()} left out"
    reasons = "".join(f"\n  {count:6} left out: {why}" for why, count in left_out.most_common())
    hint = f"\n{_WEAK.format(weak=weak, threshold=settings.grade_threshold)}" if weak else ""
    print(f"{summary}{reasons}{hint}", file=sys.stderr if json else sys.stdout)
    if refused:
        raise typer.Exit(EXIT_SOME_REFUSED)


def replay(
    files: Files,
    format_: Format = "jsonl",
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups, known from the beginning.")] = None,
    subscriptions: Annotated[Path | None, typer.Option(help="YAML file of subscriptions.")] = None,
    export: Annotated[Path | None, typer.Option(help="Folder for the exports.", metavar="DIR")] = None,
) -> None:
    """Run the whole pipeline over files, on a private Kafka with fresh state, and end when all is processed.

    Every record is stamped with its `reported`, so that it is judged as it would have been on that day; a row that does
    not tell takes the time of the row before it. Nothing is sent to Slack.

    Example: [bold]firstseen replay --format ucdp events.jsonl --export out/[/bold]
    """
    _check_format(format_)
    console = Console(stderr=True)
    settings = load_settings()
    wanted = load_subscriptions(subscriptions, load_areas(settings.areas))
    known = load_groups(groups)
    with tempfile.TemporaryDirectory(prefix="firstseen-") as folder:
        private = private_installation(Path(folder), settings, known, wanted, say=console.print)
        with private as installation:
            _publish_all(installation, files, format_, console)
            _wait_until_done(installation, console)
            accounting = _write_exports(installation, export, settings.policy)
    print(orjson.dumps(accounting, option=orjson.OPT_INDENT_2).decode())
    if export:
        console.print(f"The exports are in {export}.", highlight=False)


def _publish_all(installation: Installation, files: list[str], format_: str, console: Console) -> None:
    stamp = datetime.fromtimestamp(0, UTC)
    sent = 0
    with SightingProducer(installation.cluster, installation.prefix) as producer:
        for path in files:
            for row in rows(path, format_):
                fed = feed(row)
                if fed is None:
                    continue
                stamp = fed.reported or stamp
                producer.send(fed.key, fed.value, max(0, int(stamp.timestamp() * 1000)))
                sent += 1
    console.print(f"{sent:,} records published.", highlight=False)


def _wait_until_done(installation: Installation, console: Console) -> None:
    with Progress(console=console, transient=True) as progress:
        bars = {stage: progress.add_task(stage, total=None) for stage in STAGES}
        totals: dict[str, int] = {}
        while left := installation.unfinished():
            for stage, bar in bars.items():
                count = left.get(stage, 0)
                totals[stage] = max(totals.get(stage, 0), count)
                progress.update(bar, total=totals[stage] or 1, completed=(totals[stage] or 1) - count)
            installation.attend(0.2)


def _write_exports(installation: Installation, folder: Path | None, policy: Policy) -> dict[str, object]:
    async def read(kind: str) -> list[dict[str, object]]:
        return await read_export(installation.cluster, installation.prefix, next(k for k in KINDS if k == kind), policy)

    [accounting] = asyncio.run(read("accounting"))
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "accounting.json").write_bytes(orjson.dumps(accounting, option=orjson.OPT_INDENT_2) + b"\n")
        for kind in KINDS:
            if kind != "accounting":
                lines = b"".join(orjson.dumps(row) + b"\n" for row in asyncio.run(read(kind)))
                (folder / f"{kind}.jsonl").write_bytes(lines)
    return accounting
