"""Draws maps in a process of its own that steps back for all others: to draw one takes longer than to tell an alert.

That process reads an alert a line from its standard input, and answers on its standard output with four bytes for the
length and the PNG; a length of 0 when there is nothing to draw. It ends with its input, so it outlives nobody.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import IO

from resvg_py import svg_to_bytes

from schemas.alert import AlertEvent
from streams.io.cpu_priority import LOWEST, lower_priority
from streams.notify.map_svg import render_map

_LENGTH_BYTES = 4


class MapRendererError(RuntimeError):
    """The process that draws has ended. Another is started for the next map."""


class MapRenderer:
    """Draws one map at a time; the process is started for the first."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._users = 0

    async def render(self, alert: AlertEvent) -> bytes | None:
        """Return the map of an alert as a PNG, None where there is none. Raises ArtistError."""
        # In a thread, which is not given up half-way: what it leaves unread would be taken for the next answer.
        return await asyncio.to_thread(self._render, alert.to_bytes() + b"\n")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let maps be drawn in this context; with the last of several the process ends."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                if self._process:
                    self._process.kill()
                with self._turn:  # not in a thread: whoever is cancelled once more would not wait for it
                    self._end()

    def _render(self, line: bytes) -> bytes | None:
        with self._turn:
            if not self._users:
                raise MapRendererError("nobody waits for it any more")
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # a Ctrl-C on the terminal is not for it
                )
            asked, answers = self._process.stdin, self._process.stdout
            assert asked
            assert answers
            try:
                asked.write(line)
                asked.flush()
                length = int.from_bytes(_exactly(answers, _LENGTH_BYTES), "big")
                return _exactly(answers, length) if length else None
            except OSError as error:
                self._end()
                raise MapRendererError("the process that draws has ended") from error

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(OSError):  # what it was asked last was never read
                        pipe.close()
            process.wait()


def _exactly(answers: IO[bytes], size: int) -> bytes:
    """Return so many bytes. Raises BrokenPipeError when there are fewer."""
    found = answers.read(size)
    if len(found) < size:
        raise BrokenPipeError
    return found


@lru_cache(maxsize=256)  # some 70 kB each
def _rendered(svg: str) -> bytes:
    return bytes(svg_to_bytes(svg_string=svg))


def main() -> None:
    """Draw whatever is asked for on the standard input, until that ends."""
    lower_priority(LOWEST)
    for line in sys.stdin.buffer:
        svg = render_map(AlertEvent.from_bytes(line))
        png = _rendered(svg) if svg else b""
        sys.stdout.buffer.write(len(png).to_bytes(_LENGTH_BYTES, "big") + png)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
