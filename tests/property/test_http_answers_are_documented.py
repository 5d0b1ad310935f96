"""The HTTP interface responds to every request that its OpenAPI document allows as documented.

Schemathesis would make a test of each address when tests are collected, and spend seconds on generating their requests
even where other tests run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests

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


@pytest.fixture(scope="module")
def interface() -> schemathesis.BaseSchema:
    """Return the interface with two alerts, without its limit of requests."""
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    app.user_middleware = [
        added for added in app.user_middleware if getattr(added.cls, "__name__", "") != RateLimiter.__name__
    ]
    add_alerts(app, [alert_event(alert_id="a"), alert_event(alert_id="b", country="BE")])
    app.router.lifespan_context = _without_kafka
    load_all_checks()
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def test_every_answer_is_documented(interface: schemathesis.BaseSchema, subtests: pytest.Subtests) -> None:
    def check(case: Any) -> None:
        case.call_and_validate(excluded_checks=_checks("positive_data_acceptance"))  # not every text is a valid filter

    of_get = interface.exclude(path=["/api/v1/events", "/health"]).exclude(method="POST")
    assert _check_each_address(of_get, check, 0.5, subtests) > 1


def test_every_body_gets_a_documented_answer(interface: schemathesis.BaseSchema, subtests: pytest.Subtests) -> None:
    """There is no Kafka, so accepted sightings are answered with 503, which is documented."""

    def check(case: Any) -> None:
        case.call_and_validate(
            headers={"Authorization": "Bearer w"}, excluded_checks=_checks("ignored_auth", "positive_data_acceptance")
        )

    assert _check_each_address(interface.include(method="POST"), check, 1, subtests) == 1


def _check_each_address(
    interface: schemathesis.BaseSchema, check: Callable[[Any], None], times: float, subtests: pytest.Subtests
) -> int:
    """Check all addresses with requests that schemathesis generates, and return how many addresses there are."""
    chosen = examples(times, suppress_health_check=list(HealthCheck))
    tests = list(get_all_tests(schema=interface, test_func=check, settings=chosen, given_kwargs={}))
    for found in tests:
        assert isinstance(found, Ok), found
        operation, test = found.ok()
        with subtests.test(operation.label):
            test()
    return len(tests)


def _checks(*names: str) -> list[Any]:
    return [CHECKS.get_one(name) for name in names]
