"""What can become of a post: four outcomes, and which of Slack's answers means which.

What matters is whether the message may be there already and whether trying again can help. Error codes:
https://docs.slack.dev/reference/methods/chat.postMessage.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is there."""

    ts: str
    """Slack's timestamp of it, its id within the channel."""
    channel: str
    """Slack's id of the channel, also when it was named otherwise."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not there, and later it can be: no connection, too many posts, or a token that does not work now."""

    error: str
    retry_after_seconds: float | None = None
    """How long Slack wants us to wait, if it said so."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may be there: Slack took the request and gave no clear answer."""

    error: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Surely not there, and it never will be: the channel or the message itself is at fault."""

    error: str


Outcome = Sent | NotSent | Ambiguous | Rejected


@dataclass(frozen=True, slots=True)
class NotFound:
    """Looked for and not found."""


@dataclass(frozen=True, slots=True)
class LookupDenied:
    """It cannot be looked for: a scope is missing, or the channel cannot be read."""

    error: str


LookupResult = Sent | NotFound | LookupDenied | NotSent
"""What looking for a message comes to; after NotSent it can be looked for again."""

TOKEN_PROBLEMS = frozenset(
    {
        "access_denied", "account_inactive", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth",
        "missing_scope", "no_permission", "not_allowed_token_type", "not_authed", "org_login_required",
        "team_access_not_granted", "team_added_to_org", "token_expired", "token_revoked", "two_factor_setup_required",
    }
)  # fmt: skip
"""Nothing is wrong with the message: it goes out once somebody has seen to the token."""

CHANNEL_PROBLEMS = frozenset(
    {
        "channel_not_found", "is_archived", "is_inactive", "not_in_channel", "method_not_supported_for_channel_type",
        "restricted_action", "restricted_action_read_only_channel", "team_not_found", "user_not_found",
        "messages_tab_disabled", "gone", "cannot_dm_bot", "user_not_in_channel",
    }
)  # fmt: skip
"""Nothing is wrong with the message: the channel is not there for us any more."""

CONTENT_PROBLEMS = frozenset(
    {
        "invalid_arguments", "invalid_attachments", "invalid_blocks", "invalid_blocks_format",
        "invalid_metadata_format", "invalid_metadata_schema", "markdown_text_conflict",
        "metadata_must_be_sent_from_app", "metadata_too_large",
        "msg_blocks_too_long", "msg_too_long", "too_many_attachments",
    }
)  # fmt: skip
"""Slack does not take what the message is made of: it goes as plain text rather than not at all."""

_WAIT = frozenset({"accesslimited", "message_limit_exceeded", "rate_limited", "ratelimited", "service_unavailable"})
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout"})

_TOO_MANY_REQUESTS = 429
_CLIENT_ERRORS, _SERVER_ERRORS = 400, 500


def outcome_of_response(
    status: int, error: str | None, retry_after_seconds: float | None = None
) -> NotSent | Ambiguous | Rejected:
    """Return what an answer other than a success means. ``error`` is Slack's code, None when the body had none.

    A code that is not listed is a refusal: Slack adds codes for what it will not post, and repeating such a message for
    ever would hold up the others. It is kept in the ledger under that code.
    """
    if status == _TOO_MANY_REQUESTS:
        return NotSent(error or "ratelimited", retry_after_seconds)
    if status >= _SERVER_ERRORS or error in _UNCLEAR:
        return Ambiguous(error or f"http_{status}")
    if error is None:
        # A proxy's page: with a client error it let nothing through, with any other status nobody knows.
        return NotSent(f"http_{status}") if status >= _CLIENT_ERRORS else Ambiguous(f"http_{status}_without_answer")
    if error in TOKEN_PROBLEMS or error in _WAIT:
        return NotSent(error, retry_after_seconds)
    return Rejected(error)
