"""The command ``firstseen rebuild``: recomputes the tables of a stage from its input."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated

import typer

from faust_batches.rebuild import Plan, Report, rebuild, wait_until_group_is_empty
from faust_batches.rocksdb import make_folder
from faust_batches.step import Step, Tables
from faust_batches.transaction import home_partition
from firstseen.commands.choices import one_of
from firstseen.error_exits import lasting_output
from firstseen.settings import Settings, load_settings
from firstseen.wiring import config_of
from schemas.topics import (
    ACCOUNTING,
    ALERTS,
    AUDIENCES,
    DELIVERIES,
    LEDGER,
    OUTBOX,
    POSITIONS,
    REJECTED,
    STAGES,
    TABLES,
    VERSIONS,
    Stage,
)  # fmt: skip
from streams import rebuild_folds
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import fold as fold_sightings
from streams.io.reader import partitions, read_all
from streams.io.stage_config import StageConfig
from streams.presence.fold import fold as fold_evidence


@lasting_output()
def rebuild_stage(
    stage: Annotated[str, typer.Argument(help=f"One of {', '.join(STAGES)}.", metavar="STAGE")],
    new_input: Annotated[
        bool,
        typer.Option("--new-input", help="Keep the tables, and continue with a recreated or truncated input topic."),
    ] = False,
) -> None:
    """Recompute the tables of a stage from its input, without output, after a table was lost.

    Stop the workers of the stage first.

    Examples:
        firstseen rebuild presence
    """
    settings = load_settings()
    rebuild_tables(one_of(stage, STAGES, "STAGE"), settings, print, new_input=new_input)


def rebuild_tables(stage: Stage, settings: Settings, report: Report, *, new_input: bool = False) -> None:
    """Recompute the tables of a stage. Raises as :func:`faust_batches.rebuild.rebuild` does."""
    config = config_of(stage, settings)
    make_folder(config.folder)
    asyncio.run(rebuild(config.batches(), _PLANS[stage](config, settings), report, new_input=new_input))


async def require_no_workers(settings: Settings, report: Report) -> None:
    """Wait until the sessions of stopped workers are over. Raises RebuildError if a worker of any stage is running."""
    for stage in STAGES:
        await wait_until_group_is_empty(config_of(stage, settings).batches(), report)


def _intake(config: StageConfig, _: Settings) -> Callable[[frozenset[str]], Plan]:
    count = len(asyncio.run(partitions(config.cluster, config.prefix, [STAGES[config.stage]])))
    rejected = rebuild_folds.rejection_reasons(asyncio.run(read_all(config.cluster, config.prefix, REJECTED)))
    # Sightings rejected at the time stay rejected, so the earliest day must not reject any accepted at the time.
    accept_all = partial(fold_sightings, home_partition=partial(home_partition, count=count), days=DayPolicy(date.min))
    fold = partial(rebuild_folds.fold_sightings, fold=accept_all, rejected=rejected)
    return lambda _: Plan((VERSIONS, ACCOUNTING), fold)


def _presence(config: StageConfig, settings: Settings) -> Callable[[frozenset[str]], Plan]:
    published = rebuild_folds.published_alerts(asyncio.run(read_all(config.cluster, config.prefix, ALERTS)))
    tables = tuple(topic for topic in TABLES["presence"] if topic is not POSITIONS["presence"])
    confirmed: set[str] = set()

    def continue_published(partition: Tables) -> Step:
        step = rebuild_folds.continue_alerts(partition, published)
        confirmed.update(rebuild_folds.confirmed_alerts(partition, step))
        return step

    return lambda _: Plan(
        tables,
        partial(fold_evidence, policy=settings.policy),
        continue_published,
        summary=lambda: rebuild_folds.compare_alerts(published, confirmed),
    )


def _dispatch(config: StageConfig, _: Settings) -> Callable[[frozenset[str]], Plan]:
    known = rebuild_folds.audiences(asyncio.run(read_all(config.cluster, config.prefix, DELIVERIES)))
    return lambda _: Plan((AUDIENCES,), partial(rebuild_folds.fold_audiences, known=known))


def _slack(_: StageConfig, __: Settings) -> Callable[[frozenset[str]], Plan]:
    ledger, outbox = Plan((LEDGER,), rebuild_folds.fold_ledger), Plan((OUTBOX,), rebuild_folds.fold_outbox)
    return lambda lost: ledger if LEDGER.name in lost else outbox


_PLANS: dict[Stage, Callable[[StageConfig, Settings], Callable[[frozenset[str]], Plan]]] = {
    "intake": _intake,
    "presence": _presence,
    "dispatch": _dispatch,
    "slack": _slack,
}
