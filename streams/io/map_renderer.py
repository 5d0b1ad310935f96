"""Renders alert maps in a low-priority child process, because rendering is slower than sending an alert.

The child reads one alert per line from standard input. To standard output it writes the length of the PNG in four
bytes, then the PNG; the length is 0 if the alert has no map. It ends when its input ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import IO

from resvg_py import svg_to_bytes

from schemas.alert import AlertEvent
from streams.io.cpu_priority import LOWEST, lower_priority
from streams.notify.map_svg import render_map

_LENGTH_BYTES = 4


class MapRendererError(RuntimeError):
    """The child process has ended. The next map starts another."""


class MapRenderer:
    """Renders one map at a time. The first map starts the child process."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._users = 0

    async def render(self, alert: AlertEvent) -> bytes | None:
        """Return the map of an alert as a PNG, or None if it has no map. Raises MapRendererError."""
        if self._child is None:
            raise MapRendererError("the renderer is not running")
        # A map is read to its end even if its caller is cancelled. Otherwise the next caller would receive it.
        return await self._child.in_its_thread(alert.to_bytes() + b"\n")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Permit rendering within this context. The child process ends when the last open context ends."""
        self._users += 1
        self._child = self._child or _Child()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._child.end()
                self._child = None


class _Child:
    """The child process, and the thread that talks to it.

    It does not use the shared threads: waiting maps would fill them, and host names are looked up in them.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "maps")
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    async def in_its_thread(self, line: bytes) -> bytes | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._render, line)

    def end(self) -> None:
        """End the child, without a wait: at the lowest priority, it may take long to end."""
        self._is_over = True
        if self._process:
            self._process.kill()
        self._thread.submit(self._stop)
        self._thread.shutdown(wait=False)

    def _render(self, line: bytes) -> bytes | None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C on the terminal does not reach it
            )
        requests, responses = self._process.stdin, self._process.stdout
        assert requests
        assert responses
        try:
            if self._is_over:  # it ended while the process was started
                raise BrokenPipeError
            requests.write(line)
            requests.flush()
            length = int.from_bytes(_exactly(responses, _LENGTH_BYTES), "big")
            return _exactly(responses, length) if length else None
        except OSError as error:
            self._stop()
            raise MapRendererError("the rendering process has ended") from error

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(OSError):  # the child did not read its last request
                        pipe.close()
            process.wait()


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    """Return exactly ``size`` bytes. Raises BrokenPipeError if there are fewer."""
    content = pipe.read(size)
    if len(content) < size:
        raise BrokenPipeError
    return content


@lru_cache(maxsize=256)  # about 70 kB each
def _to_png(svg: str) -> bytes:
    return bytes(svg_to_bytes(svg_string=svg))


def main() -> None:
    """Render the alerts on standard input until it ends."""
    lower_priority(LOWEST)
    for line in sys.stdin.buffer:
        svg = render_map(AlertEvent.from_bytes(line))
        png = _to_png(svg) if svg else b""
        sys.stdout.buffer.write(len(png).to_bytes(_LENGTH_BYTES, "big") + png)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
