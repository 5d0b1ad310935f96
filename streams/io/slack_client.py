"""Slack's Web API: post, edit, look for a message, ask about the token. The only file that speaks to Slack.

Every answer and every error becomes an outcome; slack_sdk's own retries are off, because :mod:`streams.notify.ledger`
decides about another try. The token goes into a header and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from faust_batches.errors import reason
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
    outcome_of_response,
)

TIMEOUT_SECONDS = 15
"""For a whole request. Slack answers a post in well under a second; a longer wait only delays what comes after."""

REQUIRED_SCOPES = ("chat:write",)
OPTIONAL_SCOPES = {
    "chat:write.public": "post into public channels without being invited first",
    "channels:history": "see whether a message is there when Slack gave no clear answer, and not post it twice",
    "groups:history": "the same in private channels",
    "files:write": "put a map into the thread of each alert",
}
"""What works without them, and what each is for."""

_LOOK_AT, _PAGES = 200, 5
"""So many messages on a page, and so many pages: a message whose fate is unclear is among the latest of its channel."""

_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
_FAILURES = (SlackApiError, aiohttp.ClientError, OSError, UnicodeDecodeError, AttributeError)
"""The last is how slack_sdk 3.48 fails on a proxy's text/plain answer with status 200. A timeout is an OSError."""


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """What Slack says about a token."""

    ok: bool
    """True: messages can be posted."""
    error: str | None = None
    """What is wrong and what to do about it."""
    team: str | None = None
    url: str | None = None
    """Address of the workspace."""
    bot: str | None = None
    scopes: tuple[str, ...] | None = None
    """What the token may do; None when Slack did not say."""
    missing_scopes: tuple[str, ...] = ()
    missing_optional_scopes: tuple[str, ...] = ()


class SlackClient:
    """One workspace, by its bot token."""

    def __init__(self, token: str, base_url: str | None = None, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self._client = AsyncWebClient(
            token=token.strip(),
            base_url=base_url or AsyncWebClient.BASE_URL,
            timeout=timeout_seconds,
            retry_handlers=[],
        )

    async def post(
        self, channel: str, message: Message, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Outcome:
        """Post once, into a thread if one is given, and return what became of it.

        ``broadcast``: a reply is shown in the channel, too. Like all methods here it never raises for anything that
        Slack or the network does.
        """
        return await self._say(
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
        """Make a message that is there show this instead. To do it twice does no harm."""
        return await self._say(self._client.chat_update, message, channel=channel, ts=ts, parse="none")

    async def find(self, channel: str, message: Message, thread_ts: str | None = None) -> LookupResult:
        """Look for a message among the latest of a channel, or of a thread, by its metadata."""
        wanted, cursor = identifying_metadata(message), ""
        for _ in range(_PAGES):
            asked: dict[str, Any] = {"channel": channel, "limit": _LOOK_AT, "include_all_metadata": True}
            asked |= {"cursor": cursor} if cursor else {}
            try:
                answer = (
                    await self._client.conversations_replies(ts=thread_ts, **asked)
                    if thread_ts
                    else await self._client.conversations_history(**asked)
                )
            except _FAILURES as error:
                match _outcome(error):
                    case Rejected(code):
                        return LookupDenied(code)
                    case NotSent(code) if code in TOKEN_PROBLEMS:
                        # A token that posts and may not read lacks a scope; one that does nothing fails at the post.
                        return LookupDenied(code)
                    case NotSent() as later:
                        return later
                    case Ambiguous(code):
                        return NotSent(code)
            for one in answer.get("messages") or ():
                if isinstance(one, Mapping) and isinstance(one.get("ts"), str) and _carries(one, wanted):
                    return Sent(one["ts"], channel)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return NotFound()

    async def upload(self, channel: str, thread_ts: str, png: bytes, title: str, description: str) -> str | None:
        """Put a picture into a thread, once; return what went wrong, or None."""
        try:
            await self._client.files_upload_v2(
                channel=channel,
                thread_ts=thread_ts,
                content=png,
                filename="map.png",
                title=title,
                alt_txt=description,
            )
        except (*_FAILURES, SlackRequestError) as error:
            return _outcome(error).error
        except (TypeError, ValueError, LookupError) as error:
            # slack_sdk takes the address to upload to from the answer unseen.
            return f"an answer without an address to upload to: {reason(error)}"
        return None

    async def _say(self, method: Callable[..., Awaitable[Any]], message: Message, **where: Any) -> Outcome:
        try:
            answer = await method(text=message.text, blocks=list(message.blocks), metadata=message.metadata, **where)
        except _FAILURES as error:
            return _outcome(error)
        ts = answer.get("ts")
        if not isinstance(ts, str):
            return Ambiguous("answer_without_ts")
        return Sent(ts, str(answer.get("channel") or where["channel"]))

    async def check(self) -> TokenCheck:
        """Ask Slack whose token it is and what it may do; for ``firstseen doctor``."""
        try:
            answer = await self._client.auth_test()
        except _FAILURES as error:
            return TokenCheck(ok=False, error=_advice(_outcome(error).error))
        scopes = _scopes(answer.headers)
        missing = tuple(scope for scope in REQUIRED_SCOPES if scopes is not None and scope not in scopes)
        return TokenCheck(
            ok=not missing,
            error=f"The token lacks {', '.join(missing)}: add it to the app and reinstall it." if missing else None,
            team=answer.get("team"),
            url=answer.get("url"),
            bot=answer.get("user"),
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
        # slack_sdk hands over its own response, or aiohttp's when the body was no JSON.
        status = int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0)
        body = getattr(error.response, "data", None)
        code = body.get("error") if isinstance(body, Mapping) else None
        return outcome_of_response(status, code, _retry_after_seconds(error.response.headers))
    if isinstance(error, _NO_CONNECTION):
        return NotSent(f"no connection: {reason(error)}")
    return Ambiguous(f"no answer: {type(error).__name__}")


def _retry_after_seconds(headers: Mapping[str, Any]) -> float | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _scopes(headers: Mapping[str, Any]) -> tuple[str, ...] | None:
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return None if named is None else tuple(scope for scope in map(str.strip, named.split(",")) if scope)


def _advice(error: str) -> str:
    if error in {"invalid_auth", "not_authed"}:
        return (
            f"Slack does not know this token ({error}): copy the Bot User OAuth Token of the app, it begins with xoxb-."
        )
    if error in TOKEN_PROBLEMS:
        return f"Slack does not let this token in ({error}): reinstall the app to the workspace and copy its new token."
    return f"Slack could not be asked ({error}): try again; if it stays so, check the network and Slack's status page."
