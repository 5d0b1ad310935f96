"""Publishing a release of a feed: show what it changes beside what is on record, ask, and send it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from firstseen.importers.ucdp_ged import ID_PREFIX, SOURCE
from firstseen.publishing.recorded_versions import read_recorded_versions
from firstseen.publishing.release_plan import Plan, plan
from firstseen.publishing.releases import Release, read_release
from firstseen.settings import Settings
from schemas.sighting import Sighting
from streams.io.publisher import SightingProducer
from streams.io.topic_admin import admin_client

EXIT_NOT_ASKED = 2
"""Nobody could be asked, and ``--yes`` was not given."""

FORMAT = "ucdp-ged"
"""The only format whose feed has releases."""

ReleaseName = Annotated[
    str | None,
    typer.Option(
        "--release",
        help="Release of UCDP GED, such as 24.1: its rows correct those of older releases. Shown before it is sent.",
        metavar="NAME",
    ),
]
WithdrawMissing = Annotated[
    bool, typer.Option("--withdraw-missing", help="With --release: take back what the release no longer has.")
]
Yes = Annotated[bool, typer.Option("--yes", help="With --release: send without asking.")]


Releases = Annotated[
    list[str] | None,
    typer.Option(
        "--release",
        help="Release of UCDP GED that the files are; or once for each file, in their order.",
        metavar="NAME",
    ),
]


class IncompleteError(ValueError):
    """Nothing can be called missing, because rows of the file cannot be read. The message says how many."""


def releases_named(names: Sequence[str] | None, format_: str, files: int) -> tuple[Release, ...]:
    """Return the releases of so many files, from an option: one for all of them, or one for each.

    None are named: none. Raises typer.BadParameter.
    """
    if not names:
        return ()
    if format_ != FORMAT:
        raise typer.BadParameter(
            f"it goes with --format {FORMAT}; other feeds have no releases", param_hint="--release"
        )
    if len(names) not in {1, files}:
        raise typer.BadParameter(
            f"{len(names)} releases are named for {files} files: name one, or one for each", param_hint="--release"
        )
    try:
        found = tuple(map(read_release, names))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--release") from error
    return found * files if len(found) == 1 else found


def only_with_a_release(release: str | None, *, withdraw_missing: bool, yes: bool) -> None:
    """Refuse options that say nothing without a release. Raises typer.BadParameter."""
    for given, option in ((withdraw_missing, "--withdraw-missing"), (yes, "--yes")):
        if given and not release:
            raise typer.BadParameter("it goes with --release", param_hint=option)


def plan_of(
    settings: Settings, rows: Iterable[tuple[str, Sighting | None]], release: Release, *, withdraw_missing: bool
) -> Plan:
    """Compare rows with what the running system has on record: :func:`firstseen.publishing.release_plan.plan`.

    Raises UnreachableError, MissingTopicError or KafkaError.
    """
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    on_record = asyncio.run(read_recorded_versions(settings.cluster, settings.prefix, SOURCE))
    return plan(rows, on_record, release, withdraw=ID_PREFIX if withdraw_missing else None)


def may_send(planned: Plan, unreadable: int, *, yes: bool, dry_run: bool) -> bool:
    """Show a plan on standard error and say whether to send it; ask where somebody can answer.

    ``unreadable`` is how many rows of the files could not be read. Raises IncompleteError when something would be
    withdrawn that may stand in these, and ends the command when nobody can be asked.
    """
    for line in planned.lines():
        _say(line)
    if planned.withdrawn and unreadable:
        raise IncompleteError(
            f"{unreadable:,} rows of the release cannot be read, so what it lacks is not known and nothing was sent: "
            "mend the file, or leave --withdraw-missing out"
        )
    if planned.withdraws_much:
        _say(f"It would withdraw {len(planned.withdrawn):,} of {planned.covered:,}. Is the file the whole release?")
    if dry_run or not planned.sending:
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        _say("Nothing was sent, because nobody can be asked here: add --yes to send it.")
        raise typer.Exit(EXIT_NOT_ASKED)
    return typer.confirm("Send?", default=False, err=True)


def send(settings: Settings, planned: Plan) -> None:
    """Publish what a plan says. Raises UnreachableError or PublishError."""
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for sending in planned.sending:
            producer.send(sending.key, sending.value)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
