"""The HTTP interface answers every request that its OpenAPI document allows as the document says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS

from schemas.topics import TOPICS
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event
from tests.support.examples import examples
from web.app import WebConfig, build_web
from web.http.rate_limit import RateLimiter

DOCS = Path(__file__).parents[3] / "docs"


async def _map_state(as_of: date, days: int) -> bytes:
    return json.dumps({"window": [str(as_of), days]}).encode()


def _app() -> Any:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(map_states=_map_state, producers={"wire": "w"}))
    app.user_middleware = [
        added for added in app.user_middleware if getattr(added.cls, "__name__", "") != RateLimiter.__name__
    ]
    app.state.services.page.alerts.add([alert_event(alert_id="a"), alert_event(alert_id="b", country="BE")])
    return app


schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _app())


@schema.exclude(path="/api/v1/events").exclude(method="POST").parametrize()
@examples(1, suppress_health_check=list(HealthCheck))
def test_every_answer_is_documented(case: Any) -> None:
    case.call_and_validate(excluded_checks=_checks("positive_data_acceptance"))  # not every text is a valid filter


@schema.include(method="POST").parametrize()
@examples(2, suppress_health_check=list(HealthCheck))
def test_every_body_gets_a_documented_answer(case: Any) -> None:
    """There is no Kafka, so accepted sightings are answered with 503, which is documented."""
    case.call_and_validate(
        headers={"Authorization": "Bearer w"}, excluded_checks=_checks("ignored_auth", "positive_data_acceptance")
    )


def test_the_document_lists_no_answer_of_the_framework() -> None:
    document = _app().openapi()
    assert "ValidationError" not in json.dumps(document)
    listed = [
        (path, method) for path, operations in document["paths"].items() for method, operation in operations.items()
        if "422" in operation["responses"]
    ]  # fmt: skip
    assert listed == [("/api/v1/sightings", "post")]


def _checks(*names: str) -> list[Any]:
    return [CHECKS.get_one(name) for name in names]


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_every_topic_is_in_the_asyncapi_document_with_its_schema(topic: Any) -> None:
    document = json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8"))
    channel = document["channels"][topic.name]
    [message] = channel["messages"].values()
    assert channel["address"] == topic.full_name("firstseen")
    assert (DOCS / message["payload"]["$ref"]).is_file()
