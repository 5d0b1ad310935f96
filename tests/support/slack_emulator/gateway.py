"""Adds to the emulator what it lacks of Slack: strict tokens, Block Kit limits, scopes, pictures in image blocks, and
the faults of a test.

Also moves query arguments into the body, because the emulator reads only bodies and slack_sdk reads by GET.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.support.slack_emulator.limits import pictures, problem, view_problem


@dataclass(slots=True)
class Fault:
    """A failure of the next calls of a method."""

    kind: Literal["ratelimited", "status", "error", "cut_before", "cut_after", "late"]
    """429 with Retry-After; a status with an HTML page; an error code with status 200; the connection cut before or after
    the call takes effect; or a late response."""
    method: str = "chat.postMessage"
    times: int = 1
    channel: str | None = None
    """Only calls for this channel; None: for any."""
    retry_after_seconds: int = 1
    late_seconds: float = 0.0
    status: int = 500
    error: str = "internal_error"
    content_type: str = "text/html"


class Gateway:
    """A web application in front of one emulator. A test sets tokens, scopes and faults, and reads the counts."""

    def __init__(self, upstream: str, token: str) -> None:
        self._upstream = upstream
        self.tokens = {token}
        self.scopes = "chat:write,channels:read,channels:history"
        self.faults: list[Fault] = []
        self.seen: Counter[str] = Counter()
        """Calls by method."""
        self.views: list[dict[str, Any]] = []
        """Forms and homes that were shown."""
        self.forwarded: Counter[str] = Counter()
        """Calls that reached the emulator, by method."""
        self.files: set[str] = set()
        """Ids of the uploaded pictures. A test deletes one by removing it."""
        self.processing = 0
        """So many further messages with a picture are rejected, as Slack does until it has processed the image."""

    def app(self) -> web.Application:
        """Return the application, which forwards every API method."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen[method] += 1
        fault = self._next_fault(method, str(arguments.get("channel")))
        if fault and fault.kind == "late":
            # Also after the client's timeout, as with a slow Slack.
            return await asyncio.shield(asyncio.create_task(self._late(fault, method, arguments, token)))
        if fault and fault.kind != "cut_after":
            return _failed(fault, request)
        if token not in self.tokens:
            return _error("invalid_auth" if token else "not_authed")
        if method in {"chat.postMessage", "chat.update"} and (
            code := problem(arguments.get("text", ""), arguments.get("blocks", []), arguments.get("attachments", []))
        ):
            return _error(code)
        if method in {"views.open", "views.publish"}:
            return self._show(arguments["view"])
        if method in {"chat.postMessage", "chat.update"} and not self._has_pictures(arguments):
            return _error("invalid_blocks")
        response = await self._forwarded(method, arguments, token)
        if method == "files.completeUploadExternal":
            self.files |= {file["id"] for file in json.loads(str(response.text)).get("files", [])}
        return _failed(fault, request) if fault else response

    def _has_pictures(self, arguments: dict[str, Any]) -> bool:
        """Whether all pictures of a message were uploaded and processed. The emulator takes any image block."""
        shown = pictures(arguments.get("blocks", []), arguments.get("attachments", []))
        if shown and self.processing:
            self.processing -= 1
            return False
        return self.files.issuperset(shown)

    def _show(self, view: Any) -> web.StreamResponse:
        # The emulator opens a form only for a trigger of its own, and here the test plays Slack's part.
        view = json.loads(view) if isinstance(view, str) else view
        if code := view_problem(view):
            return _error(code)
        self.views.append(view)
        return web.json_response({"ok": True, "view": view})

    async def _late(self, fault: Fault, method: str, arguments: dict[str, Any], token: str) -> web.StreamResponse:
        await asyncio.sleep(fault.late_seconds)
        return await self._forwarded(method, arguments, token)

    async def _forwarded(self, method: str, arguments: dict[str, Any], token: str) -> web.Response:
        self.forwarded[method] += 1
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self._upstream}/api/{method}", json=arguments, headers={"Authorization": f"Bearer {token}"}
            ) as response,
        ):
            body = await response.read()
        headers = {"Content-Type": "application/json", "X-OAuth-Scopes": self.scopes}
        return web.Response(status=response.status, body=body, headers=headers)

    def _next_fault(self, method: str, channel: str) -> Fault | None:
        fits = (
            scripted for scripted in self.faults if scripted.method == method and scripted.channel in {None, channel}
        )
        fault = next((scripted for scripted in fits if scripted.times > 0), None)
        if fault:
            fault.times -= 1
        return fault


def _failed(fault: Fault, request: web.Request) -> web.StreamResponse:
    match fault.kind:
        case "ratelimited":
            return _error("ratelimited", 429, {"Retry-After": str(fault.retry_after_seconds)})
        case "status":
            return web.Response(status=fault.status, text="upstream", content_type=fault.content_type)
        case "error":
            return _error(fault.error)
        case "cut_before" | "cut_after" | "late":
            if request.transport:
                request.transport.abort()
            return web.Response()


async def _arguments(request: web.Request) -> dict[str, Any]:
    body = await request.text()
    posted = json.loads(body) if request.content_type == "application/json" and body else dict(parse_qsl(body))
    return {**request.query, **posted}


def _error(code: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=status, headers=headers)
