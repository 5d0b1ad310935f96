"""Errors over HTTP as RFC 9457 has them: ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Route

from web.http.param_errors import mistake

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What is wrong, and what to do (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer: what is wrong, and what to do."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(orjson.dumps(told.model_dump()), status, dict(headers or {}), MEDIA_TYPE)


def documented(**whys: str) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI document says of these errors; each is named ``status_404="why"``."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(name.removeprefix("status_")): {"description": why, "content": {MEDIA_TYPE: schema}}
        for name, why in whys.items()
    }


def tell_problems(app: FastAPI) -> None:
    """Let the application say in this form what the framework refuses."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        told = [f"{one['loc'][-1]}: {mistake(one)}" for one in error.errors()]
        return problem(400, f"{'; '.join(told)}.")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        headers = error.headers
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # the framework knows only the first route of a path
            methods = {method for route in _routes(app, request.url.path) for method in route.methods or ()}
            headers = {"Allow": ", ".join(sorted(methods))}
        return problem(error.status_code, f"{error.detail}.", headers)


def _routes(app: FastAPI, path: str) -> list[Route]:
    return [route for route in app.routes if isinstance(route, Route) and route.path_regex.match(path)]
