"""Each response of Slack means one outcome."""

from __future__ import annotations

from streams.notify.outcomes import (
    TOKEN_PROBLEMS,
    Ambiguous,
    NotSent,
    Rejected,
    Sent,
    outcome_of_response,
    outcome_of_status,
)
from tests.support.tables import each_row


@each_row("code", sorted(TOKEN_PROBLEMS))
def test_a_token_problem_is_retried(code: str) -> None:
    assert outcome_of_response(200, code) == NotSent(code)


@each_row("code", ["channel_not_found", "not_in_channel", "is_archived", "invalid_blocks", "msg_too_long", "new_code"])
def test_a_message_that_slack_does_not_post_is_rejected(code: str) -> None:
    assert outcome_of_response(200, code) == Rejected(code)


@each_row(
    ("status", "code"),
    [(200, "internal_error"), (200, "fatal_error"), (500, None), (503, "anything"), (200, None), (302, None)],
)
def test_an_unclear_response_is_ambiguous(status: int, code: str | None) -> None:
    assert isinstance(outcome_of_response(status, code), Ambiguous)


def test_a_rate_limit_is_not_sent_with_or_without_a_wait() -> None:
    assert outcome_of_response(429, "ratelimited", 30) == NotSent("ratelimited", 30)
    assert outcome_of_response(429, None) == NotSent("ratelimited")
    assert outcome_of_response(200, "ratelimited", 2) == NotSent("ratelimited", 2)


def test_the_error_page_of_a_proxy_means_not_sent() -> None:
    assert outcome_of_response(407, None) == NotSent("http_407")


def test_each_status_of_a_webhook_means_one_outcome() -> None:
    assert isinstance(outcome_of_status(204, None), Sent)
    assert outcome_of_status(429, 7.0) == NotSent("http_429", 7.0)
    assert outcome_of_status(503, None) == Ambiguous("http_503")
    assert outcome_of_status(410, None) == Rejected("gone")
    assert outcome_of_status(404, None) == Rejected("http_404")
    assert outcome_of_status(302, None) == Rejected("http_302")
