"""The four outcomes of a request that sends a message, and the outcome that each response means.

An outcome says whether the message may exist and whether a retry can help; :mod:`streams.notify.ledger` decides on it.
Slack's error codes: https://docs.slack.dev/reference/methods/chat.postMessage.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The message was sent."""

    ts: str
    """Slack's timestamp of the message: its id within the channel."""
    channel: str
    """Slack's id of the channel, even if the request used its name."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The message does not exist; a retry can succeed: no connection, a rate limit, or a token that is invalid now."""

    error: str
    retry_after_seconds: float | None = None
    """The wait that the response asks for; None: it asks for none."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The message may exist: the request was sent, and the response is missing or unclear."""

    error: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message does not exist, and no retry can help: the channel or the message is at fault."""

    error: str


Outcome = Sent | NotSent | Ambiguous | Rejected


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The image was uploaded."""

    file: str
    """Slack's id of the image."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The lookup did not find the message."""


@dataclass(frozen=True, slots=True)
class LookupDenied:
    """The lookup is not possible: a scope is missing, or the channel cannot be read."""

    error: str


LookupResult = Sent | NotFound | LookupDenied | NotSent
"""Result of a lookup. After NotSent, the lookup can be retried."""

TOKEN_PROBLEMS = frozenset(
    {
        "access_denied", "account_inactive", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth",
        "missing_scope", "no_permission", "not_allowed_token_type", "not_authed", "org_login_required",
        "team_access_not_granted", "team_added_to_org", "token_expired", "token_revoked", "two_factor_setup_required",
    }
)  # fmt: skip
"""The message is fine; the token must be fixed. The sender retries until then."""

CHANNEL_PROBLEMS = frozenset(
    {
        "channel_not_found", "is_archived", "is_inactive", "not_in_channel", "method_not_supported_for_channel_type",
        "restricted_action", "restricted_action_read_only_channel", "team_not_found", "user_not_found",
        "messages_tab_disabled", "gone", "mailbox_unavailable", "cannot_dm_bot", "user_not_in_channel",
    }
)  # fmt: skip
"""The message is fine; the channel is no longer available to the app."""

CONTENT_PROBLEMS = frozenset(
    {
        "invalid_arguments", "invalid_attachments", "invalid_blocks", "invalid_blocks_format",
        "invalid_metadata_format", "invalid_metadata_schema", "markdown_text_conflict",
        "metadata_must_be_sent_from_app", "metadata_too_large",
        "msg_blocks_too_long", "msg_too_long", "too_many_attachments",
    }
)  # fmt: skip
"""Slack rejects the blocks of the message; the sender retries it as plain text."""

GONE = "gone"
"""Error when the receiver of a webhook answers that its address no longer exists."""

_WAIT = frozenset({"accesslimited", "message_limit_exceeded", "rate_limited", "ratelimited", "service_unavailable"})
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout"})

_TOO_MANY_REQUESTS = 429
_CLIENT_ERRORS, _SERVER_ERRORS = 400, 500


def outcome_of_response(
    status: int, error: str | None, retry_after_seconds: float | None = None
) -> NotSent | Ambiguous | Rejected:
    """Return the outcome of a response of Slack that reports a failure. ``error`` is its code; None: the body had none.

    An unknown code means a rejection: Slack adds codes for messages that it does not post, and retrying such a message
    forever would block the queue. The ledger keeps the code.
    """
    if status == _TOO_MANY_REQUESTS:
        return NotSent(error or "ratelimited", retry_after_seconds)
    if status >= _SERVER_ERRORS or error in _UNCLEAR:
        return Ambiguous(error or f"http_{status}")
    if error is None:
        # The response of a proxy. A client error means that the request did not pass; other statuses are unclear.
        return NotSent(f"http_{status}") if status >= _CLIENT_ERRORS else Ambiguous(f"http_{status}_without_answer")
    if error in TOKEN_PROBLEMS or error in _WAIT:
        return NotSent(error, retry_after_seconds)
    return Rejected(error)


def outcome_of_status(status: int, retry_after_seconds: float | None) -> Outcome:
    """Return the outcome of the HTTP status that a webhook answers. A rejection is final; a redirect counts as one."""
    if 200 <= status < 300:
        return Sent("", "")
    if status == 410:
        return Rejected(GONE)
    if status == 429:
        return NotSent("http_429", retry_after_seconds)
    if status in {408, 425} or status >= 500:
        return Ambiguous(f"http_{status}")
    return Rejected(f"http_{status}")
