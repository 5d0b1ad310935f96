"""``POST /slack/events``: Slack's commands and clicks over HTTP, each with Slack's signature.

Checks their size, signature and form (:mod:`web.slack_app.payloads`), then hands them to the Slack app
(:mod:`web.slack_app.handlers`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from web.http.request_body import read_body
from web.slack_app.payloads import payload_problem
from web.slack_app.signatures import SignatureCheck

MAX_BYTES = 2**18
"""A request from Slack has a few kB."""

_log = logging.getLogger(__name__)

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SlackEndpoint:
    """The handler of Slack's requests. The app keeps it in ``app.state.slack_endpoint``."""

    slack: AsyncApp
    signatures: SignatureCheck
    own_host: str | None
    """Another host of a ``response_url``; None: only Slack's."""
    body_seconds: float
    """How long a body may take to arrive."""


@router.post("/slack/events", include_in_schema=False)
async def receive_slack_request(request: Request) -> Response:
    """Answer a command or a click; 401 unless Slack signed it, 400 with the reason for a body that is malformed.

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
    try:
        read = AsyncBoltRequest(body=text, headers={"content-type": request.headers.get("content-type", "")})
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # slack-bolt trusts what it reads
        return _malformed("it is not a payload of Slack")
    if found := payload_problem(read.body, endpoint.own_host):
        return _malformed(found)
    return to_starlette_response(await endpoint.slack.async_dispatch(read))


def _malformed(why: str) -> Response:
    _log.warning("A signed request from Slack is malformed: %s", why)
    return Response(f"The request is malformed: {why}.", status_code=400, media_type="text/plain")
