"""Errors over HTTP in the form of RFC 9457, ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.routing import Route

from web.http.param_errors import explain_error

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What is wrong, and what to do (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response for an error; ``detail`` says what is wrong and what to do."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(to_json(content), status, dict(headers or {}), MEDIA_TYPE)


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
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]


async def _invalid_request(_: Request, error: RequestValidationError) -> Response:
    errors = [f"{invalid['loc'][-1]}: {explain_error(invalid)}" for invalid in error.errors()]
    return problem(400, f"{'; '.join(errors)}.")


async def _http_error(request: Request, error: HTTPException) -> Response:
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(request)):
        headers = {"Allow": ", ".join(sorted(methods))}  # the framework names those of the path's first route only
    return problem(error.status_code, f"{error.detail}.", headers)


def _methods(request: Request) -> set[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = request.url.path
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
