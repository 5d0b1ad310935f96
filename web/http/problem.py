"""Errors over HTTP in the form of RFC 9457, ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.routing import Route

from schemas.limits import shorten
from web.http.param_errors import advised_value, explain_error, nearest_name, nearest_value
from web.http.problem_types import PATH, PROBLEM_TYPES, Slug, slug_of

MEDIA_TYPE = "application/problem+json"
LONGEST_VALUE = 2_000


class ParameterNote(BaseModel):
    """What is wrong with a parameter, or doubtful in it."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)

    parameter: str
    """Its name."""
    value: str | None = None
    """What was sent, or the value in it that this is about; at most 2,000 characters of it."""
    detail: str
    """What is wrong with it, and what to send instead."""
    nearest: str | None = None
    """The closest valid value, or for an unknown parameter the closest name; absent if nothing is close."""
    part: str | None = None
    """Of a filter: the invalid part of the value."""
    position: int | None = None
    """Of a filter: where that part begins in the value, in characters from 0."""


class Problem(BaseModel):
    """What is wrong, and what to do (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    """Address of a page about this kind of problem, relative to the server."""
    title: str
    """The kind of problem in words."""
    status: int
    detail: str
    """What is wrong with this request, and what to do."""
    errors: list[ParameterNote] | None = None
    """The invalid parameters, if the problem is about parameters."""


class ParameterProblem(Exception):  # noqa: N818 - it becomes a problem
    """Parameters are invalid. The application responds with their problem."""

    def __init__(self, slug: Slug, errors: Sequence[ParameterNote]) -> None:
        super().__init__(slug)
        self.slug, self.errors = slug, errors


def problem(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    slug: Slug | None = None,
    errors: Sequence[ParameterNote] = (),
) -> Response:
    """Return the response for an error; ``detail`` says what is wrong and what to do.

    Without ``slug`` the problem has the general type of its status.
    """
    slug = slug or slug_of(status)
    content = Problem(
        type=f"{PATH}/{slug}" if slug else "about:blank",
        title=PROBLEM_TYPES[slug].title if slug else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors) or None,
    )
    return Response(to_json(content, exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def parameter_problem(slug: Slug, errors: Sequence[ParameterNote]) -> Response:
    """Return the response for invalid parameters."""
    detail = "; ".join(f"{error.parameter}: {error.detail}" for error in errors)
    # A suggested filter ends the sentence: a full stop after it would look like a part of it.
    ended = detail if detail.endswith((".", "?")) or slug == "invalid-filter" else f"{detail}."
    return problem(PROBLEM_TYPES[slug].status, ended, slug=slug, errors=errors)


def parameter_note(name: str, value: str | None, detail: str, nearest: str | None = None) -> ParameterNote:
    """Return what is wrong with a parameter; without ``nearest``, the value that the detail tells to write, if one."""
    shown = None if value is None else shorten(value, LONGEST_VALUE)
    return ParameterNote(parameter=name, value=shown, detail=detail, nearest=nearest or advised_value(detail))


def documented(**causes: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of errors; each is named ``status_404="cause"``."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(name.removeprefix("status_")): {"description": cause, "content": {MEDIA_TYPE: schema}}
        for name, cause in causes.items()
    }


def add_problem_handlers(app: FastAPI) -> None:
    """Let the application answer the framework's own errors in this form."""
    app.add_exception_handler(RequestValidationError, _invalid_request)  # type: ignore[arg-type]
    app.add_exception_handler(ParameterProblem, _invalid_parameters)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, http_error)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _server_error)


async def _invalid_request(_: Request, error: RequestValidationError) -> Response:
    return parameter_problem("invalid-parameter", [_note(invalid) for invalid in error.errors()])


def _note(invalid: Mapping[str, Any]) -> ParameterNote:
    name = str(next(part for part in reversed(invalid["loc"]) if isinstance(part, str)))
    value = None if invalid["type"] == "missing" else str(invalid["input"])
    return parameter_note(name, value, explain_error(invalid), nearest_value(invalid))


async def _invalid_parameters(_: Request, error: ParameterProblem) -> Response:
    return parameter_problem(error.slug, error.errors)


async def http_error(request: Request, error: HTTPException) -> Response:
    """Return the problem for an error of the framework."""
    headers, detail = error.headers, f"{error.detail}."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(request)):
        allowed = ", ".join(sorted(methods))  # the framework names those of the path's first route only
        headers, detail = {"Allow": allowed}, f"{request.method} is not possible here: use {allowed}."
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = nothing_at(request)
    return problem(error.status_code, detail, headers)


def nothing_at(request: Request) -> str:
    """Return that there is nothing at the address of a request, with the nearest address."""
    path = shorten(request.scope["path"], LONGEST_VALUE)
    near = nearest_name(path, [route.path for route in request.app.routes if isinstance(route, Route)])
    return f"There is nothing at {path}{f'; did you mean {near}?' if near else '.'}"


async def _server_error(_: Request, __: Exception) -> Response:
    return problem(500, "The server failed to answer; its log says why.")


def _methods(request: Request) -> set[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = request.scope["path"]
    methods = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return methods | {"HEAD"} if "GET" in methods else methods  # web/http/head_requests.py handles it
