"""Publishing a release of a feed: show what it changes beside what is on record, ask, and send it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from firstseen.importers.ucdp_ged import ID_PREFIX, SOURCE
from firstseen.on_record import read_on_record
from firstseen.release_plan import Plan, plan
from firstseen.releases import Release, read_release
from firstseen.settings import Settings
from schemas.sighting import Sighting
from streams.runtime.producer import SightingProducer
from streams.runtime.topic_admin import admin_client

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


class IncompleteError(ValueError):
    """Nothing can be called missing, because rows of the file cannot be read. The message says how many."""


def release_named(name: str, format_: str) -> Release:
    """Return the release that an option names. Raises typer.BadParameter."""
    if format_ != FORMAT:
        raise typer.BadParameter(f"it goes with --format {FORMAT}; other feeds have no releases", param_hint="--release")
    try:
        return read_release(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--release") from error


def plan_of(
    settings: Settings, rows: Iterable[tuple[str, Sighting | None]], release: Release, *, withdraw_missing: bool
) -> Plan:
    """Compare rows with what the running system has on record: :func:`firstseen.release_plan.plan`.

    Raises UnreachableError, MissingTopicError or KafkaError.
    """
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    on_record = asyncio.run(read_on_record(settings.cluster, settings.prefix, SOURCE))
    return plan(rows, on_record, release, withdraw=ID_PREFIX if withdraw_missing else None)


def may_send(planned: Plan, unreadable: int, *, yes: bool, dry_run: bool) -> bool:
    """Show a plan and say whether to send it; ask where somebody can answer.

    ``unreadable`` is how many rows of the files could not be read. Raises IncompleteError when something would be
    withdrawn that may stand in these, and ends the command when nobody can be asked.
    """
    for line in planned.lines():
        print(line)
    if planned.withdrawn and unreadable:
        raise IncompleteError(
            f"{unreadable:,} rows cannot be read, so that nothing can be said to be missing. Mend the file, or leave "
            "--withdraw-missing out. Nothing was sent."
        )
    if planned.withdraws_much:
        print(
            f"It would withdraw {len(planned.withdrawn):,} of {planned.covered:,}. Is the file the whole release?",
            file=sys.stderr,
        )
    if dry_run:
        print("Nothing was sent.")
        return False
    if not planned.sending:
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        print("Nothing was sent, because nobody can be asked here: add --yes to send it.", file=sys.stderr)
        raise typer.Exit(EXIT_NOT_ASKED)
    return typer.confirm("Send?", default=False)


def send(settings: Settings, planned: Plan, refuse: Callable[[str], object]) -> None:
    """Publish what a plan says; ``refuse`` hears of each record that Kafka does not take.

    Raises UnreachableError or PublishError.
    """
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for sending in planned.sending:
            producer.send(sending.key, sending.value, refuse=refuse)
