"""``POST /slack/events``: Slack's commands and clicks over HTTP, each with Slack's signature.

Limits their size and checks their signature, then hands them to the Slack app (:mod:`web.slack_app.handlers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler

from web.http.request_body import read_body
from web.slack_app.signatures import SignatureCheck

MAX_BYTES = 2**18
"""A request from Slack has a few kB."""

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SlackEndpoint:
    """The handler of Slack's requests. The app keeps it in ``app.state.slack_endpoint``."""

    handler: AsyncSlackRequestHandler
    signatures: SignatureCheck
    body_seconds: float
    """How long a body may take to arrive."""


@router.post("/slack/events", include_in_schema=False)
async def receive_slack_request(request: Request) -> Response:
    """Answer a command or a click; 401 unless Slack signed it, 400 for a body that is not UTF-8.

    Slack does not sign the request by which it checks the server's certificate: it gets 200, and nothing is done.
    """
    endpoint = cast(SlackEndpoint, request.app.state.slack_endpoint)
    body = await read_body(request, MAX_BYTES, endpoint.body_seconds)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Response(status_code=400)
    times, signatures = map(request.headers.getlist, ("x-slack-request-timestamp", "x-slack-signature"))
    if not endpoint.signatures.accepts(times, signatures, body):
        return Response(status_code=200 if parse_qs(text).get("ssl_check") == ["1"] else 401)
    return await endpoint.handler.handle(request)
