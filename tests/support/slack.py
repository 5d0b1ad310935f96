"""A Slack workspace on loopback for tests: the emulator as a child process, the gateway in a thread."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web
from slack_sdk import WebClient

from tests.support.npm import NODE
from tests.support.slack_emulator.gateway import Gateway
from tests.support.slack_emulator.install import EMULATOR, HERE, install
from tests.support.waiting import PATIENCE_SECONDS

TOKEN = "xoxb-0-not-a-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class FakeSlack:
    """A workspace. The code under test uses ``base_url`` and ``token``."""

    base_url: str
    token: str
    channel: str
    """Id of a public channel."""
    gateway: Gateway
    """Its tokens, scopes, faults and counts."""

    def messages(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Return a channel's messages with their metadata, oldest first."""
        client, found, cursor = self._client(), [], ""
        while True:
            page = client.conversations_history(
                channel=channel or self.channel, include_all_metadata=True, limit=1000, cursor=cursor
            )
            found += page["messages"]
            if not page.get("has_more"):
                return list(reversed(found))
            cursor = page["response_metadata"]["next_cursor"]

    def messages_and_replies(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Return a channel's messages, each followed by the replies in its thread."""
        client, found = self._client(), dict[str, dict[str, Any]]()
        for message in self.messages(channel):
            found[message["ts"]] = message
            if message.get("thread_ts", message["ts"]) != message["ts"] or not message.get("reply_count"):
                continue
            thread = client.conversations_replies(
                channel=channel or self.channel, ts=message["ts"], include_all_metadata=True, limit=1000
            )
            found |= {reply["ts"]: reply for reply in thread["messages"][1:]}
        return list(found.values())

    def new_channel(self, name: str) -> str:
        """Create an empty channel for one test and return its id."""
        return str(self._client().conversations_create(name=name)["channel"]["id"])

    def _client(self) -> WebClient:
        return WebClient(self.token, base_url=self.base_url)


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """Start an empty workspace, and stop it at the end."""
    install()
    port = _free_port()
    command = [
        str(NODE),
        str(EMULATOR),
        "start",
        "--service",
        "slack",
        "--port",
        str(port),
        "--seed",
        str(HERE / "seed.json"),
    ]
    emulator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        _wait_until_listening(port, emulator)
        gateway = Gateway(f"http://127.0.0.1:{port}", TOKEN)
        with _served(gateway) as base_url:
            client = WebClient(TOKEN, base_url=base_url)
            channels = client.conversations_list()["channels"]
            general = next(channel["id"] for channel in channels if channel["name"] == "general")
            yield FakeSlack(base_url, TOKEN, general, gateway)
    finally:
        emulator.kill()
        emulator.wait()


@contextmanager
def _served(gateway: Gateway) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="slack-gateway", daemon=True)
    thread.start()
    runner = web.AppRunner(gateway.app(), access_log=None)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return cast("int", runner.addresses[0][1])

    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_SECONDS)
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_listening(port: int, emulator: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while emulator.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    msg = f"the Slack emulator does not listen on port {port}; exit code {emulator.poll()}"
    raise RuntimeError(msg)
