"""``GET /api/v1/filter/completions``: helps to write a filter."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from streams.dispatch.filters.completion import Choice, complete
from streams.dispatch.filters.errors import LONGEST, FilterError
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.filters.tokens import Field
from web.api.filter_param import filter_note, filter_warnings, notes_as_json
from web.api.services import NO_ANSWER, Injected
from web.http.caching import CachedResponse
from web.http.problem import ParameterNote, documented
from web.http.strict_route import StrictRoute

_MAX_COMPLETIONS = 50

router = APIRouter(route_class=StrictRoute, tags=["Filters"])


class CompletionRow(BaseModel):
    """A completion."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    text: str
    """What to write from `start` to `end`, with quotation marks where they are needed."""
    label: str
    """What to show."""
    detail: str
    """What it is."""
    field: Field
    complete: bool
    """False: it is a key, and a value must follow."""


class FilterHelp(BaseModel):
    """The completions of a filter, and whether the whole filter is valid."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    start: int
    """Start of the part that a completion replaces, in characters from 0."""
    end: int
    """End of that part: the cursor."""
    completions: list[CompletionRow]
    """The best first."""
    more: bool
    """Whether the limit cut them."""
    error: ParameterNote | None
    """What is wrong with the whole text; null if it is valid."""
    warnings: list[ParameterNote]
    """Warnings about it, such as an unknown group."""
    canonical: str | None
    """The whole text as Firstseen writes it; null if it is not valid."""


@router.get(
    "/api/v1/filter/completions",
    name="completions",
    responses={200: {"model": FilterHelp}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def complete_filter(
    request: Request,
    services: Injected,
    text: Annotated[
        str,
        Query(
            max_length=LONGEST,
            description="The filter as far as it is written. An incomplete or invalid one is not an error here.",
            examples=["group:isl", "group:ISIS in:Sa"],
        ),
    ] = "",
    cursor: Annotated[
        int | None,
        Query(
            ge=0,
            le=LONGEST,
            description="Position of the cursor, in characters from 0. Default: the end.",
            examples=[9],
        ),
    ] = None,
    limit: Annotated[
        int, Query(ge=1, le=_MAX_COMPLETIONS, description="The most completions to return.", examples=[10])
    ] = 10,
) -> Response:
    """Return completions at the cursor of a filter: keys, groups with their aliases, countries, regions and kinds.

    Also says whether the whole text is valid, and how Firstseen writes it.
    """
    known = await services.names.get()
    groups = (
        Choice("group", group.name, f"also {', '.join(group.others[:3])}" if group.others else "", group.others)
        for group in known.groups
    )
    found = complete(text, len(text) if cursor is None else cursor, groups, services.areas, limit + 1)
    parsed = parse_filter(text, services.areas)
    response = {
        "start": found.start,
        "end": found.end,
        "completions": found.completions[:limit],
        "more": len(found.completions) > limit,
        "error": None,
        "warnings": [],
        "canonical": None,
    }
    if isinstance(parsed, FilterError):
        response["error"] = filter_note(text, parsed).model_dump(exclude_none=True)
    else:
        response["canonical"] = format_filter(parsed.subscription)
        response["warnings"] = notes_as_json(await filter_warnings(parsed, services.names))
    return CachedResponse.json(response).respond(request)
