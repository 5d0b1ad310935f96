"""Signatures of requests from Slack."""

from __future__ import annotations

import time

import pytest
from slack_sdk.signature import SignatureVerifier

from web.slack_app.signatures import SignatureCheck

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - the example of Slack's documentation
BODY = b"command=%2Ffirstseen&text=help"


def signed(at: str, body: bytes = BODY, secret: str = SECRET) -> str:
    return SignatureVerifier(secret).generate_signature(timestamp=at, body=body) or ""


def seconds_from_now(seconds: int = 0) -> str:
    return str(int(time.time()) + seconds)


def test_a_signed_request_is_accepted_once() -> None:
    check, at = SignatureCheck(SECRET), seconds_from_now()

    assert check.accepts([at], [signed(at)], BODY)
    assert not check.accepts([at], [signed(at)], BODY)
    assert check.accepts([at], [signed(at, b"another")], b"another")


@pytest.mark.parametrize("at", ["", "abc", "NaN", "1e9", "-1", "1_0", "\u0661", "9" * 5_000, "0"])
def test_a_time_that_slack_does_not_write_is_rejected(at: str) -> None:
    assert not SignatureCheck(SECRET).accepts([at], [signed(at)], BODY)


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_request_of_another_time_is_rejected(seconds: int) -> None:
    at = seconds_from_now(seconds)

    assert not SignatureCheck(SECRET).accepts([at], [signed(at)], BODY)


def test_another_body_and_another_secret_are_rejected() -> None:
    check, at = SignatureCheck(SECRET), seconds_from_now()

    assert not check.accepts([at], [signed(at)], BODY + b"x")
    assert not check.accepts([at], [signed(at, secret="another")], BODY)
    assert not check.accepts([at], ["v0=\xe9"], BODY)
    assert check.accepts([at], [signed(at)], BODY), "a rejected request does not use up the signature"


def test_a_header_that_is_missing_or_repeated_is_rejected() -> None:
    check, at = SignatureCheck(SECRET), seconds_from_now()
    good = signed(at)

    assert not check.accepts([], [good], BODY)
    assert not check.accepts([at], [], BODY)
    assert not check.accepts([at, at], [good], BODY)
    assert not check.accepts([at], [good, "v0=" + "0" * 64], BODY)
