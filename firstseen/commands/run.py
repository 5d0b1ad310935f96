"""Commands that run something until Ctrl-C: demo, up, worker, web."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from firstseen.config.files import load_areas, load_groups, load_subscriptions
from firstseen.local_kafka import LONG_RUNNING, LocalKafka
from firstseen.local_system import LocalSystem, broker_properties, local_system, private_system
from firstseen.logs import log_to_stderr
from firstseen.publishing.sightings_file import OutgoingSighting, read_file, to_record
from firstseen.settings import Settings, load_settings
from firstseen.supervisor import Line, ProcessError, Supervisor
from firstseen.wiring import run_stage
from history.export import export
from places.regions import country_name
from schemas.labels import KINDS
from schemas.topics import STAGES, TOPICS, Stage
from streams.io.clock import monotonic
from streams.io.publisher import SightingProducer
from streams.io.topic_admin import admin_client, missing, topics_of

_LONGEST_PAUSE = timedelta(days=20)
"""Longer gaps in the demo's data are shortened to this, so that the time-lapse spends its time on events."""


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Exit at the end instead of waiting for Ctrl-C.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the time-lapse takes.")] = 30.0,
) -> None:
    """Replay seven years of real sightings in half a minute and show the alerts. Leaves no files behind."""
    settings = load_settings()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="firstseen-demo-") as folder, _stopping_in_order():
        data = Path(str(resources.files("firstseen"))) / "demo"
        port = _port_or_free(settings.web_port)
        progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total} sightings"),
            console=console, transient=True,
        )  # fmt: skip

        def on_line(line: Line) -> None:
            if line.process == "slack" and not line.says_ready:
                progress.console.print(Text.from_ansi(line.text), soft_wrap=True)  # above the bar

        with private_system(
            Path(folder), settings, load_groups(data / "groups.yaml"), {}, report=console.print, on_line=on_line,
            web_port=port, environment=_terminal(console),
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
        "New in the last four weeks, up to 2017-11-24: " + "; ".join(map(_in_words, last)) + "."
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
    return " and ".join(
        f"[bold]{kinds[kind]} {label.plural}[/bold]"
        for kind, label in KINDS.items()
        if label.by_default is by_default and kinds[kind]
    )


def _in_words(alert: dict[str, Any]) -> str:
    by = f" (by affiliation: {', '.join(alert['by_affiliation'])})" if alert["by_affiliation"] else ""
    return f"{alert['group']} in {country_name(alert['country'])}{by}"


def up() -> None:
    """Run everything on this machine: a real Kafka (unless FIRSTSEEN_KAFKA names one), the workers and the page.

    Data survive a restart, and no message is sent twice. Ctrl-C stops everything.
    """
    settings = load_settings()
    settings.require_guarded()
    console = Console(highlight=False)
    subscriptions = load_subscriptions(settings.subscriptions, load_areas(settings.areas))
    groups = load_groups(settings.groups)
    _require_free(settings.web_port)
    kafka = None
    if settings.kafka is None:
        kafka = LocalKafka(
            settings.state_dir / "kafka",
            settings.kafka_port,
            properties=broker_properties(settings),
            report=console.print,
            base_url=settings.maven_url,
            jvm=LONG_RUNNING,
        )

    with (
        _stopping_in_order(),
        local_system(
            settings,
            settings.topic_settings,
            kafka,
            _terminal(console),
            groups=groups,
            subscriptions=subscriptions,
            on_line=partial(_write_line, console),
            report=console.print,
            web=True,
            all_needed=False,
        ) as system,
    ):
        console.print(
            f"Firstseen is running. Page: http://{settings.web_host}:{settings.web_port}   Kafka: "
            f"{system.cluster.bootstrap}\nPublish with `firstseen publish FILE`. Ctrl-C stops it; the data are kept."
        )
        while True:
            system.pump(1.0)


def worker(
    stage: Annotated[str | None, typer.Argument(help=f"One of {', '.join(STAGES)}; by default all of them.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no messages on the terminal.")] = False,
) -> None:
    """Run the worker of one stage, or one process for each stage.

    The workers of a stage share its partitions; more workers than partitions are idle. Example:
    [bold]firstseen worker intake[/bold]
    """
    settings = load_settings()
    if stage is not None and stage not in STAGES:
        raise typer.BadParameter(f"{stage!r} is not one of {', '.join(STAGES)}", param_hint="STAGE")
    topics = TOPICS if stage is None else topics_of(_stage(stage))
    with admin_client(settings.cluster) as client:
        if absent := missing(client, settings.prefix, topics):
            names = ", ".join(topic.full_name(settings.prefix) for topic in absent)
            raise typer.BadParameter(f"{names} missing on {settings.cluster.bootstrap}: run `firstseen topics apply`")
    if stage is not None:
        run_stage(_stage(stage), settings, Console(quiet=quiet))
        return
    console = Console(highlight=False)

    with _stopping_in_order(), Supervisor(_terminal(console), partial(_write_line, console)) as processes:
        for name in STAGES:
            processes.start(name, "worker", name, *(["--quiet"] if quiet else []))
        while True:
            processes.pump(1.0)


def web() -> None:
    """Serve the page and the HTTP API."""
    from firstseen.web_wiring import web_config  # noqa: PLC0415 - the workers do not need the web libraries
    from web.server import serve  # noqa: PLC0415

    settings = load_settings()
    settings.require_guarded()
    log_to_stderr("web")
    _require_free(settings.web_port)
    serve(settings.cluster, settings.prefix, settings.web_host, settings.web_port, web_config(settings))


def _write_line(console: Console, line: Line) -> None:
    console.file.write(f"{line.text}\n")
    console.file.flush()


def _stage(text: str) -> Stage:
    return next(stage for stage in STAGES if stage == text)


def _terminal(console: Console) -> dict[str, str | None]:
    """Return variables that make children, which write to a pipe, format for this process's terminal."""
    return {"FORCE_COLOR": "1" if console.is_terminal else None, "COLUMNS": str(console.width)}


def _port_or_free(port: int) -> int:
    """Return the port, or a free one if it is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def _require_free(port: int) -> None:
    if _port_or_free(port) != port:
        raise ProcessError(
            f"Port {port} is in use: stop the program that uses it, or choose another port with FIRSTSEEN_WEB_PORT."
        )


@contextmanager
def _stopping_in_order() -> Iterator[None]:
    """Treat SIGTERM and the loss of the terminal like Ctrl-C, also for a process started in the background."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield
