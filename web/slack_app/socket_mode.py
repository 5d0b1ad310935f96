"""Slack's commands and clicks over Socket Mode, for servers that Slack cannot reach: this side opens the connection."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from faust_batches.errors import reason
from streams.io.throttled_log import ThrottledLog
from web.slack_app.payloads import payload_problem

_RETRY_SECONDS = 10.0

_log = logging.getLogger(__name__)


class _Handler(AsyncSocketModeHandler):
    """Answers what is well-formed."""

    def __init__(self, slack: AsyncApp, app_token: str, own_host: str | None) -> None:
        super().__init__(slack, app_token)
        self._own_host = own_host

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer a request; acknowledge and log a malformed one."""
        if found := payload_problem(req.payload, self._own_host):
            _log.warning("A request from Slack is malformed: %s", found)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
            return
        await super().handle(client, req)


async def listen(slack: AsyncApp, app_token: str, own_host: str | None = None) -> None:
    """Keep a connection to Slack open until cancelled. slack_sdk restores a broken one; this retries the first.

    ``own_host``: another host of a ``response_url``; None: only Slack's.
    """
    outages = ThrottledLog(_log)
    while True:
        handler = _Handler(slack, app_token, own_host)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            _log.info("Socket Mode is connected")
            await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 - no failure of Slack or the network may stop the page
            outages.warning("", "Socket Mode cannot connect (%s); retrying in %g s", reason(error), _RETRY_SECONDS)
            await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
