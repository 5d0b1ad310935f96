"""Client of Slack's Web API: post, edit and find messages, upload images, check the token.

Every response and every error becomes an outcome. slack_sdk's own retries are off, because :mod:`streams.notify.ledger`
decides on retries. The token goes into a header and nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from faust_batches.errors import reason
from streams.io.clock import now
from streams.notify.message import EVENT_TYPE, Message, identifying_metadata
from streams.notify.outcomes import (
    TOKEN_PROBLEMS,
    Ambiguous,
    LookupDenied,
    LookupResult,
    NotFound,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Uploaded,
    outcome_of_response,
)
from streams.notify.retry_after import parse_retry_after

TIMEOUT_SECONDS = 15
"""Timeout of a request. Slack responds in well under a second; a longer wait only delays the queue."""

REQUIRED_SCOPES = ("chat:write",)
OPTIONAL_SCOPES = {
    "chat:write.public": "post in public channels without an invitation",
    "channels:history": "look up a message after an unclear response, so that it is not posted twice",
    "groups:history": "the same in private channels",
    "files:write": "show a map in each alert",
}
"""Scopes that Firstseen can do without, and what each permits."""

_PAGE_LENGTH, _MAX_PAGES = 200, 5
"""A lookup reads this many messages per page and this many pages. The message is among the latest of its channel."""

_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
_FAILURES = (SlackApiError, aiohttp.ClientError, OSError, UnicodeDecodeError, AttributeError)
"""slack_sdk 3.48 raises AttributeError on a text/plain response with status 200. A timeout is an OSError."""


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Result of checking a token."""

    ok: bool
    """True: the token can post messages."""
    error: str | None = None
    """What is wrong, and what to do."""
    team: str | None = None
    url: str | None = None
    """Address of the workspace."""
    bot: str | None = None
    scopes: tuple[str, ...] | None = None
    """The scopes of the token; None: Slack did not list them."""
    missing_scopes: tuple[str, ...] = ()
    missing_optional_scopes: tuple[str, ...] = ()


