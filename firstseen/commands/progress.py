"""Shows on standard error what a command that takes longer than a moment is doing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Answer = TypeVar("Answer")
Item = TypeVar("Item")

SECONDS_A_LINE = 5.0
"""Outside a terminal a line appears after this time, and again each time it has passed."""

_ITEMS_AN_UPDATE = 1_000


@contextmanager
def progress(text: str, seconds_a_line: float = SECONDS_A_LINE) -> Iterator[Callable[[str], None]]:
    """Show a text while the context lasts: on a terminal with a spinner, elsewhere as a line every few seconds.

    Gives a function that replaces the text.
    """
    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        # Rich would write what goes to standard output, which may be a file, to the terminal as well.
        to_terminal = sys.stdout.isatty()
        with Progress(*columns, console=console, transient=True, redirect_stdout=to_terminal) as shown:
            task = shown.add_task(text, total=None)
            yield lambda replaced: shown.update(task, description=replaced)
        return
    current = [text]
    ended = Event()

    def say() -> None:
        while not ended.wait(seconds_a_line):
            print(current[0], file=sys.stderr, flush=True)

    speaker = Thread(target=say, daemon=True)
    speaker.start()
    try:
        yield lambda replaced: current.__setitem__(0, replaced)
    finally:
        ended.set()
        speaker.join()


def answer_of(question: Coroutine[Any, Any, Answer]) -> Answer:
    """Return the answer of Kafka or another server, and show that the command waits for it."""
    with progress("Waiting for an answer ..."):
        return asyncio.run(question)


@contextmanager
def counted_rows(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """Give the items, and show while the context lasts how many rows were read, up to the last of them."""
    with ExitStack() as stack:
        show = stack.enter_context(progress("Reading rows ..."))

        def counted() -> Iterator[Item]:
            for count, item in enumerate(items, start=1):
                yield item
                if count % _ITEMS_AN_UPDATE == 0:
                    show(f"{count:,} rows read")
            stack.close()  # what follows may show a progress of its own

        yield counted()
