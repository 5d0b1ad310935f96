"""Producers' commands: publish, replay."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from firstseen.configuration import load_areas, load_groups, load_subscriptions
from firstseen.exports import KINDS
from firstseen.exports import export as read_export
from firstseen.feeding import BEFORE_ALL, STANDARD_INPUT, Fed, arrival, feed, judge, rows
from firstseen.importers.formats import FORMATS
from firstseen.importers.rows import LeftOut, Row
from firstseen.installation import Installation, private_installation
from firstseen.settings import load_settings
from schemas.topics import STAGES
from streams.intake.parse import Refused
from streams.presence.policy import Policy
from streams.presence.qualifying import proves_alone
from streams.runtime.clock import now
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
    """Publish sightings. Lines that would be refused are not sent; each is shown with its number and the reason.

    Examples: [bold]firstseen publish sightings.jsonl[/bold], [bold]... | firstseen publish -[/bold],
    [bold]firstseen publish --format ucdp-ged GEDEvent_v25_1.csv[/bold]
    """
    _check_format(format_)
    settings = load_settings()
    sent, weak, left_out, verdicts = 0, 0, Counter[str](), _Verdicts(json=json)
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for path, row in _rows(files, format_):
            if isinstance(row, LeftOut):
                left_out[row.why] += 1
                continue
            fed = feed(row)
            if fed is None:
                continue
            verdict = judge(fed, now(), settings.day_policy)
            if isinstance(verdict, Refused):
                verdicts.refuse(path, fed, verdict)
                continue
            producer.send(fed.key, fed.value, refuse=partial(verdicts.refuse_for_kafka, path, fed))
            sent += 1
            counts = not verdict.retracted and not verdict.test
            weak += counts and not proves_alone(verdict, settings.policy)
    summary = f"{sent - verdicts.by_kafka} published, {verdicts.count} refused, {left_out.total()} left out"
    reasons = "".join(f"\n  {count:6} left out: {why}" for why, count in left_out.most_common())
    hint = f"\n{_WEAK.format(weak=weak, threshold=settings.grade_threshold)}" if weak else ""
    print(f"{summary}{reasons}{hint}", file=sys.stderr if json else sys.stdout)
    if verdicts.count:
        raise typer.Exit(EXIT_SOME_REFUSED)


def _rows(files: list[str], format_: str) -> Iterator[tuple[str, Row]]:
    for path in files:
        for row in rows(path, format_):
            yield path, row


class _Verdicts:
    """Says which lines are refused, each with its file and number, and counts them."""

    def __init__(self, *, json: bool, file: TextIO | None = None) -> None:
        self._json, self._file = json, file
        self.count = 0
        self.by_kafka = 0
        """Those among them that were handed over to Kafka."""

    def refuse(self, path: str, fed: Fed, refused: Refused) -> None:
        self._say(path, fed, refused.reason, refused.detail, refused.suggestions)

    def refuse_for_kafka(self, path: str, fed: Fed, why: str) -> None:
        self.by_kafka += 1
        self._say(path, fed, "kafka", f"Kafka does not take it: {why}", ())

    def _say(self, path: str, fed: Fed, reason: str, detail: str, suggestions: Sequence[str]) -> None:
        self.count += 1
        name = "standard input" if path == STANDARD_INPUT else path
        if self._json:
            told = {"file": name, "line": fed.line, "reason": reason, "detail": detail}
            line = orjson.dumps({**told, "suggestions": list(suggestions)}).decode()
        else:
            sentence = detail if detail.endswith("?") else f"{detail.rstrip('.')}."
            meant = f" Perhaps: {', '.join(suggestions)}." if suggestions else ""
            line = f"{name}, line {fed.line}: {reason}: {sentence}{meant}"
        print(line, file=self._file)


def replay(
    files: Files,
    format_: Format = "jsonl",
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
    _check_format(format_)
    console = Console(stderr=True)
    settings = load_settings()
    wanted = load_subscriptions(subscriptions, load_areas(settings.areas))
    known = load_groups(groups)
    with tempfile.TemporaryDirectory(prefix="firstseen-") as folder:
        private = private_installation(Path(folder), settings, known, wanted, say=console.print)
        with private as installation:
            refused = _publish_all(installation, files, format_, console)
            _wait_until_done(installation, console)
            accounting = _write_exports(installation, export, settings.policy)
    print(orjson.dumps(accounting, option=orjson.OPT_INDENT_2).decode())
    if export:
        console.print(f"The exports are in {export}.", highlight=False)
    if refused:
        raise typer.Exit(EXIT_SOME_REFUSED)


def _publish_all(installation: Installation, files: list[str], format_: str, console: Console) -> int:
    """Publish all that can be, and return how many lines cannot."""
    sent, verdicts = 0, _Verdicts(json=False, file=sys.stderr)
    stamp, today = BEFORE_ALL, now()
    with SightingProducer(installation.cluster, installation.prefix) as producer:
        for path, row in _rows(files, format_):
            fed = feed(row)
            if fed is None:
                continue
            arrived = arrival(fed, stamp, today)
            if isinstance(arrived, Refused):
                verdicts.refuse(path, fed, arrived)
                continue
            stamp = arrived
            at = round(stamp.timestamp() * 1000)
            producer.send(fed.key, fed.value, at, refuse=partial(verdicts.refuse_for_kafka, path, fed))
            sent += 1
    refused = f", {verdicts.count:,} refused" if verdicts.count else ""
    console.print(f"{sent - verdicts.by_kafka:,} records published{refused}.", highlight=False)
    return verdicts.count


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
