"""Errors over HTTP as RFC 9457 has them: ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import Response


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer: what is wrong, and what to do."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(orjson.dumps(told), status, dict(headers or {}), "application/problem+json")
