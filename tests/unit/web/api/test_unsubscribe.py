"""The page on which the recipient of a mail unsubscribes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from faust_batches.errors import UnreachableError
from schemas.subscription import Subscriber, Subscription
from streams.dispatch.subscribers import SubscriberRows
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError
from streams.notify.unsubscribe import unsubscribe_link
from tests.support.tables import each_row
from web.api.unsubscribe import UnsubscribeService
from web.app import WebConfig, build_web

SECRET = "a secret of enough letters"
ANALYST, DESK = "mailto:analyst@example.org", "#desk"
LINK = unsubscribe_link("http://page", ANALYST, SECRET)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Rows:
    """Rows of subscriptions in memory; the first attempts to write them fail."""

    def __init__(self, *failures: Exception) -> None:
        self.rows = {
            name: Subscriber(destination=name, subscriptions=(Subscription(),), changed_at=LONG_AGO)
            for name in (ANALYST, DESK)
        }
        self._failures = list(failures)

    async def write(self, plan: Callable[[Mapping[str, Subscriber]], SubscriberRows]) -> SubscriberRows:
        if self._failures:
            raise self._failures.pop(0)
        changed = plan(self.rows)
        for name, row in changed.items():
            assert row
            self.rows[name] = row
        return changed


async def answer(rows: Rows, method: str = "POST", link: str = LINK, **options: Any) -> httpx.Response:
    config = WebConfig(unsubscribe_secret=SECRET, read_token="token")
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit", config)
    app.state.unsubscribe_service = UnsubscribeService(SECRET, rows)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return await client.request(method, link, **options)


async def test_a_mail_program_unsubscribes_with_one_request() -> None:
    rows = Rows()
    response = await answer(rows, data={"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "analyst@example.org is unsubscribed" in response.text
    assert rows.rows[ANALYST].subscriptions == ()
    assert rows.rows[ANALYST].unsubscribed_at
    assert rows.rows[DESK].subscriptions


async def test_a_repetition_changes_nothing() -> None:
    rows = Rows()
    await answer(rows)
    before = rows.rows[ANALYST]
    assert (await answer(rows)).status_code == 200
    assert rows.rows[ANALYST] is before


@each_row("method", ["GET", "HEAD"])
async def test_following_the_link_only_asks(method: str) -> None:
    rows = Rows()
    response = await answer(rows, method)
    assert response.status_code == 200
    assert ("<form method='post'>" in response.text) == (method == "GET")
    assert rows.rows[ANALYST].subscriptions


async def test_the_page_may_send_its_form_and_loads_nothing() -> None:
    response = await answer(Rows(), "GET")
    policy = response.headers["content-security-policy"]
    assert policy == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    assert response.headers["x-content-type-options"] == "nosniff"


@each_row("method", ["GET", "POST"])
async def test_a_link_that_was_changed_is_refused(method: str) -> None:
    rows = Rows()
    response = await answer(rows, method, LINK[:-1])
    assert response.status_code == 404
    assert rows.rows[ANALYST].subscriptions


async def test_another_writer_at_the_same_moment_does_not_matter() -> None:
    rows = Rows(PublishError("fenced"), UnreachableError("gone"))
    assert (await answer(rows)).status_code == 200
    assert rows.rows[ANALYST].unsubscribed_at


async def test_a_failure_is_said() -> None:
    rows = Rows(*[PublishError("fenced")] * 3)
    response = await answer(rows)
    assert response.status_code == 503
    assert "You are still subscribed" in response.text
    assert rows.rows[ANALYST].subscriptions


async def test_without_kafka_the_recipient_is_told_to_try_again() -> None:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit", WebConfig(unsubscribe_secret=SECRET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        assert (await client.post(LINK)).status_code == 503


async def test_without_a_secret_there_is_no_such_page() -> None:
    app = build_web(KafkaConfig("127.0.0.1:1"), "unit")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        assert (await client.post(LINK)).status_code == 404
