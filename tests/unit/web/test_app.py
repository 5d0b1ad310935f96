from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from streams.io.kafka_config import KafkaConfig
from tests.unit.web.alert_events import alert_event
from web.app import build_web

PAGE = Path(__file__).parents[3] / "web" / "page"


async def _get(path: str, *, view_of: tuple[str, ...] = ()) -> httpx.Response:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit")
    app.state.views.alerts.add(alert_event(alert_id) for alert_id in view_of)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page/page.js", "text/javascript"),
        ("/page/labels.js", "text/javascript"),
        ("/page/style.css", "text/css"),
    ],
)
async def test_the_page_and_its_files_are_served(path: str, kind: str) -> None:
    answer = await _get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.text


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/health", "/nothing-here"])
async def test_every_answer_forbids_foreign_code(path: str) -> None:
    headers = (await _get(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
        "img-src": "'self' data:", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'none'",
    }  # fmt: skip
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/page/index.html", "/page/..%2Fapp.py", "/page/../app.py", "/page/%2e%2e/app.py", "/docs", "/openapi.json"],
)
async def test_nothing_else_is_served(path: str) -> None:
    assert (await _get(path)).status_code == 404


async def test_health_counts_alerts_and_says_that_not_all_is_read() -> None:
    answer = await _get("/health", view_of=("a", "b"))
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "ok": False,
            "problems": [
                "the stages have not been looked at yet",
                "the page has not read everything yet: 0 offsets are left",
            ],
            "caught_up": False,
            "behind": 0,
            "alerts": 2,
            "heartbeats": {},
        },
    )


def test_the_page_sets_text_and_never_markup() -> None:
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc", script)


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_code() -> None:
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    targets = re.findall(r'(?:src|href)="([^"]*)"', markup)
    assert all(target.startswith(("/page/", "#", "data:image/svg+xml,")) for target in targets), targets
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", markup)
    assert not re.search(r"url\(|@import", (PAGE / "style.css").read_text(encoding="utf-8"))
