"""The command ``firstseen worker``: runs one stage, or one process for each stage, until Ctrl-C."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from faust_batches.errors import MissingTopicError
from firstseen.commands.choices import one_of
from firstseen.commands.foreground import terminal_variables, until_stopped, write_line
from firstseen.settings import Settings, load_settings
from firstseen.supervisor import Supervisor
from firstseen.wiring import config_of, require_even_partitions, run_stage
from schemas.topics import STAGES, TOPICS
from streams.io.earlier_state import stale_states
from streams.io.topic_admin import admin_client, missing, topics_of


def worker(
    stage: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(STAGES)}; by default all of them.", metavar="STAGE")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no messages on the terminal.")] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Show each message on the terminal in one line.")] = False,
) -> None:
    """Run the worker of one stage, or one process for each stage.

    The workers of a stage share its partitions; a worker that gets none is idle until another ends.

    Examples:
        firstseen worker
        firstseen worker intake
    """
    settings = load_settings()
    chosen = one_of(stage, STAGES, "STAGE") if stage is not None else None
    topics = TOPICS if chosen is None else topics_of(chosen)
    with admin_client(settings.cluster) as client:
        if absent := missing(client, settings.prefix, topics):
            names = ", ".join(topic.full_name(settings.prefix) for topic in absent)
            raise MissingTopicError(f"{names} missing on {settings.cluster.bootstrap}: {_remedy(settings)}")
        require_even_partitions(client, settings.prefix, topics)
    if chosen is not None:
        run_stage(chosen, settings, Console(quiet=quiet), brief=brief)
        return
    console = Console(highlight=False)

    with until_stopped(), Supervisor(terminal_variables(console), partial(write_line, console)) as processes:
        for name in STAGES:
            processes.start(name, "worker", name, *(["--quiet"] if quiet else []), *(["--brief"] if brief else []))
        while True:
            processes.pump(1.0)


def _remedy(settings: Settings) -> str:
    stale = asyncio.run(stale_states(config_of(stage, settings) for stage in STAGES))
    if earlier := [state.stage for state in stale if state.is_earlier]:
        written = f"an earlier version of Firstseen wrote the state of {' and '.join(earlier)}"
        return f"{written}. Stop all workers, and run `firstseen upgrade`"
    return "run `firstseen topics apply`"
