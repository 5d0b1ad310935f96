"""The command ``firstseen upgrade``: migrates an installation of an earlier version to this one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from faust_batches.errors import UnreachableError
from firstseen.commands.rebuild import rebuild_tables, require_no_workers
from firstseen.error_exits import lasting_output
from firstseen.local_kafka import LONG_RUNNING, LocalKafka
from firstseen.local_system import broker_properties
from firstseen.settings import Settings, load_settings
from firstseen.wiring import config_of
from schemas.topics import FORMER_TOPICS, STAGES, TABLES
from streams.io.earlier_state import stale_states
from streams.io.topic_admin import apply, delete, existing, require_kafka


@lasting_output()
def upgrade(
    delete_old: Annotated[
        bool,
        typer.Option("--delete-old", help="Afterwards delete the topics that only earlier versions use."),
    ] = False,
) -> None:
    """Migrate an installation of an earlier version to this one, without sending anything.

    It creates new topics, corrects settings of topics, and recomputes the tables that this version keeps in another
    form. Stop all workers first. If nothing needs to change, it says so. If it is interrupted, run it again.

    Examples:
        firstseen upgrade
        firstseen upgrade --delete-old
    """
    settings = load_settings()
    with _running_kafka(settings):
        _upgrade(settings)
        _report_former_topics(settings, delete_old=delete_old)


def _upgrade(settings: Settings) -> None:
    stale = asyncio.run(stale_states(config_of(stage, settings) for stage in STAGES))
    for state in stale:
        found = f"an earlier version wrote format {state.format}" if state.is_earlier else "a rebuild was interrupted"
        print(f"{state.stage}: its tables must be recomputed ({found})")
    if stale:
        asyncio.run(require_no_workers(settings, print))
    tables = [topic for state in stale for topic in TABLES[state.stage]]
    done = apply(settings.cluster, settings.topic_settings, new=tables)
    for line in done:
        print(line)
    for state in stale:
        name = STAGES[state.stage].full_name(settings.prefix)
        print(f"{state.stage}: recomputing its tables from {name}; nothing is sent")
        rebuild_tables(state.stage, settings, print)
    if stale:
        print("The upgrade is complete. Start the workers and the web server of this version.")
    elif not done:
        print("Nothing to upgrade: the topics and tables are those of this version.")


def _report_former_topics(settings: Settings, *, delete_old: bool) -> None:
    names = existing(settings.cluster, [f"{settings.prefix}.{name}" for name in FORMER_TOPICS])
    if not names:
        return
    if delete_old:
        for line in delete(settings.cluster, names):
            print(line)
    else:
        print(f"No longer used: {', '.join(names)}. `firstseen upgrade --delete-old` deletes them.")


@contextmanager
def _running_kafka(settings: Settings) -> Iterator[None]:
    """Start the Kafka of `firstseen up` for the duration of the context, unless one answers."""
    folder = settings.state_dir / "kafka"
    try:
        require_kafka(settings.cluster)
    except UnreachableError:
        if settings.kafka or not folder.exists():
            raise
    else:
        yield
        return
    kafka = LocalKafka(
        folder,
        settings.kafka_port,
        properties=broker_properties(settings),
        report=print,
        base_url=settings.maven_url,
        jvm=LONG_RUNNING,
    )
    print("Starting Apache Kafka ...")
    with kafka:
        yield
