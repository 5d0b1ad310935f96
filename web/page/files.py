"""The page itself: its files, and the outlines that its map is drawn from."""

from __future__ import annotations

from importlib.resources import files

import orjson
from fastapi import FastAPI, HTTPException, Request, Response

from places.regions import countries
from web.http.caching import Answer

_PAGE = files("web") / "page"
_STATIC = {"page.js": "text/javascript", "map.js": "text/javascript", "style.css": "text/css"}
_FRESH = {"Cache-Control": "no-cache"}


def serve_page(app: FastAPI) -> None:
    """Let the application serve the page."""
    outlines = _outlines()

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return Response((_PAGE / "index.html").read_bytes(), media_type="text/html", headers=_FRESH)

    @app.get("/page/outlines.json", include_in_schema=False)
    async def drawn(request: Request) -> Response:
        return outlines.to(request, "max-age=86400")

    @app.get("/page/{name}", include_in_schema=False)
    async def static_file(request: Request, name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        return Answer((_PAGE / name).read_bytes(), _STATIC[name]).to(request)


def _outlines() -> Answer:
    shapes = orjson.loads((files("places") / "data" / "outlines.json").read_bytes())
    return Answer.of({"shapes": shapes, "names": {code: one.name for code, one in countries().items()}})
