"""Slack's commands and clicks over Socket Mode, for servers that Slack cannot reach: this side opens the connection."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from faust_batches.errors import reason
from streams.io.throttled_log import ThrottledLog

_RETRY_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def listen(slack: AsyncApp, app_token: str) -> None:
    """Keep a connection to Slack open until cancelled. slack_sdk restores a broken one; this retries the first."""
    outages = ThrottledLog(_log)
    while True:
        handler = AsyncSocketModeHandler(slack, app_token)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            _log.info("Socket Mode is connected")
            await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 - no failure of Slack or the network may stop the page
            outages.warning("", "Socket Mode cannot connect (%s); retrying in %g s", reason(error), _RETRY_SECONDS)
            await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
