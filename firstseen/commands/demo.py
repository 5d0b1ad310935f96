"""The command ``firstseen demo``: replays seven years of real sightings in a private system."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from firstseen.commands.foreground import port_or_free, stopping_in_order, terminal_variables
from firstseen.config.files import load_groups
from firstseen.local_system import LocalSystem, private_system
from firstseen.publishing.sightings_file import OutgoingSighting, read_file, to_record
from firstseen.settings import Settings, load_settings
from firstseen.supervisor import Line
from history.export import export
from places.regions import country_name
from schemas.labels import KINDS, join_words
from streams.io.clock import monotonic
from streams.io.publisher import SightingProducer

_LONGEST_PAUSE = timedelta(days=20)
"""Longer gaps in the demo's data are shortened to this, so that the time-lapse spends its time on events."""


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Exit at the end instead of waiting for Ctrl-C.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the time-lapse takes.")] = 30.0,
) -> None:
    """Replay seven years of real sightings in half a minute and show the alerts. Leaves no files behind."""
    settings = load_settings()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="firstseen-demo-") as folder, stopping_in_order():
        data = Path(str(resources.files("firstseen"))) / "demo"
        port = port_or_free(settings.web_port)
        progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total} sightings"),
            console=console, transient=True,
        )  # fmt: skip

        def on_line(line: Line) -> None:
            if line.process == "slack" and not line.says_ready:
                progress.console.print(Text.from_ansi(line.text), soft_wrap=True)  # above the bar

        with private_system(
            Path(folder), settings, load_groups(data / "groups.yaml"), {}, report=console.print, on_line=on_line,
            web_port=port, environment=terminal_variables(console),
        ) as system:  # fmt: skip
            console.print(f"The page with the alerts: [bold]http://127.0.0.1:{port}[/bold]\n")
            path = str(data / "sightings.jsonl")
            sightings = [sighting for row in read_file(path, "jsonl") if (sighting := to_record(row))]
            with progress:
                _time_lapse(system, sightings, seconds, progress)
                while system.lag_by_stage():
                    system.pump(0.1)
            system.pump(0.3)
            _print_summary(system, settings, console, port, waits=not exit_)
            while not exit_:
                system.pump(1.0)


def _time_lapse(system: LocalSystem, sightings: list[OutgoingSighting], seconds: float, progress: Progress) -> None:
    times = [sighting.reported for sighting in sightings if sighting.reported]
    moments = [timedelta()]
    for before, after in pairwise(times):
        moments.append(moments[-1] + min(max(after - before, timedelta()), _LONGEST_PAUSE))
    bar = progress.add_task("", total=len(sightings))
    begin = monotonic()
    with SightingProducer(system.cluster, system.prefix) as producer:
        for sent, (sighting, time, moment) in enumerate(zip(sightings, times, moments, strict=True), start=1):
            due = begin + seconds * (moment / moments[-1])
            while (wait := due - monotonic()) > 0.02:
                producer.flush()
                system.pump(min(wait, 0.2))
            producer.send(sighting.key, sighting.value, int(time.timestamp() * 1000))
            progress.update(bar, completed=sent, description=f"{time:%Y-%m-%d}")


def _print_summary(system: LocalSystem, settings: Settings, console: Console, port: int, *, waits: bool) -> None:
    [accounting] = asyncio.run(export(system.cluster, system.prefix, "accounting", settings.policy))
    alerts = asyncio.run(export(system.cluster, system.prefix, "alerts", settings.policy))
    initial = [alert for alert in alerts if alert["type"] == "initial"]
    kinds = Counter(alert["kind"] for alert in initial)
    last = [alert for alert in initial if KINDS[alert["kind"]].by_default and alert["episode_start"] >= "2017-10-28"]
    rejected = sum(accounting["rejected"].values())
    sent, not_sent = _counts(kinds, by_default=True), _counts(kinds, by_default=False)
    console.print(
        f"\n[bold]{accounting['records']:,} sightings[/bold]: {accounting['accepted']:,} accepted, {rejected} rejected "
        "because they name no single country (West Africa, Gulf States, Europe).\n"
        f"{sent} were sent; {not_sent} were not sent, because no filter asks for them. The page shows them.\n"
        "New in the last four weeks, up to 2017-11-24: " + "; ".join(map(_alert_in_words, last)) + "."
    )
    if not waits:
        return
    console.print(
        f"\nNext, while this runs:\n"
        f"  - open http://127.0.0.1:{port}/#day=2017-11-24 : the map of that day and every earlier day\n"
        f"  - in another terminal, query this demo: FIRSTSEEN_KAFKA={system.cluster.bootstrap} "
        ".venv/bin/firstseen export presence\n"
        "  - send your own alerts to Slack and keep your data: docs/operators.md, `firstseen up`\n"
        "Ctrl-C ends the demo and stops all its processes."
    )


def _counts(kinds: Mapping[str, int], *, by_default: bool) -> str:
    """Return the numbers of alerts by kind, in words, for kinds that are or are not sent without a filter."""
    counts = [
        f"[bold]{kinds[kind]} {label.plural}[/bold]"
        for kind, label in KINDS.items()
        if label.by_default is by_default and kinds[kind]
    ]
    return join_words(counts)


def _alert_in_words(alert: dict[str, Any]) -> str:
    by = f" (by affiliation: {', '.join(alert['by_affiliation'])})" if alert["by_affiliation"] else ""
    return f"{alert['group']} in {country_name(alert['country'])}{by}"
