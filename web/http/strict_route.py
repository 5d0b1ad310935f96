"""A route that refuses parameters that it does not know or that are repeated.

A response without one of them would show more than was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from schemas.limits import shorten
from web.http.param_errors import nearest_name
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem

_MAX_QUOTED = 40


class StrictRoute(APIRoute):
    """Responds with 400 to an unknown query parameter, with the nearest name, and to a repeated one.

    Its operation in OpenAPI is named after its function: ``list_alerts`` becomes ``listAlerts``. Its summary is the
    first line of the function's docstring.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        first, *others = endpoint.__name__.split("_")
        options["operation_id"] = "".join([first, *(word.capitalize() for word in others)])
        options["summary"] = _summary(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that handles a request."""
        handle, known = super().get_route_handler(), frozenset(query_names(self.dependant))
        lists = frozenset(_names_of_lists(self.dependant))

        async def answer_known_parameters(request: Request) -> Response:
            if unknown := request.query_params.keys() - known:
                notes = [_note(name, request.query_params[name], known) for name in sorted(unknown)]
                raise ParameterProblem("unknown-parameter", notes)
            if repeated := [name for name, count in _counted(request).items() if count > 1 and name not in lists]:
                notes = [_repeated(name, request.query_params[name]) for name in repeated]
                raise ParameterProblem("invalid-parameter", notes)
            return await handle(request)

        return answer_known_parameters


def query_names(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the query parameters of a route and of what it depends on."""
    yield from (parameter.alias for parameter in dependant.query_params)
    for further in dependant.dependencies:
        yield from query_names(further)


def _names_of_lists(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the query parameters that may be repeated."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if any(get_origin(part) is list for part in (annotation, *get_args(annotation))):
            yield parameter.alias
    for further in dependant.dependencies:
        yield from _names_of_lists(further)


def _summary(endpoint: Callable[..., Any]) -> str:
    line = (endpoint.__doc__ or "").strip().partition("\n")[0].replace("``", "`").removeprefix("Return ").rstrip(".")
    return f"{line[:1].upper()}{line[1:]}"


def _counted(request: Request) -> Counter[str]:
    return Counter(name for name, _ in request.query_params.multi_items())


def _repeated(name: str, value: str) -> ParameterNote:
    detail = "it is given more than once, and only the last one would count: write it once"
    return ParameterNote(parameter=name, value=shorten(value, LONGEST_VALUE), detail=detail)


def _note(name: str, value: str, known: frozenset[str]) -> ParameterNote:
    near = nearest_name(name.casefold().replace("-", "_"), known)
    shown = shorten(name, _MAX_QUOTED)
    if near:
        detail = f"there is no such parameter; did you mean {near}?"
    elif known:
        detail = f"there is no such parameter here; write {', '.join(sorted(known))}"
    else:
        detail = "there is no such parameter here, and no other"
    return ParameterNote(parameter=shown, value=shorten(value, LONGEST_VALUE), detail=detail, nearest=near)
