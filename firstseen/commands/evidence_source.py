"""Options that choose the evidence of a command, files or the running system; reads that evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstseen.commands.file_options import print_how_read, reading
from firstseen.commands.history_file import current_history
from firstseen.commands.output import Output, exit_without_answer
from firstseen.commands.progress import counted_rows, progress
from firstseen.config.files import load_groups
from firstseen.exit_codes import Exit
from firstseen.groups.evidence_log import EvidenceLog, log_of_sightings, read_log
from firstseen.publishing.sightings_file import FileError, as_incoming, of_their_format
from firstseen.settings import Settings
from history.database import History
from history.from_files import history_of
from history.group_names import find_group, names_on_record, similar_groups
from history.known_groups import KnownGroups, Period
from schemas.days import parse_days
from schemas.labels import counted
from streams.io.clock import now
from streams.notify.untrusted_text import clean

EvidenceFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--file", help="File of sightings to use instead of the running system; may be repeated.", metavar="FILE"
    ),
]

GroupsFile = Annotated[Path | None, typer.Option("--groups", help="YAML file of groups to use with --file.")]


def require_group(history: History, name: str, output: Output) -> str:
    """Return the id of a group; if it is unknown, suggest similar names and end the command."""
    groups, group_names = history.ask(names_on_record)
    group_id = find_group(groups, group_names, name)
    if group_id is None:
        suggestions = similar_groups(groups, group_names, name)
        exit_without_answer(
            f"No group called {clean(name)!r} is known.", suggestions, output=output, code=Exit.NOT_FOUND
        )
    return group_id


@dataclass(frozen=True, slots=True)
class EvidenceOptions:
    """Options that choose the evidence: files, or by default the running system."""

    files: Sequence[str] | None
    format: str | None
    map: Path | None
    groups: Path | None
    releases: Sequence[str] | None = None

    def of_files(self) -> bool:
        """Whether they name files. Raises typer.BadParameter for an option that requires --file without it."""
        if self.files:
            return True
        if self.releases:
            raise typer.BadParameter("it requires --file", param_hint="--release")
        if self.map:
            raise typer.BadParameter("it requires --file", param_hint="--map")
        if self.groups:
            raise typer.BadParameter("it requires --file; a running system has its own groups", param_hint="--groups")
        return False


@contextmanager
def history_from(settings: Settings, options: EvidenceOptions) -> Iterator[History]:
    """Give the history database of files, in memory, or of the running system, brought up to date.

    Raises typer.BadParameter if options conflict.
    """
    if not options.of_files():
        with current_history(settings) as history:
            yield history
        return
    log = log_from(settings, options)
    with progress("Computing the episodes ..."):
        history = history_of(log.partitions[0], settings.policy)
    try:
        yield history
    finally:
        history.close()


def log_from(
    settings: Settings,
    options: EvidenceOptions,
    names_of: Callable[[Sequence[Period]], Collection[str]] = lambda _: (),
) -> EvidenceLog:
    """Load the evidence log from files, or from the running system. Raises typer.BadParameter if options conflict.

    ``names_of`` chooses the groups, by name, whose evidence the running system is asked for, from those registered at
    each time.
    """
    if not options.of_files():
        with current_history(settings) as history:
            names = names_of(history.ask(KnownGroups.load).since(""))
        with progress("Reading the evidence from Kafka ..."):
            return read_log(settings.cluster, settings.prefix, frozenset(names))
    rejected: list[str] = []
    files = options.files or ()
    read = reading(options.format, options.map, options.releases, files).rows(files, print_how_read)
    with counted_rows(row for _, row in of_their_format(read)) as rows:
        incoming = as_incoming(rows, now(), rejected)
        log = log_of_sightings(incoming, load_groups(options.groups), settings.day_policy, rejected)
    if log.rejected and not any(change.add for changes in log.partitions for change in changes):
        raise FileError(f"no sighting in {counted(len(log.rejected), 'row')}; the first: {log.rejected[0]}")
    if log.rejected:
        Console(stderr=True).print(_rejected_in_words(log.rejected), highlight=False, markup=False)
    return log


def _rejected_in_words(reasons: Sequence[str]) -> str:
    rows = "1 row of the files is" if len(reasons) == 1 else f"{len(reasons):,} rows of the files are"
    first = "" if len(reasons) == 1 else "; the first"
    return f"{rows} rejected and not counted{first}: {reasons[0]}"


def day_of(text: str, option: str) -> date:
    """Parse the day of an option. Raises typer.BadParameter if it is not a single day."""
    try:
        days = parse_days(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if days.first_day != days.last_day:
        raise typer.BadParameter(f"{text!r} is not a single day: write a date such as 2017-11-24", param_hint=option)
    return days.first_day
