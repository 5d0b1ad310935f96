"""CloudEvents in binary mode over HTTP: turns ``ce-...`` headers into the headers of Kafka's binding, in plain UTF-8.

HTTP headers are ASCII, so the HTTP protocol binding 1.0.2 (3.1.3.2) percent-encodes their values, and older senders
quote them. Kafka's headers hold bytes, and its binding encodes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from faust_batches.step import Headers
from streams.intake.cloudevents import is_whole_event

_PREFIX = "ce-"
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def event_headers(headers: Mapping[str, str]) -> Headers:
    """Return a binary-mode event's attributes as headers of a Kafka record; empty for another request.

    Names of HTTP headers are case-insensitive. A request whose content type is a whole event or a batch is not in
    binary mode, whatever its other headers.
    """
    named = [(name.lower(), value) for name, value in headers.items()]
    content_type = next((value for name, value in named if name == "content-type"), "")
    if is_whole_event(content_type.encode("latin-1", errors="replace")):
        return ()
    attributes = tuple(
        (f"ce_{name.removeprefix(_PREFIX)}", decode(value)) for name, value in named if name.startswith(_PREFIX)
    )
    return attributes if any(name == "ce_specversion" for name, _ in attributes) else ()


def decode(value: str) -> bytes:
    """Return the bytes that a header value encodes: UTF-8, if the sender follows the binding.

    Removes quotes around the value and the backslashes within, then decodes percent signs, once. A character outside
    ASCII stands for the byte that the client sent.
    """
    if quoted := _QUOTED.fullmatch(value):
        value = _ESCAPED.sub(r"\1", quoted[1])
    return unquote_to_bytes(value.encode("latin-1", errors="replace"))
