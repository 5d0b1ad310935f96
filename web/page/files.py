"""The page itself: its files, and the outlines that its map is drawn from."""

from __future__ import annotations

from dataclasses import asdict
from importlib.resources import files
from typing import Any

import orjson
from fastapi import FastAPI, HTTPException, Request, Response

from places.regions import countries, country_in_text
from schemas.labels import ALERT_FIELDS, CAUSES, CREDIBILITY, KINDS, RELIABILITY, STATUSES
from web.http.caching import Answer

_PAGE = files("web") / "page"
_STATIC = {"page.js": "text/javascript", "map.js": "text/javascript", "style.css": "text/css"}
_FRESH = {"Cache-Control": "no-cache"}


def serve_page(app: FastAPI) -> None:
    """Let the application serve the page."""
    outlines, labels = _outlines(), Answer(label_module().encode(), _STATIC["page.js"])

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return Response((_PAGE / "index.html").read_bytes(), media_type="text/html", headers=_FRESH)

    @app.get("/page/outlines.json", include_in_schema=False)
    async def drawn(request: Request) -> Response:
        return outlines.to(request, "max-age=86400")

    @app.get("/page/labels.js", include_in_schema=False)
    async def words(request: Request) -> Response:
        return labels.to(request)

    @app.get("/page/{name}", include_in_schema=False)
    async def static_file(request: Request, name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        return Answer((_PAGE / name).read_bytes(), _STATIC[name]).to(request)


def label_module() -> str:
    """Return the tables of :mod:`schemas.labels` as a JavaScript module, so that the page shares their words."""
    names = {code: country.name for code, country in countries().items()}
    tables: dict[str, Any] = {
        "KINDS": {kind: asdict(label) for kind, label in KINDS.items()},
        "STATUSES": {status: asdict(label) for status, label in STATUSES.items()},
        "FIELDS": ALERT_FIELDS,
        "CAUSES": CAUSES,
        "GRADES": RELIABILITY | CREDIBILITY,
        "WITH_ARTICLE": [name for code, name in names.items() if country_in_text(code) != name],
    }
    return "".join(f"export const {table} = {orjson.dumps(words).decode()};\n" for table, words in tables.items())


def _outlines() -> Answer:
    shapes = orjson.loads((files("places") / "data" / "outlines.json").read_bytes())
    return Answer.of({"shapes": shapes, "names": {code: one.name for code, one in countries().items()}})
