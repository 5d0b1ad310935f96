"""CloudEvents in binary mode over HTTP: headers ``ce-...`` become those that Kafka's binding has, in plain UTF-8.

HTTP headers are ASCII, so the HTTP protocol binding 1.0.2 (3.1.3.2) percent-encodes what they hold, and older senders
put it in quotes. Kafka's headers hold bytes, and its binding encodes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from faust_batches.step import Headers
from streams.intake.events import is_whole_event

_PREFIX = "ce-"
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def event_headers(headers: Mapping[str, str]) -> Headers:
    """Return the attributes of an event in binary mode as headers of a Kafka record; none when it is no such event.

    The names of HTTP headers know no difference of case. A request that says by its type that its body is a whole event
    or a batch is not in binary mode, whatever headers it has.
    """
    named = [(name.lower(), value) for name, value in headers.items()]
    kind = next((value for name, value in named if name == "content-type"), "")
    if is_whole_event(kind.encode("latin-1", errors="replace")):
        return ()
    found = tuple((f"ce_{name[len(_PREFIX) :]}", decoded(value)) for name, value in named if name.startswith(_PREFIX))
    return found if any(name == "ce_specversion" for name, _ in found) else ()


def decoded(value: str) -> bytes:
    """Return the bytes that a header's value stands for: UTF-8, if its sender keeps to the binding.

    First quotes around it go, with the backslashes within, then percent signs are decoded, once. A character that is
    not ASCII stands for the byte that the client sent.
    """
    if quoted := _QUOTED.fullmatch(value):
        value = _ESCAPED.sub(r"\1", quoted[1])
    return unquote_to_bytes(value.encode("latin-1", errors="replace"))
