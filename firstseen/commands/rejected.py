"""The commands ``firstseen sightings rejected`` and ``sightings retry``."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import typer

from firstseen.commands.choices import one_of
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import ALL, SHOWN, LimitOption, Listing, OutputOption
from firstseen.commands.output import Output
from firstseen.commands.progress import progress
from firstseen.commands.time_options import SinceOption, instant_of
from firstseen.exit_codes import Exit
from firstseen.publishing.rejections import retry
from firstseen.settings import load_settings
from history.explanation_text import Line
from history.rejections import rejection_counts, rejections
from schemas.rejection import Reason, Rejection
from streams.io.clock import now
from streams.notify.untrusted_text import clean

Source = Annotated[str | None, typer.Option(help="Only from this source.", metavar="NAME")]
Why = Annotated[
    str | None, typer.Option("--reason", help="Only for this reason; docs/reference.md lists them.", metavar="REASON")
]


def _rejection_line(rejection: Rejection) -> str:
    arrived = f"{rejection.arrived:%Y-%m-%d %H:%M:%S}Z  " if rejection.arrived else ""
    detail = clean(rejection.detail)
    stop = "" if detail.endswith((".", "?")) else "."
    hint = f" Did you mean {', '.join(map(clean, rejection.suggestions))}?" if rejection.suggestions else ""
    return f"{arrived}{_name(rejection)}: {rejection.reason}: {detail}{stop}{hint} {rejection.remedy}"


def _name(rejection: Rejection) -> str:
    key = "/".join(clean(text) for text in (rejection.source, rejection.id) if text)
    return key or f"partition {rejection.partition}, offset {rejection.offset}"


def _as_json(rejection: Rejection) -> dict[str, Any]:
    shown = {*rejection.__struct_fields__} - {"original", "sha256", "original_bytes"}
    return rejection.to_json(fields=shown, exclude_none=True)


REJECTED = Listing[Rejection](
    noun="rejections",
    nothing="Nothing was rejected.",
    lines=lambda rejection: [Line(_rejection_line(rejection))],
    fields=(
        "arrived", "source", "id", "reason", "detail", "suggestions", "remedy", "topic", "partition", "offset",
    ),
    as_json=_as_json,
    newest_last=True,
)  # fmt: skip


def list_rejected(
    source: Source = None,
    since: SinceOption = None,
    reason: Why = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show rejected sightings, one per line with the reason and what to do, and their number by reason.

    Examples:
        firstseen sightings rejected --source my-desk --since 1d
    """
    selected = _options(source, since, reason)
    most = limit or (SHOWN if output is Output.TEXT else ALL)
    with current_history(load_settings()) as history:
        newest_first = history.ask(partial(rejections, limit=min(most, ALL - 1) + 1, **selected))
        counts = history.ask(partial(rejection_counts, **selected))
    REJECTED.print([rejection for _, rejection in reversed(newest_first)], output, limit)
    if output is Output.TEXT:
        for name, why, count in counts:
            print(f"{count:6,}  {clean(name) if name else 'no source'}: {why}")


def retry_rejected(source: Source = None, since: SinceOption = None, reason: Why = None) -> None:
    """Retry rejected sightings that intake would accept now, after a fix of settings, names or Firstseen.

    Sightings that would be rejected again are not sent, and the exit code is then 1. Those accepted in the meantime
    count as duplicates.

    Examples:
        firstseen sightings retry --reason country_unresolved --since 7d
    """
    options = _options(source, since, reason)
    settings = load_settings()
    with current_history(settings) as history:
        newest_first = history.ask(partial(rejections, **options))
    selected = [rejection for _, rejection in reversed(newest_first)]
    retried = [rejection for rejection in selected if rejection.reason is not Reason.CONFLICT]
    with progress("Checking the rejected sightings again ..."):
        results = asyncio.run(retry(settings, retried, now()))
    rejected_again = [(rejection, why) for rejection, why in results if why]
    for rejection, why in rejected_again:
        print(f"{_name(rejection)}: {why.reason}: {clean(why.detail)}")
    print(f"{len(results) - len(rejected_again):,} sent again, {len(rejected_again):,} would be rejected again")
    if conflicts := len(selected) - len(retried):
        print(f"{conflicts:,} conflicts were not sent: another version is on record. Send a higher revision.")
    if rejected_again:
        raise typer.Exit(Exit.NEGATIVE)


def _options(source: str | None, since: str | None, reason: str | None) -> dict[str, Any]:
    """Return what options select."""
    why = one_of(reason, Reason, "--reason") if reason is not None else None
    return {"source": source, "since": instant_of(since, "--since", now()), "reason": why}
