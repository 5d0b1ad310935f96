"""The options and steps of publishing a release: compare it with the record, show the plan, ask, and send."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from firstseen.commands.progress import progress
from firstseen.exit_codes import Exit
from firstseen.importers.ucdp_ged import ID_PREFIX, SOURCE
from firstseen.publishing.recorded_versions import read_recorded_versions
from firstseen.publishing.release_plan import Plan, plan
from firstseen.publishing.releases import Release, read_release
from firstseen.settings import Settings
from schemas.sighting import Sighting
from streams.io.publisher import SightingProducer

FORMAT = "ucdp-ged"
"""The only format with releases."""

ReleaseName = Annotated[
    str | None,
    typer.Option(
        "--release",
        help="Release of UCDP GED, such as 24.1: its rows correct those of older releases. Shows the changes and asks "
        "before sending.",
        metavar="NAME",
    ),
]
WithdrawMissing = Annotated[
    bool,
    typer.Option("--withdraw-missing", help="With --release: withdraw events that the release lacks."),
]
Yes = Annotated[bool, typer.Option("--yes", help="With --release: send without asking.")]

Releases = Annotated[
    list[str] | None,
    typer.Option(
        "--release",
        help="Release of UCDP GED that the files hold; repeat it for each file, in their order.",
        metavar="NAME",
    ),
]


class IncompleteError(ValueError):
    """Missing events are unknown, because rows of the file are malformed. The message has their number."""


def releases_named(names: Sequence[str] | None, format_: str, files: int) -> tuple[Release, ...]:
    """Return the releases of the files: one named release applies to all of them, several to one file each.

    Empty if none is named. Raises typer.BadParameter.
    """
    if not names:
        return ()
    if format_ != FORMAT:
        raise typer.BadParameter(
            f"it requires --format {FORMAT}; other formats have no releases", param_hint="--release"
        )
    if len(names) not in {1, files}:
        raise typer.BadParameter(
            f"{len(names)} releases for {files} files: name one, or one for each file", param_hint="--release"
        )
    try:
        found = tuple(map(read_release, names))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--release") from error
    return found * files if len(found) == 1 else found


def require_release(release: str | None, *, withdraw_missing: bool, yes: bool) -> None:
    """Reject options that have no effect without a release. Raises typer.BadParameter."""
    for is_given, option in ((withdraw_missing, "--withdraw-missing"), (yes, "--yes")):
        if is_given and not release:
            raise typer.BadParameter("it requires --release", param_hint=option)


def plan_release(
    settings: Settings, rows: Iterable[tuple[str, Sighting | None]], release: Release, *, withdraw_missing: bool
) -> Plan:
    """Compare rows with the record of the running system, by :func:`firstseen.publishing.release_plan.plan`.

    Raises UnreachableError, MissingTopicError or KafkaError.
    """
    with progress("Reading the versions on record from Kafka ..."):
        on_record = asyncio.run(read_recorded_versions(settings.cluster, settings.prefix, SOURCE))
    return plan(rows, on_record, release, withdraw=ID_PREFIX if withdraw_missing else None)


def confirm(planned: Plan, malformed: int, *, yes: bool, dry_run: bool) -> bool:
    """Show a plan on standard error, ask on a terminal, and return whether to send it.

    ``malformed`` is the number of malformed rows. Raises IncompleteError if the plan withdraws events that these may
    contain, and ends the command if there is no terminal to ask on.
    """
    for line in planned.lines():
        _print(line)
    if planned.withdrawn and malformed:
        raise IncompleteError(
            f"{malformed:,} rows of the release are malformed, so the missing events are unknown and nothing was sent: "
            "correct the file, or omit --withdraw-missing"
        )
    if planned.withdraws_much:
        _print(f"It withdraws {len(planned.withdrawn):,} of {planned.covered:,} events. Is the file complete?")
    if dry_run or not planned.records:
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        _print("Nothing was sent: there is no terminal to ask on. Add --yes to send it.")
        raise typer.Exit(Exit.USAGE)
    return typer.confirm("Send?", default=False, err=True)


def send(settings: Settings, planned: Plan) -> None:
    """Publish the records of a plan. Raises UnreachableError or PublishError."""
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for record in planned.records:
            producer.send(record.key, record.value)


def _print(line: str) -> None:
    print(line, file=sys.stderr)
