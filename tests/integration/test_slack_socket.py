"""Socket Mode: the app opens the connection, and the same handlers answer the commands that arrive on it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from aiohttp import WSMsgType, web

from places.areas import packaged
from streams.io.clock import now
from tests.support.waiting import PATIENCE_SECONDS
from web.slack_app.config import SlackAppConfig
from web.slack_app.handlers import build_slack
from web.slack_app.service import SlackService
from web.slack_app.socket_mode import listen


class _HelpService:
    """The part of the service that the command `help` needs."""

    areas = packaged()

    def now(self) -> datetime:
        return now()


async def test_a_command_over_socket_mode_is_acknowledged_and_answered() -> None:
    acknowledged: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    authorized: list[str] = []
    address: list[str] = []

    async def api(request: web.Request) -> web.Response:
        authorized.append(request.headers.get("Authorization", ""))
        method = request.match_info["method"]
        content = {"ok": True, "url": address[0].replace("http", "ws") + "/socket"} if "connections" in method else {
            "ok": True, "bot_id": "B1", "user_id": "U1", "team_id": "T1", "bot_user_id": "U1",
        }  # fmt: skip
        return web.json_response(content)

    async def socket(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.send_json({"type": "hello", "num_connections": 1})
        command = {
            "command": "/firstseen", "text": "help", "channel_id": "C12345678", "user_id": "U12345678", "team_id": "T1",
            "response_url": f"{address[0]}/respond",
        }  # fmt: skip
        for id_, payload in (("e-0", {"type": "block_actions", "actions": 1}), ("e-1", command)):
            await connection.send_json({"type": "any", "envelope_id": id_, "payload": payload})
        async for message in connection:
            if message.type == WSMsgType.TEXT and "envelope_id" in message.data:
                await acknowledged.put(json.loads(message.data))
        return connection

    async def respond(request: web.Request) -> web.Response:
        await responses.put(await request.json())
        return web.Response(text="ok")

    server = web.Application()
    server.router.add_route("*", "/api/{method}", api)
    server.router.add_get("/socket", socket)
    server.router.add_post("/respond", respond)
    runner = web.AppRunner(server, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
    access = SlackAppConfig("xoxb-test", app_token="xapp-test", base_url=f"{address[0]}/api/")
    slack = build_slack(access, cast("SlackService", _HelpService()))
    listening = asyncio.create_task(listen(slack, "xapp-test", access.own_host))
    try:
        ids = {(await asyncio.wait_for(acknowledged.get(), PATIENCE_SECONDS))["envelope_id"] for _ in range(2)}
        response = await asyncio.wait_for(responses.get(), PATIENCE_SECONDS)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await runner.cleanup()
    assert ids == {"e-0", "e-1"}
    assert "/firstseen subscribe" in response["text"]
    assert "Bearer xapp-test" in authorized
