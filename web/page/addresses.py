"""Serves the page at its addresses: ``/``, ``/alert/ID``, ``/group/NAME`` and ``/country/CODE``.

The HTML is the same for all; its head names what the address shows. The scripts read the address and show it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from history.database import HistoryError
from streams.notify.untrusted_text import clean
from web.http.caching import CachedResponse
from web.http.problem import http_error, nothing_at
from web.page.titles import HOME, FindSubject, Subject, alert_subject, country_subject, group_subject, head
from web.state.queries import Queries

_HTML = "text/html; charset=utf-8"
_FILE = Path(__file__).parent / "index.html"

router = APIRouter()


@router.get("/", include_in_schema=False)
async def get_page(request: Request) -> Response:
    """Return the page."""
    return _page(HOME).respond(request)


@router.get("/alert/{alert_id}", include_in_schema=False)
async def get_alert_page(request: Request, alert_id: str) -> Response:
    """Return the page of an alert, by the beginning of its id."""
    return await _answer(request, alert_subject, alert_id)


@router.get("/group/{name:path}", include_in_schema=False)
async def get_group_page(request: Request, name: str) -> Response:
    """Return the page of a group, by any of its names."""
    return await _answer(request, group_subject, name)


@router.get("/country/{name}", include_in_schema=False)
async def get_country_page(request: Request, name: str) -> Response:
    """Return the page of a country, by its code or its name."""
    return await _answer(request, country_subject, name)


async def not_found(request: Request, error: HTTPException) -> Response:
    """Return the response where nothing is: the page, which says so, to a browser, and a problem to programs."""
    is_reader = request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", "")
    if not is_reader or request.scope["path"].startswith(("/api", "/page")):
        return await http_error(request, error)
    detail = clean(nothing_at(request))
    page = _page(Subject("Nothing here", detail, "/", problem=detail))
    return page.respond(request, headers={"Vary": "Accept, Accept-Encoding"}, status=404)


async def _answer(request: Request, find: FindSubject, given: str) -> Response:
    """Return the page with the title of its subject, or a redirect to the address of the subject."""
    queries: Queries = request.app.state.services.queries
    try:
        subject = await queries.ask(lambda connection: find(connection, given))
    except HistoryError:  # the scripts say so, and try again
        return _page(Subject(given, HOME.description, quote(request.scope["path"]))).respond(request)
    if subject.problem:
        return _page(subject).respond(request, status=404)
    if unquote(subject.path) != request.scope["path"]:  # request.url would end it at a question mark in a name
        return RedirectResponse(subject.path)
    return _page(subject).respond(request)


def _page(subject: Subject) -> CachedResponse:
    before, after = _html()
    return CachedResponse(f"{before}{head(subject)}{after}".encode(), _HTML)


@cache
def _html() -> tuple[str, str]:
    before, _, after = _FILE.read_text(encoding="utf-8").partition("<!--subject-->")
    return before, after
