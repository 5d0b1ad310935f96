"""Serves what the page loads: scripts and styles, its labels, and the outlines of countries for its map."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic_core import from_json, to_json
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a whole file, whatever range is requested, or 304 when the client has it. Raises HTTPException."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if path not in _MEDIA_TYPES:
            raise HTTPException(404)
        file = _FOLDER / path
        return page_file(file, file.stat().st_mtime_ns).respond(Request(scope), headers={"Accept-Ranges": "none"})


@lru_cache(maxsize=2 * len(_MEDIA_TYPES))
def page_file(file: Path, changed: int) -> CachedResponse:
    """Return the response with a file. It is made again only if the time of the last change differs."""
    del changed
    return CachedResponse(file.read_bytes(), _MEDIA_TYPES[file.name])


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
