"""An invalid parameter is explained, with advice on what to write."""

from __future__ import annotations

import httpx

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.param_errors import explain_error

_PYDANTIC_PHRASES = ("Input should", "Value error", "String should", "pattern", "valid date", "unable to parse")


async def _detail(path: str) -> str:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit", WebConfig(producers={"wire": "w"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get(f"/api/v1/{path}", headers={"Authorization": "Bearer w"})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["detail"])


@each_row(
    ("path", "detail"),
    [
        ("rejections?limit=x", 'limit: "x" is not a whole number: write one such as 100.'),
        ("rejections?limit=", 'limit: "" is not a whole number: write one such as 100.'),
        ("rejections?limit=1.5", 'limit: "1.5" is not a whole number: write one such as 100.'),
        ("rejections?limit=0", 'limit: "0" is too small: write 1 or more.'),
        ("rejections?limit=99999", 'limit: "99999" is too large: write 1,000 or less.'),
        ("rejections?since=20/11/2026", "since: 20/11/2026 is not an ISO date: write 2026-11-20."),
        (
            "rejections?since=2017-11-01T12:00+02:00",
            "since: '12:00 02:00' is not a time of day: write 2017-11-01, or 2017-11-01T12:00Z; in a URL, write a plus sign as %2B.",
        ),
        ("regions?as_of=2026-02-30", "as_of: 2026-02-30 does not exist: February 2026 has 28 days."),
        ("regions?as_of=20.11.2026", "as_of: 20.11.2026 is not an ISO date: write 2026-11-20."),
        ("regions?as_of=2026-11", "as_of: '2026-11' is not a day: write one as 2026-11-24."),
        ("regions?as_of=1795132800", "as_of: 1795132800 is Unix time in seconds: write 2026-11-20T00:00Z."),
        ("presence?country=ml", 'country: "ml" is not a country: write ML.'),
        ("presence?country=Congo", 'country: "Congo" is not a country: write CD or CG.'),
        ("presence?country=%3F%3F", 'country: "??" is not a country: write a name such as Mali, or a code such as ML.'),
    ],
)
async def test_an_invalid_parameter_is_explained(path: str, detail: str) -> None:
    assert await _detail(path) == detail


@each_row("reason", ["bad", "", "Conflict", "bad-days"])
async def test_an_invalid_choice_is_answered_with_all_choices(reason: str) -> None:
    detail = await _detail(f"rejections?reason={reason}")
    assert detail.startswith(f'reason: "{reason}" is not one of unreadable, too_large, malformed, ')
    assert not any(phrase in detail for phrase in _PYDANTIC_PHRASES)
    assert {"Conflict": "did you mean conflict?", "bad-days": "did you mean bad_days?"}.get(
        reason, "conflict"
    ) in detail


@each_row(
    ("kind", "detail"),
    [
        ("missing", "this parameter is required"),
        ("bool_parsing", '"x" is not valid: write true or false'),
        ("new", '"x" is not valid'),
    ],
)
def test_a_missing_or_unknown_kind_of_value_is_explained(kind: str, detail: str) -> None:
    assert explain_error({"type": kind, "input": "x"}) == detail
