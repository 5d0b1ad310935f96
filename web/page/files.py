"""Serves what the page loads: scripts and styles, its labels, and the outlines of countries for its map."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic_core import from_json, to_json
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from places.countries import countries, country_in_text
from schemas.labels import ALERT_FIELDS, CAUSES, CREDIBILITY, KINDS, RELIABILITY, STATUSES
from web.http.caching import CachedResponse

_FOLDER = Path(__file__).parent
_SCRIPT = "text/javascript; charset=utf-8"
_STYLE = "text/css; charset=utf-8"
_SCRIPTS = (
    "guard.js", "page.js", "text.js", "view.js", "filter.js", "filter_box.js", "loading.js", "alerts.js", "presence.js",
    "alert_card.js", "list.js", "speech.js", "focus.js", "alert_panel.js", "clipboard.js", "sharing.js", "sorting.js",
    "panels.js", "group_panel.js", "changes_panel.js", "visits.js", "map.js", "annotations.js", "months.js", "years.js",
)  # fmt: skip
_MEDIA_TYPES = dict.fromkeys(_SCRIPTS, _SCRIPT) | dict.fromkeys(("style.css", "map.css"), _STYLE)
_REVALIDATE = {"Cache-Control": "no-cache", "Accept-Ranges": "none"}
_RANGE_HEADERS = {b"range", b"if-range"}

router = APIRouter()


@router.get("/page/outlines.json", include_in_schema=False)
async def get_outlines(request: Request) -> Response:
    """Return the outlines of all countries."""
    return outlines().respond(request, "max-age=86400")


@router.get("/page/labels.js", include_in_schema=False)
async def get_labels(request: Request) -> Response:
    """Return the labels of kinds, statuses and fields as a JavaScript module."""
    return labels().respond(request)


class PageFiles(StaticFiles):
    """The scripts and styles of the page, and no other file of this folder, which holds Python code as well."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, always with a whole file: Starlette refuses units of ``Range`` that it does not know."""
        headers = [header for header in scope["headers"] if header[0] not in _RANGE_HEADERS]
        await super().__call__({**scope, "headers": headers}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 304 when the client has it. Raises HTTPException."""
        if path not in _MEDIA_TYPES:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATE)
        if response.status_code != 304:
            response.headers["Content-Type"] = _MEDIA_TYPES[path]
        return response


@cache
def outlines() -> CachedResponse:
    """Return the response with the outlines, made once."""
    shapes = from_json((files("places") / "data" / "outlines.json").read_bytes())
    steps = {code: [[_steps(ring) for ring in polygon] for polygon in polygons] for code, polygons in shapes.items()}
    return CachedResponse.json({"shapes": steps})


def _steps(ring: list[int]) -> list[int]:
    """Return a ring as its first point and the step to each next one, which compress to half the size."""
    return ring[:2] + [place - before for before, place in zip(ring, ring[2:], strict=False)]


@cache
def labels() -> CachedResponse:
    """Return the response with the labels, made once."""
    return CachedResponse(label_module().encode(), _SCRIPT)


def label_module() -> str:
    """Return the tables of :mod:`schemas.labels` as a JavaScript module, so that the page shares their words."""
    names = {code: country.name for code, country in countries().items()}
    tables: dict[str, Any] = {
        "KINDS": {kind: asdict(label) for kind, label in KINDS.items()},
        "STATUSES": {status: asdict(label) for status, label in STATUSES.items()},
        "FIELDS": ALERT_FIELDS,
        "CAUSES": CAUSES,
        "GRADES": RELIABILITY | CREDIBILITY,
        "COUNTRIES": names,
        "WITH_ARTICLE": [name for code, name in names.items() if country_in_text(code) != name],
    }
    return "".join(f"export const {table} = {to_json(content).decode()};\n" for table, content in tables.items())
