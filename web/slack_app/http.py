"""Slack requests over HTTP: limits their size; :mod:`web.slack_app.handlers` checks signature, age and repeats."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp

from web.http.clients import read_body

LARGEST_BYTES = 2**18
"""Slack's requests have a few kB."""


def take_requests(app: FastAPI, slack: AsyncApp, body_seconds: float) -> None:
    """Let the application take Slack's requests at ``/slack/events``: commands and clicks alike."""
    handler = AsyncSlackRequestHandler(slack)

    @app.post("/slack/events", include_in_schema=False)
    async def events(request: Request) -> Response:
        try:
            (await read_body(request, LARGEST_BYTES, body_seconds)).decode()
        except UnicodeDecodeError:
            return Response(status_code=400)
        return await handler.handle(request)
