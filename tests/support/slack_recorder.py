"""A Slack Web API for tests that need fixed message ids: records every request and answers by channel."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

THROTTLED = "C0THROTTLED"
"""A channel that Slack throttles: its messages stay in the outbox."""

ARCHIVED = "C0ARCHIVED"
"""A channel that does not exist any more."""

_FIRST_SECOND = 1_583_000_000


@dataclass(slots=True)
class SlackRecorder:
    """The requests so far. The n-th message of a channel always has the same time stamp."""

    throttled: str | None = THROTTLED
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Method and arguments."""
    _posted: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, arguments: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        channel = str(arguments.get("channel"))
        with self._lock:
            self.requests.append((method, arguments))
            if method.startswith("files."):
                return 200, {"ok": False, "error": "missing_scope"}
            if channel == self.throttled:
                return 429, {"ok": False, "error": "ratelimited"}
            if channel == ARCHIVED:
                return 200, {"ok": False, "error": "is_archived"}
            if method == "chat.postMessage":
                self._posted[channel] += 1
        ts = arguments.get("ts") or f"{_FIRST_SECOND}.{self._posted[channel]:06}"
        return 200, {"ok": True, "channel": channel, "ts": ts, "message": {}, "messages": [], "has_more": False}

    def sent(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of the requests of a method, except those to a throttled channel."""
        return [found for name, found in self.requests if name == method and found.get("channel") != self.throttled]


@contextmanager
def slack_recorder(recorder: SlackRecorder) -> Iterator[str]:
    """Serve on loopback; gives the address of the API."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in (self.headers.get("Content-Type") or "")
            self._answer(json.loads(body) if is_json else dict(parse_qsl(body.decode())))

        def do_GET(self) -> None:
            self._answer(dict(parse_qsl(urlsplit(self.path).query)))

        def _answer(self, arguments: dict[str, Any]) -> None:
            method = urlsplit(self.path).path.rpartition("/")[2]
            status, answer = recorder.answer(method, arguments)
            content = json.dumps(answer).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "3600")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/"
    finally:
        server.shutdown()
        server.server_close()
