"""The commands ``firstseen quarantine list``, ``show`` and ``retry``: records that a stage skipped."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from firstseen.commands.listing import DocumentOption, LimitOption, Listing, OutputOption
from firstseen.commands.output import NotFoundError, Output, print_json
from firstseen.commands.progress import answer_of, progress
from firstseen.error_exits import printable
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from schemas.quarantine import Quarantined
from streams.io.quarantine_admin import read_quarantine, republish


def _as_json(row: Quarantined) -> dict[str, Any]:
    return row.to_json(exclude_none=True)


LISTED = Listing[Quarantined](
    noun="records",
    nothing="The quarantine is empty.",
    columns={
        "record": lambda row: row.id,
        "arrived (UTC)": lambda row: f"{row.arrived:%Y-%m-%d %H:%M:%S}",
        "why": lambda row: row.why[:200],
    },
    fields=("stage", "topic", "partition", "offset", "arrived", "why", "original_bytes", "sha256"),
    as_json=_as_json,
    newest_last=True,
)


def list_quarantine(limit: LimitOption = None, output: OutputOption = Output.TEXT) -> None:
    """List the records in quarantine: id, arrival, and error.

    Examples:
        firstseen quarantine list
    """
    settings = load_settings()
    rows = answer_of(read_quarantine(settings.cluster, settings.prefix))
    LISTED.print(rows, output, limit)


def show_quarantine(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id from `quarantine list`.")],
    output: DocumentOption = Output.TEXT,
) -> None:
    """Show one record: its place, the error, the stack trace, and its bytes.

    Examples:
        firstseen quarantine show presence/firstseen.evidence.v1/0/1234
    """
    settings = load_settings()
    row = _found(id_, answer_of(read_quarantine(settings.cluster, settings.prefix)))
    if output is Output.JSON:
        print_json(_as_json(row))
        return
    parts = [
        f"{row.topic}, partition {row.partition}, offset {row.offset}, skipped by {row.stage}",
        f"arrived: {row.arrived.isoformat()}",
        f"key: {_escaped(row.key)}",
        f"value: {'none' if row.original_bytes is None else row.original_bytes} bytes, SHA-256 {row.sha256}",
        f"why: {row.why}",
        *([f"where:\n{row.trace.rstrip()}"] if row.trace else []),
        f"the value:\n{_escaped(row.original)}",
    ]
    print(printable("\n".join(parts)))


def retry_quarantine(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids from `quarantine list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Retry every record in quarantine.")] = False,
) -> None:
    """Publish records again on their topic and partition, after a fix, and remove them from quarantine.

    Records that fail again return to quarantine. The exit code is 1 if a record cannot be published again.

    Examples:
        firstseen quarantine retry --all
    """
    if not ids and not everything:
        raise typer.BadParameter("name records, or use --all", param_hint="ID")
    settings = load_settings()
    rows = answer_of(read_quarantine(settings.cluster, settings.prefix))
    chosen = rows if everything else [_found(id_, rows) for id_ in ids or ()]
    with progress("Publishing the records again ..."):
        missing = asyncio.run(republish(settings.cluster, settings.prefix, chosen))
    for row in missing:
        print(printable(f"{row.id} is no longer on its topic, and its copy is incomplete: it stays in quarantine"))
    print(f"{len(chosen) - len(missing)} published again")
    if missing:
        raise typer.Exit(Exit.NEGATIVE)


def _found(id_: str, rows: list[Quarantined]) -> Quarantined:
    found = next((row for row in rows if row.id == id_), None)
    if found is None:
        raise NotFoundError(f"{id_!r} is not in quarantine; `firstseen quarantine list` shows all ids")
    return found


def _escaped(value: bytes | None) -> str:
    return "none" if value is None else value.decode(errors="backslashreplace")
