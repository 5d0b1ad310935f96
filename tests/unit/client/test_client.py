"""The client sends each sighting once, retries while the server is unavailable, and reports the result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from kafka.errors import KafkaTimeoutError
from pydantic_core import from_json

from firstseen_client import Client, FirstseenError, Sighting
from firstseen_client.http import LARGEST_BYTES, LONGEST_WAIT_SECONDS, PATIENCE_SECONDS
from firstseen_client.kafka import KafkaClient
from tests.support.tables import each_row

Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """A server that accepts every sighting that has a group, after some failures."""

    def __init__(self, *first: httpx.Response | Exception) -> None:
        self.first = list(first)
        self.requests: list[httpx.Request] = []
        self.waited: list[float] = []

    def client(self) -> Client:
        return Client("http://page/", key="k", pause=self.waited.append, transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.first:
            if isinstance(first := self.first.pop(0), Exception):
                raise first
            return first
        verdicts = [
            {"index": number, "id": sighting.get("id"), "verdict": "accepted" if "group" in sighting else "refused"}
            for number, sighting in enumerate(from_json(request.content))
        ]
        status = 202 if any(verdict["verdict"] == "accepted" for verdict in verdicts) else 422
        return httpx.Response(status, json={"accepted": 0, "refused": 0, "sightings": verdicts})


def sighting(number: int = 1, **fields: object) -> dict[str, object]:
    return {"source": "desk", "id": str(number), "group": "G", "country": "Mali", "occurred": "2026-11-28", **fields}


def test_each_sighting_gets_its_verdict_in_the_order_in_which_it_was_given() -> None:
    server = Server()
    with server.client() as client:
        found = client.publish(Sighting.model_validate(sighting(1)), sighting(2, group=None), sighting(3))
    assert [(match.index, match.id, match.verdict) for match in found] == [
        (0, "1", "accepted"), (1, "2", "refused"), (2, "3", "accepted"),
    ]  # fmt: skip
    [request] = server.requests
    assert (str(request.url), request.headers["authorization"]) == ("http://page/api/v1/sightings", "Bearer k")


def test_verdicts_are_returned_even_if_no_sighting_is_accepted() -> None:
    with Server().client() as client:
        [verdict] = client.publish(sighting(group=None))
    assert verdict.verdict == "refused"


def test_many_sightings_are_sent_in_several_requests_within_the_limit() -> None:
    server = Server()
    several = [sighting(number, title="x" * 900) for number in range(2_100)]
    with server.client() as client:
        found = client.publish(*several)
    assert [match.index for match in found] == list(range(2_100))
    assert [match.id for match in found] == [str(number) for number in range(2_100)]
    assert max(len(request.content) for request in server.requests) <= LARGEST_BYTES
    assert len(server.requests) < 10


def test_a_request_to_a_busy_server_is_retried_with_the_same_key_after_the_given_delay() -> None:
    server = Server(httpx.Response(503, headers={"Retry-After": "5"}), httpx.ConnectError("refused"))
    with server.client() as client:
        [verdict] = client.publish(sighting())
    assert verdict.verdict == "accepted"
    assert server.waited == [5.0, PATIENCE_SECONDS[1]]
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1
    assert len({request.content for request in server.requests}) == 1


@each_row(
    ("headers", "waits"),
    [
        ({"Date": "Sun, 29 Nov 2026 09:00:00 GMT", "Retry-After": "Sun, 29 Nov 2026 09:00:07 GMT"}, 7.0),
        (
            {"Date": "Sun, 29 Nov 2026 09:00:00 GMT", "Retry-After": "Sun, 29 Nov 2026 08:00:00 GMT"},
            PATIENCE_SECONDS[0],
        ),
        (
            {"Date": "Sun, 29 Nov 2026 09:00:00 GMT", "Retry-After": "Mon, 30 Nov 2026 09:00:00 GMT"},
            LONGEST_WAIT_SECONDS,
        ),
        ({"Retry-After": "Sun, 29 Nov 2099 09:00:00 GMT"}, LONGEST_WAIT_SECONDS),
        ({"Retry-After": "soon"}, PATIENCE_SECONDS[0]),
    ],
)
def test_a_server_may_ask_to_wait_until_a_time(headers: dict[str, str], waits: float) -> None:
    server = Server(httpx.Response(429, headers=headers))
    with server.client() as client:
        client.publish(sighting())
    assert server.waited == [waits]


def test_publishing_again_returns_new_verdicts() -> None:
    """The server stores responses by key, and may respond differently after a fix."""
    server = Server()
    with server.client() as client:
        client.publish(sighting())
        client.publish(sighting())
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 2


def test_a_server_that_asks_for_a_day_is_asked_again_sooner() -> None:
    server = Server(httpx.Response(503, headers={"Retry-After": "86400"}))
    with server.client() as client:
        client.publish(sighting())
    assert server.waited == [LONGEST_WAIT_SECONDS]


@each_row("url", ["127.0.0.1:8080", "", "ftp://page", "http://", "http://[page", "http://a page"])
def test_an_invalid_address_is_reported_before_any_request(url: str) -> None:
    with pytest.raises(FirstseenError, match="is not an address: write one such as http://"):
        Client(url, key="k")


@each_row("key", ["", " ", "ключ", "a\nb"])
def test_an_invalid_key_is_reported_without_showing_it(key: str) -> None:
    with pytest.raises(FirstseenError, match="the key is invalid"):
        Client("http://page", key=key)


def test_a_key_from_a_file_may_have_its_line_end() -> None:
    server = Server()
    with Client("http://page", key="k\n", transport=httpx.MockTransport(server._answer)) as client:
        client.publish(sighting())
    assert server.requests[0].headers["authorization"] == "Bearer k"


@each_row(
    "answer",
    [
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(422, text="<html>No</html>"),
        httpx.Response(200, json={"status": "fine"}),
    ],
)
def test_a_response_of_another_server_is_a_clear_error(answer: httpx.Response) -> None:
    with Server(answer).client() as client, pytest.raises(FirstseenError, match="check the address"):
        client.publish(sighting())
    with Server(answer).client() as client, pytest.raises(FirstseenError):
        client.rejections()


def test_a_redirect_is_reported_with_the_new_address() -> None:
    server = Server(httpx.Response(301, headers={"Location": "https://page/api"}))
    with server.client() as client, pytest.raises(FirstseenError, match="301 .*: it has moved to https://page/api"):
        client.publish(sighting())


def test_nan_is_missing_and_infinity_is_left_for_the_server_to_reject() -> None:
    server = Server()
    with server.client() as client:
        client.publish(sighting(latitude=float("nan"), longitude=float("inf")))
    [sent] = from_json(server.requests[0].content)
    assert ("latitude" in sent, sent["longitude"]) == (False, "Infinity")


def test_a_list_instead_of_sightings_is_an_error_that_explains_the_call() -> None:
    with Server().client() as client, pytest.raises(TypeError, match=r"unpack a list with publish"):
        client.publish([sighting()])  # type: ignore[arg-type]


def test_an_unavailable_server_is_a_clear_error() -> None:
    server = Server(*[httpx.ConnectError("refused")] * 10)
    with server.client() as client, pytest.raises(FirstseenError, match="http://page does not answer"):
        client.publish(sighting())
    assert server.waited == list(PATIENCE_SECONDS)


def test_a_wrong_key_is_reported_without_retries_with_the_servers_message() -> None:
    server = Server(httpx.Response(401, json={"detail": "Send a key."}))
    with server.client() as client, pytest.raises(FirstseenError, match="401 Unauthorized: Send a key"):
        client.publish(sighting())
    assert server.waited == []


def test_validation_writes_nothing_and_has_no_idempotency_key() -> None:
    server = Server()
    with server.client() as client:
        client.validate(sighting())
    [request] = server.requests
    assert request.url.params["dry_run"] == "true"
    assert "idempotency-key" not in request.headers


def test_rejections_are_asked_for_by_time_and_reason() -> None:
    row = {
        "id": "1",
        "reason": "conflict",
        "detail": "d",
        "remedy": "r",
        "suggestions": [],
        "partition": 0,
        "offset": 3,
    }
    server = Server(httpx.Response(200, json={"source": "desk", "counts": {"conflict": 1}, "rejections": [row]}))
    with server.client() as client:
        found = client.rejections(since=datetime(2026, 11, 1, tzinfo=UTC), reason="conflict")
    assert (found.counts, found.rejections[0].offset) == ({"conflict": 1}, 3)
    assert dict(server.requests[0].url.params) == {
        "limit": "100", "since": "2026-11-01T00:00:00+00:00", "reason": "conflict",
    }  # fmt: skip


def test_nothing_is_asked_when_nothing_is_given() -> None:
    server = Server()
    with server.client() as client:
        assert client.publish() == []
    assert server.requests == []


def test_kafka_without_the_topic_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoTopic:
        def __init__(self, **_: object) -> None: ...

        def send(self, *_: object) -> None:
            raise KafkaTimeoutError("Failed to update metadata after 60.0 secs.")

        def close(self, timeout: float) -> None: ...

    monkeypatch.setattr("firstseen_client.kafka.KafkaProducer", NoTopic)
    with (
        KafkaClient() as client,
        pytest.raises(FirstseenError, match="a sighting for firstseen.sightings.v1: .*Failed to"),
    ):
        client.publish(Sighting.model_validate(sighting()))


@each_row("value", ["half of a character: \ud800", object(), b"\xff"])
def test_a_value_that_json_does_not_have_is_an_error_of_the_client(value: object) -> None:
    with (
        Client("http://page", key="k") as client,
        pytest.raises(FirstseenError, match="^the sighting with the id '7' is"),
    ):
        client.publish({"id": "7", "title": value})


def test_an_answer_that_cannot_be_unpacked_is_an_error_of_the_client() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    client = Client("http://page", key="k", pause=lambda _: None, transport=httpx.MockTransport(answer))
    with client, pytest.raises(FirstseenError, match="DecodingError"):
        client.publish({"id": "7"})
