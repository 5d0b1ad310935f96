"""The argument FILTER, in the language of subscriptions."""

from __future__ import annotations

from typing import Annotated

import typer

from firstseen.config.yaml_values import ConfigurationError
from places.areas import Areas
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.similar_names import Names

FilterArgument = Annotated[str, typer.Argument(help="A filter, as in Slack; by default none.", metavar="FILTER")]


def filter_of(text: str, areas: Areas, known: Names | None = None) -> ParsedFilter:
    """Return a filter; the groups in it that are not ``known`` are in its result. Raises ConfigurationError."""
    parsed = parse_filter(text, areas, known)
    if isinstance(parsed, FilterError):
        raise ConfigurationError(error_text(parsed))
    return parsed
