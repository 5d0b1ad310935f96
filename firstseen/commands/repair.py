"""Operators' commands for repair: quarantine and rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated

import typer

from faust_batches.rebuild import Plan, rebuild
from faust_batches.transaction import home_partition
from firstseen.settings import Settings, load_settings
from firstseen.wiring import config_of
from schemas.quarantine import Quarantined
from schemas.topics import (
    ACCOUNTING,
    ACTIVITY,
    AFFILIATIONS,
    ALERTS,
    AUDIENCES,
    DELIVERIES,
    LEDGER,
    OUTBOX,
    PRESENCE,
    REJECTED,
    SPREAD,
    STAGES,
    VERSIONS,
    Stage,
)  # fmt: skip
from streams import rebuild_folds
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import fold as fold_sightings
from streams.io.quarantine_admin import read_quarantine, republish
from streams.io.reader import partitions, read_all
from streams.io.stage_config import StageConfig
from streams.presence.fold import fold as fold_evidence

quarantine = typer.Typer(help="List, show and retry records that a stage skipped after an error.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@quarantine.command("list")
def list_quarantine(json: Json = False) -> None:
    """List the records in quarantine: id, arrival, and error."""
    settings = load_settings()
    rows = asyncio.run(read_quarantine(settings.cluster, settings.prefix))
    for row in rows:
        line = _printable(f"{row.id}  {row.arrived:%Y-%m-%d %H:%M:%S}Z  {row.why[:200]}")
        print(row.to_bytes().decode() if json else line)
    if not rows and not json:
        print("the quarantine is empty")


@quarantine.command("show")
def show_quarantine(id_: Annotated[str, typer.Argument(metavar="ID", help="Id from `quarantine list`.")]) -> None:
    """Show one record: its place, the error, the stack trace, and its bytes."""
    settings = load_settings()
    row = _found(id_, asyncio.run(read_quarantine(settings.cluster, settings.prefix)))
    parts = [
        f"{row.topic}, partition {row.partition}, offset {row.offset}, skipped by {row.stage}",
        f"arrived: {row.arrived.isoformat()}",
        f"key: {_text(row.key)}",
        f"value: {'none' if row.original_bytes is None else row.original_bytes} bytes, SHA-256 {row.sha256}",
        f"why: {row.why}",
        *([f"where:\n{row.trace.rstrip()}"] if row.trace else []),
        f"the value:\n{_text(row.original)}",
    ]
    print(_printable("\n".join(parts)))


@quarantine.command("retry")
def retry_quarantine(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids from `quarantine list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Retry every record in quarantine.")] = False,
) -> None:
    """Publish records again on their topic and partition, after a fix, and remove them from quarantine.

    Records that fail again return to quarantine. Example: [bold]firstseen quarantine retry --all[/bold]
    """
    settings = load_settings()
    rows = asyncio.run(read_quarantine(settings.cluster, settings.prefix))
    chosen = rows if everything else [_found(id_, rows) for id_ in ids or ()]
    if not chosen and not everything:
        raise typer.BadParameter("name records, or use --all")
    missing = asyncio.run(republish(settings.cluster, settings.prefix, chosen))
    for row in missing:
        print(_printable(f"{row.id} is no longer on its topic, and its copy is incomplete: it stays in quarantine"))
    print(f"{len(chosen) - len(missing)} published again")
    if missing:
        raise typer.Exit(1)


def rebuild_stage(
    stage: Annotated[str, typer.Argument(help=f"One of {', '.join(STAGES)}.")],
    new_input: Annotated[
        bool,
        typer.Option("--new-input", help="Keep the tables, and continue with a recreated or truncated input topic."),
    ] = False,
) -> None:
    """Recompute the tables of a stage from its input, without output, after a table was lost.

    Stop the workers of the stage first. Example: [bold]firstseen rebuild presence[/bold]
    """
    settings = load_settings()
    name = next((name for name in STAGES if name == stage), None)
    if name is None:
        raise typer.BadParameter(f"{stage!r} is not one of {', '.join(STAGES)}", param_hint="STAGE")
    config = config_of(name, settings)
    config.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(rebuild(config.batches(), _PLANS[name](config, settings), print, new_input=new_input))


def _intake(config: StageConfig, _: Settings) -> Callable[[frozenset[str]], Plan]:
    count = len(asyncio.run(partitions(config.cluster, config.prefix, [STAGES[config.stage]])))
    rejected = rebuild_folds.rejection_reasons(asyncio.run(read_all(config.cluster, config.prefix, REJECTED)))
    # Sightings rejected at the time stay rejected, so the earliest day must not reject any accepted at the time.
    accept_all = partial(fold_sightings, home_partition=partial(home_partition, count=count), days=DayPolicy(date.min))
    fold = partial(rebuild_folds.fold_sightings, fold=accept_all, rejected=rejected)
    return lambda _: Plan((VERSIONS, ACCOUNTING), fold)


def _presence(config: StageConfig, settings: Settings) -> Callable[[frozenset[str]], Plan]:
    published = rebuild_folds.published_revisions(asyncio.run(read_all(config.cluster, config.prefix, ALERTS)))
    fold = partial(fold_evidence, policy=settings.policy)
    finish = partial(rebuild_folds.continue_revisions, published=published)
    return lambda _: Plan((AFFILIATIONS, PRESENCE, ACTIVITY, SPREAD), fold, finish)


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


def _found(id_: str, rows: list[Quarantined]) -> Quarantined:
    found = next((row for row in rows if row.id == id_), None)
    if found is None:
        raise typer.BadParameter(f"{id_!r} is not in quarantine; `firstseen quarantine list` shows all ids")
    return found


def _printable(text: str) -> str:
    """Escape control characters, so that text of producers is safe to print."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)


def _text(value: bytes | None) -> str:
    return "none" if value is None else value.decode(errors="backslashreplace")