class SlackClient:
    """One workspace, by its bot token. No method raises for what Slack or the network does."""

    def __init__(self, token: str, base_url: str | None = None, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self._client = AsyncWebClient(
            token=token.strip(),
            base_url=base_url or AsyncWebClient.BASE_URL,
            timeout=timeout_seconds,
            retry_handlers=[],
        )

    @property
    def web_client(self) -> AsyncWebClient:
        """The client of slack_sdk, for the Slack app of :mod:`web.slack_app`."""
        return self._client

    async def post(
        self, channel: str, message: Message, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Outcome:
        """Post a message once, as a reply if a thread is given, and return the outcome.

        ``broadcast``: also show the reply in the channel.
        """
        return await self._send(
            self._client.chat_postMessage,
            message,
            channel=channel,
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
            mrkdwn=True,
            **({"thread_ts": thread_ts, "reply_broadcast": broadcast} if thread_ts else {}),
        )

    async def edit(self, channel: str, ts: str, message: Message) -> Outcome:
        """Replace the content of a message. Repeating it is harmless."""
        return await self._send(self._client.chat_update, message, channel=channel, ts=ts, parse="none")

    async def find(self, channel: str, message: Message, thread_ts: str | None = None) -> LookupResult:
        """Look up a message by its metadata among the latest of a channel or a thread."""
        metadata, cursor = identifying_metadata(message), ""
        for _ in range(_MAX_PAGES):
            query: dict[str, Any] = {"channel": channel, "limit": _PAGE_LENGTH, "include_all_metadata": True}
            query |= {"cursor": cursor} if cursor else {}
            try:
                response = (
                    await self._client.conversations_replies(ts=thread_ts, **query)
                    if thread_ts
                    else await self._client.conversations_history(**query)
                )
            except _FAILURES as error:
                match _outcome(error):
                    case Rejected(code):
                        return LookupDenied(code)
                    case NotSent(code) if code in TOKEN_PROBLEMS:
                        # The token may lack a scope for reading. If it is invalid, the post fails as well.
                        return LookupDenied(code)
                    case NotSent() as failure:
                        return failure
                    case Ambiguous(code):
                        return NotSent(code)
            for found in response.get("messages") or ():
                if isinstance(found, Mapping) and isinstance(found.get("ts"), str) and _carries(found, metadata):
                    return Sent(found["ts"], channel)
            cursor = (response.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return NotFound()

    async def upload(self, png: bytes, title: str) -> Uploaded | NotSent | Ambiguous | Rejected:
        """Upload an image without sharing it, once. Only the bot can use it, and shows it in its messages."""
        try:
            response = await self._client.files_upload_v2(
                content=png, filename="map.png", title=title, highlight_type="png"
            )
            file = response["files"][0]["id"]
        except (*_FAILURES, SlackRequestError) as error:
            return _outcome(error)
        except (TypeError, ValueError, LookupError) as error:  # slack_sdk does not check the responses
            return Ambiguous(f"the response is incomplete: {reason(error)}")
        return Uploaded(file) if isinstance(file, str) else Ambiguous("the response has no file id")

    async def _send(self, method: Callable[..., Awaitable[Any]], message: Message, **where: Any) -> Outcome:
        try:
            response = await method(
                text=message.text,
                blocks=list(message.blocks),
                attachments=list(message.attachments),
                metadata=message.metadata,
                **where,
            )
        except _FAILURES as error:
            return _outcome(error)
        ts = response.get("ts")
        if not isinstance(ts, str):
            return Ambiguous("answer_without_ts")
        return Sent(ts, str(response.get("channel") or where["channel"]))

    async def check(self) -> TokenCheck:
        """Check the token and its scopes, for ``firstseen doctor``."""
        try:
            response = await self._client.auth_test()
        except _FAILURES as error:
            return TokenCheck(ok=False, error=_advice(_outcome(error).error))
        scopes = _scopes(response.headers)
        missing = tuple(scope for scope in REQUIRED_SCOPES if scopes is not None and scope not in scopes)
        return TokenCheck(
            ok=not missing,
            error=f"The token lacks {', '.join(missing)}: add it to the app and reinstall it." if missing else None,
            team=response.get("team"),
            url=response.get("url"),
            bot=response.get("user"),
            scopes=scopes,
            missing_scopes=missing,
            missing_optional_scopes=tuple(s for s in OPTIONAL_SCOPES if scopes is not None and s not in scopes),
        )


def _carries(message: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    if not isinstance(metadata, Mapping) or not isinstance(payload, Mapping):
        return False
    return metadata.get("event_type") == EVENT_TYPE and all(
        payload.get(name) == value for name, value in wanted.items()
    )


def _outcome(error: Exception) -> NotSent | Ambiguous | Rejected:
    if isinstance(error, SlackApiError):
        # The response is slack_sdk's, or aiohttp's if its body is not JSON.
        status = int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0)
        body = getattr(error.response, "data", None)
        code = body.get("error") if isinstance(body, Mapping) else None
        return outcome_of_response(status, code, parse_retry_after(error.response.headers.get("Retry-After"), now()))
    if isinstance(error, _NO_CONNECTION):
        return NotSent(f"no connection: {reason(error)}")
    return Ambiguous(f"no response: {type(error).__name__}")


def _scopes(headers: Mapping[str, Any]) -> tuple[str, ...] | None:
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return None if named is None else tuple(scope for scope in map(str.strip, named.split(",")) if scope)


def _advice(error: str) -> str:
    if error in {"invalid_auth", "not_authed"}:
        return f"Slack rejects this token ({error}). Copy the Bot User OAuth Token of the app; it begins with xoxb-."
    if error in TOKEN_PROBLEMS:
        return f"Slack does not accept this token ({error}). Reinstall the app to the workspace and copy its new token."
    return f"Slack did not respond ({error}). Try again; if that fails, check the network and Slack's status page."
