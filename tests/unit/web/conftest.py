"""A client of a page that knows the sample alerts and one sighting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from streams.io.kafka_config import KafkaConfig
from tests.support.pages import add_alerts, add_sightings
from tests.unit.web.sample_alerts import FIRST, IN_BELGIUM, PLACED, RETRACTION, SPREAD
from web.app import build_web


@pytest.fixture(scope="session")
def empty_page() -> FastAPI:
    """A page that knows nothing. Tests that only read share it, and its OpenAPI document."""
    return build_web(KafkaConfig("127.0.0.1:9"), "test")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [FIRST, IN_BELGIUM, SPREAD, RETRACTION])
    add_sightings(app, PLACED)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened
