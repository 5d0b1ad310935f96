"""Shows on standard error what a command that takes longer than a moment is doing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console

SECONDS_A_LINE = 5.0
"""Outside a terminal a line appears after this time, and again each time it has passed."""


@contextmanager
def progress(text: str, seconds_a_line: float = SECONDS_A_LINE) -> Iterator[Callable[[str], None]]:
    """Show a text while the context lasts: on a terminal with a spinner, elsewhere as a line every few seconds.

    Gives a function that replaces the text.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(text) as status:
            yield status.update
        return
    shown = [text]
    ended = Event()

    def say() -> None:
        while not ended.wait(seconds_a_line):
            print(shown[0], file=sys.stderr, flush=True)

    speaker = Thread(target=say, daemon=True)
    speaker.start()
    try:
        yield lambda replaced: shown.__setitem__(0, replaced)
    finally:
        ended.set()
        speaker.join()
