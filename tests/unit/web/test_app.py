"""What every answer of the page's server has in common."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event
from tests.support.pages import add_alerts
from tests.support.tables import each_row
from web.app import build_web

PAGE = Path(__file__).parents[3] / "web" / "page"


async def _get(path: str, *, alert_ids: tuple[str, ...] = ()) -> httpx.Response:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit")
    add_alerts(app, map(alert_event, alert_ids))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return await client.get(path)


@each_row("path", ["/", "/page/page.js", "/health", "/nothing-here"])
async def test_every_answer_forbids_foreign_code(path: str) -> None:
    headers = (await _get(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
        "img-src": "'self' data:", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'none'",
    }  # fmt: skip
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_wrong_method_is_answered_with_all_methods_of_the_path() -> None:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        allowed = {path: (await client.put(path)).headers["allow"] for path in ("/api/v1/sightings", "/api/v1/alerts")}
    assert allowed == {"/api/v1/sightings": "GET, HEAD, POST", "/api/v1/alerts": "GET, HEAD"}


async def test_health_counts_the_alerts_and_reports_that_the_page_is_still_reading() -> None:
    answer = await _get("/health", alert_ids=("a", "b"))
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "ok": False,
            "problems": [
                "the stages have not been checked yet",
                "the page is still reading: 0 offsets are left",
            ],
            "caught_up": False,
            "behind": 0,
            "alerts": 2,
            "heartbeats": {},
        },
    )


def test_the_page_inserts_text_and_never_markup() -> None:
    scripts = list(PAGE.glob("*.js"))
    assert scripts
    for path in scripts:
        script = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
        assert "srcdoc" not in script


def test_the_page_loads_nothing_from_other_sites_and_has_no_inline_code() -> None:
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    targets = re.findall(r'(?:src|href)="([^"]*)"', markup)
    assert all(target.startswith(("/page/", "/api/v1/", "/docs", "#", "data:image/svg+xml,")) for target in targets), (
        targets
    )
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", markup)
    for style in PAGE.glob("*.css"):
        assert not re.search(r"url\(|@import", style.read_text(encoding="utf-8"))
