"""Explains the API: ``/api/v1`` lists its addresses, ``/docs`` describes them, and ``/problems/...`` its problems."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from web.formats.api_html import api_page
from web.formats.html import MEDIA_TYPE, STYLE_PATH, html_page, marked, table
from web.http.caching import CachedResponse
from web.http.links import API
from web.http.param_errors import nearest_name
from web.http.problem import problem
from web.http.problem_types import PATH, PROBLEM_TYPES
from web.http.strict_route import StrictRoute

_DOCUMENT = f"{API}/openapi.json"
_SERVICE_LINKS = {"Link": f'<{_DOCUMENT}>; rel="service-desc", </docs>; rel="service-doc"'}
_FOR_A_DAY = "max-age=86400"

router = APIRouter(include_in_schema=False)
index_router = APIRouter(route_class=StrictRoute, tags=["About"])


class Endpoint(BaseModel):
    """An address of the API."""

    path: str
    method: str
    id: str
    """The name of the operation in the OpenAPI document."""
    summary: str


class Index(BaseModel):
    """The addresses of the API."""

    title: str
    version: str
    links: dict[str, str]
    """The OpenAPI document, the page about the API, its problems, and the state of the installation."""
    endpoints: list[Endpoint]


@index_router.get(API, responses={200: {"model": Index}})
async def get_index(request: Request) -> Response:
    """Return the addresses of the API, with links."""
    return CachedResponse.json(_index(request.app.openapi())).respond(request, headers=_SERVICE_LINKS)


@router.get("/api")
@router.get("/api/")
async def get_api() -> Response:
    """Redirect to the list of addresses."""
    return RedirectResponse(API, 308)


@router.get("/docs")
async def get_page(request: Request) -> Response:
    """Return a page about every address, parameter and response."""
    page = CachedResponse(api_page(request.app.openapi()), MEDIA_TYPE)
    return page.respond(request, headers=_SERVICE_LINKS)


@router.get("/redoc")
async def get_redoc() -> Response:
    """Redirect to the page from an address that is usual elsewhere."""
    return RedirectResponse("/docs", 308)


@router.get("/openapi.json")
async def get_document() -> Response:
    """Redirect to the OpenAPI document from an address that is usual elsewhere."""
    return RedirectResponse(_DOCUMENT, 308)


@router.get(STYLE_PATH)
async def get_style(request: Request) -> Response:
    """Return the style of the pages to read."""
    return _style().respond(request, _FOR_A_DAY)


@router.get(PATH)
async def list_problems(request: Request) -> Response:
    """Return a page with every kind of problem."""
    rows = [
        (f'<a href="{PATH}/{slug}"><code>{PATH}/{slug}</code></a>', str(kind.status), marked(kind.meaning))
        for slug, kind in PROBLEM_TYPES.items()
    ]
    body = f"<h1>Problems</h1>\n{table(('type', 'status', 'meaning'), rows)}"
    return CachedResponse(html_page("Problems", body), MEDIA_TYPE).respond(request, _FOR_A_DAY)


@router.get(f"{PATH}/{{slug}}")
async def get_problem(request: Request, slug: str) -> Response:
    """Return a page about one kind of problem: the address that its ``type`` holds."""
    kind = PROBLEM_TYPES.get(slug)  # type: ignore[call-overload]
    if kind is None:
        near = nearest_name(slug, PROBLEM_TYPES)
        return problem(404, f"There is no such kind of problem{f'; did you mean {PATH}/{near}?' if near else '.'}")
    body = (
        f"<h1>{marked(kind.title)}</h1>\n<p>{marked(kind.meaning)}</p>\n<h2>What to do</h2>\n"
        f"<p>{marked(kind.remedy)}</p>\n"
        f'<p class="quiet">Status {kind.status}, type <code>{PATH}/{escape(slug)}</code>. '
        f'<a href="{PATH}">All problems</a>, <a href="/docs">the API</a>.</p>'
    )
    return CachedResponse(html_page(kind.title, body), MEDIA_TYPE).respond(request, _FOR_A_DAY)


def _index(document: Mapping[str, Any]) -> dict[str, Any]:
    endpoints = [
        {"path": path, "method": method.upper(), "id": operation["operationId"], "summary": operation["summary"]}
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    links = {"self": API, "service-desc": _DOCUMENT, "service-doc": "/docs", "problems": PATH, "health": "/health"}
    return {
        "title": document["info"]["title"],
        "version": document["info"]["version"],
        "links": links,
        "endpoints": endpoints,
    }


@cache
def _style() -> CachedResponse:
    return CachedResponse(files("web.formats").joinpath("document.css").read_bytes(), "text/css; charset=utf-8")
