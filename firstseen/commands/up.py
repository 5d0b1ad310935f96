"""The command ``firstseen up``: runs everything on this machine until Ctrl-C."""

from __future__ import annotations

from functools import partial

from rich.console import Console

from firstseen.commands.foreground import require_free_port, terminal_variables, until_stopped, write_line
from firstseen.config.files import load_areas, load_groups, load_subscriptions
from firstseen.local_kafka import LONG_RUNNING, LocalKafka
from firstseen.local_system import broker_properties, local_system
from firstseen.settings import load_settings


def up() -> None:
    """Run everything on this machine: a real Kafka (unless FIRSTSEEN_KAFKA names one), the workers and the page.

    Data survive a restart, and no message is sent twice. Ctrl-C stops everything.

    Examples:
        firstseen up
        FIRSTSEEN_WEB_PORT=9000 firstseen up
    """
    settings = load_settings()
    settings.require_guarded()
    console = Console(highlight=False)
    areas = load_areas(settings.areas, settings.polygons)
    subscriptions = load_subscriptions(settings.subscriptions, areas)
    groups = load_groups(settings.groups)
    require_free_port(settings.web_port)
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
        until_stopped(),
        local_system(
            settings,
            settings.topic_settings,
            kafka,
            terminal_variables(console),
            groups=groups,
            subscriptions=subscriptions,
            areas=tuple(areas.polygons.values()),
            on_line=partial(write_line, console),
            report=console.print,
            web=True,
            all_needed=False,
        ) as system,
    ):
        console.print(
            f"Firstseen is running. Page: http://{settings.web_host}:{settings.web_port}   Kafka: "
            f"{system.cluster.bootstrap}\n"
            "Publish with `firstseen sightings publish FILE`. Ctrl-C stops it; the data is kept."
        )
        while True:
            system.pump(1.0)
