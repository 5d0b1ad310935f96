"""The kinds of problems that the server reports, as one table. ``/problems/...`` shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PATH = "/problems"

Slug = Literal[
    "invalid-request",
    "invalid-parameter",
    "unknown-parameter",
    "invalid-filter",
    "unknown-host",
    "credentials-required",
    "forbidden",
    "not-found",
    "method-not-allowed",
    "request-timeout",
    "idempotency-conflict",
    "length-required",
    "too-large",
    "unsupported-media-type",
    "too-many-requests",
    "server-error",
    "unavailable",
]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem (RFC 9457)."""

    title: str
    status: int
    meaning: str
    """What it says, as a sentence."""
    remedy: str
    """What a client does about it, as a sentence."""


PROBLEM_TYPES: Mapping[Slug, ProblemType] = {
    "invalid-request": ProblemType(
        "The request cannot be read",
        400,
        "The body or a header of the request has a form that the server does not read.",
        "Correct what `detail` names. Sending the same request again does not help.",
    ),
    "invalid-parameter": ProblemType(
        "A parameter has an invalid value",
        400,
        "A query parameter or a part of the path has a value that this address does not accept.",
        "Read `errors`: `parameter` and `value` say what was sent, and `nearest` is the closest valid value.",
    ),
    "unknown-parameter": ProblemType(
        "There is no such parameter",
        400,
        "The query has a parameter that this address does not know. The server refuses it, because a response without "
        "it would show more than was asked for.",
        "Read `errors`: `nearest` is the closest parameter of this address.",
    ),
    "invalid-filter": ProblemType(
        "The filter is not understood",
        400,
        "The text of `filter` is not in the filter language.",
        "Read `errors`: the part that begins at `position` is invalid, and `nearest` is the closest valid filter.",
    ),
    "unknown-host": ProblemType(
        "The server does not answer to this name",
        400,
        "The `Host` header holds a name that the operator did not allow.",
        "Use the address that the operator published; the operator sets it with `FIRSTSEEN_PAGE_URL`.",
    ),
    "credentials-required": ProblemType(
        "The token or the key is missing or wrong",
        401,
        "Reading needs the read token, and publishing needs the key of a producer.",
        "Send `Authorization: Bearer TOKEN` with the token or the key that the operator gave you.",
    ),
    "forbidden": ProblemType(
        "The key is not for this",
        403,
        "The key is valid, but for another source.",
        "Use the key of the source that you ask about.",
    ),
    "not-found": ProblemType(
        "There is nothing at this address",
        404,
        "The path, or the alert, group or country that it names, does not exist, or the server has not read it yet.",
        "Check the address; `errors` has the closest name if there is one. `/api/v1` lists all addresses.",
    ),
    "method-not-allowed": ProblemType(
        "The address does not take this method",
        405,
        "The address exists, but not for this method.",
        "Use one of the methods in the `Allow` header.",
    ),
    "request-timeout": ProblemType(
        "The body did not arrive in time", 408, "The client took too long to send the body.", "Send the request again."
    ),
    "idempotency-conflict": ProblemType(
        "The Idempotency-Key was used for another body",
        409,
        "The same key came with another body a short time ago.",
        "Use a new key for a new request.",
    ),
    "length-required": ProblemType(
        "There is no Content-Length",
        411,
        "The server takes only bodies whose length is known in advance.",
        "Send a `Content-Length` header.",
    ),
    "too-large": ProblemType(
        "The body is too large", 413, "The body is larger than the server accepts.", "Split it into several requests."
    ),
    "unsupported-media-type": ProblemType(
        "The body is not JSON",
        415,
        "`Content-Type` or `Content-Encoding` says that the body is not uncompressed JSON in UTF-8.",
        "Send JSON as `application/json`, uncompressed.",
    ),
    "too-many-requests": ProblemType(
        "Too many requests from this address",
        429,
        "The address sent more than 30 requests a second, after a burst of 300, or has half of all event streams open.",
        "Wait for as many seconds as `Retry-After` says, or close streams that nobody reads.",
    ),
    "server-error": ProblemType(
        "The server failed",
        500,
        "An error in the server; its log has the details.",
        "Report it to the operator.",
    ),
    "unavailable": ProblemType(
        "The server cannot answer at the moment",
        503,
        "The server reads its history, has lost Kafka, or has too much to do.",
        "Wait for as many seconds as `Retry-After` says, and ask again.",
    ),
}

_BY_STATUS: dict[int, Slug] = {kind.status: slug for slug, kind in reversed([*PROBLEM_TYPES.items()])}


def slug_of(status: int) -> Slug | None:
    """Return the general type of a status: of several the first; None if there is none."""
    return _BY_STATUS.get(status)
