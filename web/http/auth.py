"""Authentication: the read token of the whole page, and the keys of producers."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.notify import unsubscribe
from web.http.problem import problem
from web.http.problem_types import PATH

_SIGHTINGS = "/api/v1/sightings"
_REJECTIONS = "/api/v1/rejections"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Firstseen", charset="UTF-8"'}


class ReadTokenAuth:
    """ASGI middleware: responds with 401 without the read token.

    Clients send it as a bearer token, or as the password of any user name, which browsers prompt for.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and not _is_public(scope):
            token = _credentials(Headers(scope=scope).get("authorization", ""))
            if token is None or not hmac.compare_digest(token, self._token):
                detail = (
                    "Reading needs the read token: send `Authorization: Bearer TOKEN`, or the token as the password of "
                    "any user."
                )
                await problem(401, detail, _CHALLENGE)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def authenticates_itself(scope: Scope) -> bool:
    """Whether the route checks the sender itself: by Slack's signature, a producer's key or a signed link."""
    path: str = scope["path"]
    if path in {"/slack/events", _REJECTIONS} or path.startswith(unsubscribe.PATH):
        return True
    return path == _SIGHTINGS and scope["method"] == "POST"


def source_of_key(key: str, keys: Mapping[str, str]) -> str | None:
    """Return the source that a producer's key may write for, or None for an unknown key; ``keys`` are by source.

    An empty key, which is also the key of a request without one, is never known.
    """
    sources = [source for source, known in keys.items() if known and hmac.compare_digest(known.encode(), key.encode())]
    return sources[0] if sources else None


def _is_public(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == "/health" or path.startswith(PATH) or authenticates_itself(scope)


def _credentials(authorization: str) -> bytes | None:
    # Not fastapi.security.HTTPBasic: it accepts ASCII passwords only, and a token may be any UTF-8 text (RFC 7617).
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip().encode()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None
