"""The command ``firstseen groups show``: what is on record about one group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from firstseen.commands.history_file import current_history
from firstseen.commands.listing import fields_of, output_option, print_csv
from firstseen.commands.output import NotFoundError, Output, as_plain, print_json, print_lines
from firstseen.settings import load_settings
from history.explanation_text import Line
from history.group_names import find_group, names_on_record
from history.groups import CountryOnRecord, countries_on_record
from history.revisions import affiliation_days_in_words
from schemas.group import Affiliation, Alias, Group
from schemas.labels import counted
from streams.affiliations import Groups
from streams.notify.untrusted_text import clean
from streams.similar_names import Names


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group, and where it is on record."""

    id: str
    names: tuple[Alias, ...]
    affiliations: tuple[Affiliation, ...]
    factions: tuple[str, ...]
    """Ids of the registered groups that belong to it."""
    countries: tuple[CountryOnRecord, ...]
    """Where it is on record, the latest first."""


def show_group(
    name: Annotated[str, typer.Argument(help="The id or another name of a group.", metavar="NAME")],
    output: Annotated[Output, output_option("JSON is one object; CSV has a row for each country.")] = Output.TEXT,
) -> None:
    """Show one group: where it is on record, its names, affiliations and factions, with their sources.

    Examples:
        firstseen groups show "Islamic State"
        firstseen groups show ISIS -o json
    """
    with current_history(load_settings()) as history:
        index, on_record = history.ask(names_on_record)
        group_id = find_group(index, on_record, name)
        if group_id is None:
            raise _not_found(name, index, on_record)
        countries = history.ask(partial(countries_on_record, group=group_id))
    group = index.by_id.get(group_id) or Group(id=group_id)
    factions = [
        (other.id, affiliation)
        for other in index.by_id.values()
        for affiliation in other.affiliations
        if index.resolve(affiliation.parent) == group.id
    ]
    match output:
        case Output.JSON:
            faction_ids = tuple(sorted({faction for faction, _ in factions}))
            print_json(GroupShown(group.id, group.names, group.affiliations, faction_ids, tuple(countries)))
        case Output.CSV:
            print_csv(fields_of(CountryOnRecord), map(as_plain, countries))
        case Output.TEXT:
            print_lines(_lines(group, factions, countries))


def _not_found(name: str, groups: Groups, on_record: list[str]) -> NotFoundError:
    registered = (alias for group in groups.by_id.values() for alias in group.all_names)
    similar = Names((*registered, *on_record)).like(clean(name))
    meant = (
        f"Did you mean {', '.join(map(clean, similar))}?" if similar else "`firstseen groups list` shows all groups."
    )
    return NotFoundError(f"no group is called {clean(name)!r}. {meant}")


def _lines(group: Group, factions: list[tuple[str, Affiliation]], countries: list[CountryOnRecord]) -> Iterator[Line]:
    yield Line(clean(group.id), style="bold")
    for alias in group.names:
        yield Line(f"also called {clean(alias.name)}{_source(alias.source)}", 1)
    for affiliation in group.affiliations:
        days = affiliation_days_in_words(affiliation)
        yield Line(f"belongs to {clean(affiliation.parent)} {days}{_source(affiliation.source)}", 1)
    for faction, affiliation in factions:
        days = affiliation_days_in_words(affiliation)
        yield Line(f"has the faction {clean(faction)} {days}{_source(affiliation.source)}", 1)
    if not countries:
        yield Line("on record nowhere", 1)
    for row in countries:
        days = f"first seen {row.first_seen}, last seen {row.last_seen}"
        yield Line(f"on record in {row.country_name}: {days}, {counted(row.episodes, 'episode')}", 1)


def _source(source: str | None) -> str:
    return f" ({clean(source)})" if source else ""
