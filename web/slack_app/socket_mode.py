"""Slack's requests over Socket Mode, for those whom Slack cannot reach: the connection is made from here."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from faust_batches.errors import reason
from streams.io.log_once import SparingLog

_AGAIN_AFTER_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def listen(slack: AsyncApp, app_token: str) -> None:
    """Keep a connection to Slack until cancelled; one that breaks is made anew by slack_sdk."""
    lasting = SparingLog(_log)
    while True:
        handler = AsyncSocketModeHandler(slack, app_token)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            _log.info("Socket Mode is connected")
            await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 - whatever Slack or the network does, the page goes on
            lasting.warning(
                "", "Socket Mode cannot connect (%s); next try in %g s", reason(error), _AGAIN_AFTER_SECONDS
            )
            await asyncio.sleep(_AGAIN_AFTER_SECONDS)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
