"""The argument FILTER, in the language of subscriptions."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from firstseen.config.yaml_values import ConfigurationError
from history.database import History
from history.group_names import names_on_record
from places.areas import Areas
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.notify.untrusted_text import clean
from streams.similar_names import Names

FilterArgument = Annotated[
    str,
    typer.Argument(help="A filter such as 'in:Sahel kind:first' (docs/filters.md); by default none.", metavar="FILTER"),
]


def filter_of(text: str, areas: Areas, known: Names | None = None) -> ParsedFilter:
    """Return a filter, with the groups in it that are not ``known``. Raises ConfigurationError."""
    parsed = parse_filter(text, areas, known)
    if isinstance(parsed, FilterError):
        raise ConfigurationError(error_text(parsed))
    return parsed


def known_names(history: History) -> Names:
    """Return the names of groups that are registered or on record."""
    groups, on_record = history.ask(names_on_record)
    return Names((*(name for group in groups.by_id.values() for name in group.all_names), *on_record))


def warn_of_unknown_groups(text: str, areas: Areas, known: Names) -> None:
    """Print a warning with similar names for each unknown group in a filter."""
    for unknown in filter_of(text, areas, known).unknown_groups:
        print(clean(unknown.sentence), file=sys.stderr)
