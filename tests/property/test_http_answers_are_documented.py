"""The HTTP interface responds to every request that its OpenAPI document allows as documented."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS

from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event
from tests.support.examples import examples
from tests.support.pages import add_alerts
from web.app import WebConfig, build_web
from web.http.rate_limit import RateLimiter


@asynccontextmanager
async def _without_kafka(_: Any) -> AsyncIterator[None]:
    """Replace background tasks, which would log failures from another thread."""
    yield


def _interface() -> schemathesis.BaseSchema:
    """Return the interface with two alerts, without its limit of requests."""
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    app.user_middleware = [
        added for added in app.user_middleware if getattr(added.cls, "__name__", "") != RateLimiter.__name__
    ]
    add_alerts(app, [alert_event(alert_id="a"), alert_event(alert_id="b", country="BE")])
    app.router.lifespan_context = _without_kafka
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


schema = _interface()


@schema.exclude(path=["/api/v1/events", "/health"]).exclude(method="POST").parametrize()
@examples(0.5, suppress_health_check=list(HealthCheck))
def test_every_answer_is_documented(case: Any) -> None:
    case.call_and_validate(excluded_checks=_checks("positive_data_acceptance"))  # not every text is a valid filter


@schema.include(method="POST").parametrize()
@examples(1, suppress_health_check=list(HealthCheck))
def test_every_body_gets_a_documented_answer(case: Any) -> None:
    """There is no Kafka, so accepted sightings are answered with 503, which is documented."""
    case.call_and_validate(
        headers={"Authorization": "Bearer w"}, excluded_checks=_checks("ignored_auth", "positive_data_acceptance")
    )


def _checks(*names: str) -> list[Any]:
    return [CHECKS.get_one(name) for name in names]
