"""The page itself: its files, and the outlines that its map is drawn from."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import orjson
from fastapi import FastAPI, Header, HTTPException, Response

from places.regions import countries
from web.presence import Answer
from web.presence_api import packed

_PAGE = files("web") / "page"
_STATIC = {"page.js": "text/javascript", "map.js": "text/javascript", "style.css": "text/css"}
_FRESH = {"Cache-Control": "no-cache"}


def serve_page(app: FastAPI) -> None:
    """Let the application serve the page."""
    outlines = _outlines()

    @app.get("/")
    async def page() -> Response:
        return Response((_PAGE / "index.html").read_bytes(), media_type="text/html", headers=_FRESH)

    @app.get("/page/outlines.json")
    async def drawn(accept_encoding: Annotated[str, Header()] = "") -> Response:
        return packed(outlines, accept_encoding, {"Cache-Control": "max-age=86400"})

    @app.get("/page/{name}")
    async def static_file(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        return Response((_PAGE / name).read_bytes(), media_type=_STATIC[name], headers=_FRESH)


def _outlines() -> Answer:
    shapes = orjson.loads((files("places") / "data" / "outlines.json").read_bytes())
    return Answer({"shapes": shapes, "names": {code: one.name for code, one in countries().items()}})
