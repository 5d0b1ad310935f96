"""The command ``firstseen demo``: replays seven years of real sightings in a private system."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from firstseen.commands.demo_results import show_results
from firstseen.commands.foreground import port_or_free, stop_signals_as_ctrl_c, terminal_variables
from firstseen.config.files import load_groups
from firstseen.local_system import LocalSystem, private_system
from firstseen.publishing.sightings_file import OutgoingSighting, read_file, to_record
from firstseen.settings import load_settings
from firstseen.supervisor import Line
from streams.io.clock import monotonic
from streams.io.publisher import SightingProducer
from streams.io.topic_admin import apply

_LONGEST_PAUSE = timedelta(days=20)
"""Longer gaps in the demo's data are shortened to this, so that the time-lapse spends its time on events."""


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Exit at the end instead of waiting for Ctrl-C.")] = False,
    seconds: Annotated[
        float, typer.Option(help="How long the time-lapse takes, in seconds.", min=0, max=86_400)
    ] = 30.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show a card for each alert instead of a line.")] = False,
) -> None:
    """Replay seven years of real sightings in half a minute and show the alerts. Leaves no files behind.

    Examples:
        firstseen demo
        firstseen demo --exit --seconds 10
    """
    settings = load_settings()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="firstseen-demo-") as folder, stop_signals_as_ctrl_c():
        data = Path(str(resources.files("firstseen"))) / "demo"
        port = port_or_free(settings.web_port)
        page = f"http://127.0.0.1:{port}"
        sightings = [s for row in read_file(str(data / "sightings.jsonl"), "jsonl") if (s := to_record(row))]
        progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total} sightings"),
            console=console, transient=True,
        )  # fmt: skip

        def on_line(line: Line) -> None:
            if line.process == "slack" and not line.says_ready:
                progress.console.print(Text.from_ansi(line.text), soft_wrap=True)  # above the bar

        with private_system(
            Path(folder), settings, load_groups(data / "groups.yaml"), {}, report=console.print, on_line=on_line,
            web_port=port, environment=terminal_variables(console), cards=verbose,
        ) as system:  # fmt: skip
            last_day = max(sighting.reported for sighting in sightings if sighting.reported).date()
            map_address = f"{page}/#day={last_day}"
            console.print(f"The map, which fills as the alerts arrive: [bold]{map_address}[/bold]\n", soft_wrap=True)
            with progress:
                _time_lapse(system, sightings, seconds, progress)
                while system.lag_by_stage():
                    system.pump(0.1)
            system.pump(1.0)  # what the workers have printed arrives through pipes
            # From now on, a sighting arrives when it is published, as in every other system.
            layout = replace(settings.topic_settings, partitions=1, replication=1)
            apply(system.cluster, layout)
            show_results(system.cluster, system.prefix, settings.policy, last_day, page, console)
            if not exit_:
                _print_next_steps(system, map_address, console)
                with suppress(KeyboardInterrupt):
                    while True:
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


def _print_next_steps(system: LocalSystem, map_address: str, console: Console) -> None:
    console.print(
        "\nWhile this runs:\n"
        f"  - See the map of that day, and of every day before: [bold]{map_address}[/bold]\n"
        "  - Ask this system, in another terminal:\n"
        f"      export FIRSTSEEN_KAFKA={system.cluster.bootstrap} FIRSTSEEN_PARTITIONS=1\n"
        "      .venv/bin/firstseen doctor\n"
        "      .venv/bin/firstseen alerts list in:Africa --since 2017-01-01\n"
        "      .venv/bin/firstseen groups why ISIS Belgium\n"
        "      .venv/bin/firstseen history map --as-of 2017-11-24\n"
        "  - Send your own alerts to Slack, and keep your data: docs/operators.md, `firstseen up`\n"
        "Ctrl-C ends the demo and stops all its processes.",
        soft_wrap=True,
    )
