"""Draws maps in a process of its own that steps back for all others: to draw one takes longer than to tell an alert.

That process reads an alert a line from its standard input, and answers on its standard output with four bytes for the
length and the PNG; a length of 0 when there is nothing to draw. It ends with its input, so it outlives nobody.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import lru_cache

from resvg_py import svg_to_bytes

from schemas.alert import AlertEvent
from streams.slack.picture import picture

_LENGTH_BYTES = 4
_LOWEST_PRIORITY = 19
_WITHIN_SECONDS = 60.0


class ArtistError(RuntimeError):
    """The process that draws has ended or does not answer. Another is started for the next map."""


class Artist:
    """Draws one map at a time; the process is started for the first."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def draw(self, alert: AlertEvent) -> bytes | None:
        """Return the map of an alert as a PNG, None where there is none. Raises ArtistError."""
        async with self._turn:
            try:
                async with asyncio.timeout(_WITHIN_SECONDS):
                    return await self._ask(alert.to_bytes() + b"\n")
            except (asyncio.IncompleteReadError, OSError) as error:  # a timeout is an OSError
                await self.close()
                msg = f"the process that draws did not answer ({type(error).__name__})"
                raise ArtistError(msg) from error
            except BaseException:
                await self.close()  # its answer would be taken for that of the next
                raise

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, line: bytes) -> bytes | None:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C on the terminal is not for it
            )  # fmt: skip
        asked, answers = self._process.stdin, self._process.stdout
        assert asked
        assert answers
        asked.write(line)
        await asked.drain()
        length = int.from_bytes(await answers.readexactly(_LENGTH_BYTES), "big")
        return await answers.readexactly(length) if length else None


@lru_cache(maxsize=256)  # some 70 kB each
def _rendered(svg: str) -> bytes:
    return bytes(svg_to_bytes(svg_string=svg))


def main() -> None:
    """Draw whatever is asked for on the standard input, until that ends."""
    os.nice(_LOWEST_PRIORITY)
    for line in sys.stdin.buffer:
        svg = picture(AlertEvent.from_bytes(line))
        png = _rendered(svg) if svg else b""
        sys.stdout.buffer.write(len(png).to_bytes(_LENGTH_BYTES, "big") + png)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
