"""A request that is sent again with its ``Idempotency-Key`` gets the response that it got before."""

from __future__ import annotations

from fastapi import Response

from web.api.idempotency import SentResponses, content_of


def test_the_same_key_and_body_get_the_same_response() -> None:
    sent = SentResponses()
    assert sent.get("wire", "k", b"a") is None
    sent.put("wire", "k", b"a", Response(b"done", 202))
    again = sent.get("wire", "k", b"a")
    assert again is not None
    assert (again.status_code, again.body) == (202, b"done")
    assert sent.get("desk", "k", b"a") is None


def test_another_body_with_a_used_key_is_a_conflict() -> None:
    sent = SentResponses()
    sent.put("wire", "k", b"a", Response(b"done", 202))
    other = sent.get("wire", "k", b"b")
    assert other is not None
    assert other.status_code == 409


def test_a_response_without_a_key_and_a_temporary_error_are_not_remembered() -> None:
    sent = SentResponses()
    sent.put("wire", "", b"a", Response(b"done", 202))
    sent.put("wire", "k", b"a", Response(b"later", 503))
    assert sent.get("wire", "", b"a") is sent.get("wire", "k", b"a") is None


def test_one_request_of_a_key_runs_at_a_time() -> None:
    sent = SentResponses()
    lock = sent.lock("wire", "k")
    assert sent.lock("wire", "k") is lock
    assert sent.lock("wire", "other") is not lock
    assert sent.lock("wire", "") is not sent.lock("wire", "")


def test_two_events_in_binary_mode_with_equal_bodies_differ_by_their_headers() -> None:
    def event(id_: str) -> bytes:
        return content_of(b"{}", {"ce-specversion": "1.0", "ce-source": "wire", "ce-id": id_, "traceparent": id_})

    assert event("1") == event("1") != event("2")
    assert event("1") == content_of(b"{}", {"ce-id": "1", "ce-source": "wire", "ce-specversion": "1.0"})
    assert content_of(b"{}", {"ce-id": "1"}) == content_of(b"{}", {"traceparent": "2"}) == b"{}"
