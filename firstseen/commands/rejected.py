"""Producers' commands on what was rejected: rejected, rejected retry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from firstseen.publishing.rejections import Choice, counts, parse_since, read_rejections, retry
from firstseen.settings import load_settings
from schemas.rejection import Reason, Rejection
from streams.io.clock import now
from streams.io.topic_admin import admin_client
from streams.notify.mrkdwn import clean

rejected = typer.Typer(help="Show what intake rejected, and send it again after a fix.", invoke_without_command=True)

Source = Annotated[str | None, typer.Option(help="Only of this source.")]
Since = Annotated[str | None, typer.Option(help="Only what arrived since then: 1d, 12h, 30m, or a time.")]
Why = Annotated[str | None, typer.Option("--reason", help="Only for this reason.")]


@rejected.callback()
def list_rejected(
    context: typer.Context,
    source: Source = None,
    since: Since = None,
    reason: Why = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")] = False,
) -> None:
    """Show rejected sightings, a line each with the reason and what to do, and how many there are of each.

    Example: [bold]firstseen rejected --source my-desk --since 1d[/bold]
    """
    if context.invoked_subcommand:
        return
    found = _read(_choice(source, since, reason))
    for one in found:
        print(orjson.dumps(_as_json(one)).decode() if json else _in_words(one))
    if json:
        return
    for name, why, count in counts(found):
        print(f"{count:6,}  {clean(name) if name else 'source not told'}: {why}")
    if not found:
        print("nothing was rejected")


@rejected.command("retry")
def retry_rejected(source: Source = None, since: Since = None, reason: Why = None) -> None:
    """Send rejected sightings again that would be taken now: after the settings, the names or Firstseen were mended.

    What would be rejected again is not sent. What was taken meanwhile counts as a duplicate.
    Example: [bold]firstseen rejected retry --reason country_unresolved --since 7d[/bold]
    """
    choice = _choice(source, since, reason)
    found = _read(choice)
    told = [one for one in found if one.reason is not Reason.CONFLICT]
    ended = asyncio.run(retry(load_settings(), told, now()))
    still = [(one, why) for one, why in ended if why]
    for one, why in still:
        print(f"{_name(one)}: {why.reason}: {clean(why.detail)}")
    print(f"{len(ended) - len(still):,} sent again, {len(still):,} would be rejected again")
    if conflicts := len(found) - len(told):
        print(f"{conflicts:,} in conflict are not sent: another version is on record. Send a higher revision.")
    if still:
        raise typer.Exit(1)


def _choice(source: str | None, since: str | None, reason: str | None) -> Choice:
    try:
        time = parse_since(since, now()) if since else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
    if reason is not None and reason not in set(Reason):
        raise typer.BadParameter(f"{reason!r} is not one of {', '.join(Reason)}", param_hint="--reason")
    return Choice(source, time, Reason(reason) if reason else None)


def _read(choice: Choice) -> Sequence[Rejection]:
    settings = load_settings()
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    return asyncio.run(read_rejections(settings, choice))


def _in_words(one: Rejection) -> str:
    arrived = f"{one.arrived:%Y-%m-%d %H:%M:%S}Z  " if one.arrived else ""
    meant = f" Perhaps: {', '.join(map(clean, one.suggestions))}." if one.suggestions else ""
    detail = clean(one.detail)
    return (
        f"{arrived}{_name(one)}: {one.reason}: {detail}{'' if detail.endswith(('.', '?')) else '.'}{meant} {one.remedy}"
    )


def _name(one: Rejection) -> str:
    known = "/".join(clean(text) for text in (one.source, one.id) if text)
    return known or f"partition {one.partition}, offset {one.offset}"


def _as_json(one: Rejection) -> dict[str, object]:
    return one.model_dump(mode="json", exclude={"original", "sha256", "original_bytes"}, exclude_none=True)
