"""The page's files: what is served, with which headers, and what is not."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

import httpx
import pytest
from pydantic_core import from_json

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import build_web
from web.page.files import page_file

FOLDER = Path(__file__).parents[4] / "web" / "page"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


@each_row(
    ("path", "file", "media_type"),
    [
        ("/page/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/page/map.js", "map.js", "text/javascript; charset=utf-8"),
        ("/page/style.css", "style.css", "text/css; charset=utf-8"),
        ("/page/map.css", "map.css", "text/css; charset=utf-8"),
    ],
)
async def test_the_files_of_the_page_are_served(
    client: httpx.AsyncClient, path: str, file: str, media_type: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == (FOLDER / file).read_bytes()


async def test_every_script_and_style_of_the_page_is_served_and_loaded_at_once(client: httpx.AsyncClient) -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    names = {path.name for path in FOLDER.iterdir() if path.suffix in {".js", ".css"}}
    assert names == set(re.findall(r'(?:href|src)="/page/([\w.]+)"', page)) - {"labels.js", "outlines.json"}
    for name in names:
        assert (await client.get(f"/page/{name}")).status_code == 200


async def test_a_file_is_compressed_and_sent_once(client: httpx.AsyncClient) -> None:
    first = await client.get("/page/page.js", headers={"Accept-Encoding": "gzip"})
    again = await client.get("/page/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["content-encoding"], first.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "page.js"
    for changed, body in enumerate((b"const a = 1;", b"const a = 2;")):
        file.write_bytes(body)
        assert page_file(file, changed).body == body


@each_row("wanted", ["bytes=0-3", "bytes=9999999-", "lines=1", "bytes=x"])
async def test_a_file_is_sent_whole_whatever_range_is_asked_for(client: httpx.AsyncClient, wanted: str) -> None:
    answer = await client.get("/page/page.js", headers={"Range": wanted})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
    assert answer.content == (FOLDER / "page.js").read_bytes()


async def test_the_outlines_of_countries_are_served_in_little_space(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/outlines.json")
    shapes = answer.json()["shapes"]
    assert answer.headers["cache-control"] == "max-age=86400"
    assert len(gzip.compress(answer.content)) < 120_000
    written = from_json((files("places") / "data" / "outlines.json").read_bytes())
    assert shapes.keys() == written.keys()
    ring, steps = written["ML"][0][0], shapes["ML"][0][0]
    assert [*accumulate(steps[::2])] == ring[::2]
    assert [*accumulate(steps[1::2])] == ring[1::2]


async def test_the_labels_are_served_as_a_script(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/labels.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.text.startswith("export const KINDS = {")
    assert '"ML":"Mali"' in answer.text


@each_row(
    "path",
    [
        "/page/", "/page/files.py", "/page/__init__.py", "/page/__pycache__/files.cpython-311.pyc", "/page/./files.py",
        "/page/index.html", "/page/..%2Fapp.py", "/page/../app.py", "/page/%2e%2e/app.py", "/page/%00",
    ],
)  # fmt: skip
async def test_no_other_file_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_files_cannot_be_written(client: httpx.AsyncClient) -> None:
    answer = await client.post("/page/page.js")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
