"""Prints the result of a command: JSON, indented lines, or the reason why there is no result."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from firstseen.error_exits import printable
from firstseen.exit_codes import Exit
from history.explain import ReadLater
from history.explanation_text import Line
from schemas.record import Record
from schemas.validated_record import ValidatedRecord
from streams.notify.untrusted_text import clean

_PIPED_WIDTH = 1_000
"""Columns of a table that goes to a file or a pipe."""


class Output(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class NotFoundError(LookupError):
    """There is no such record or name. The message says how to find the existing ones."""


def exit_without_answer(
    detail: str,
    suggestions: Sequence[str],
    *,
    output: Output,
    sentence: str = "Did you mean {}?",
    code: Exit = Exit.NEGATIVE,
) -> NoReturn:
    """Print why there is no answer, with suggestions, and end the command with a code. It is never CSV."""
    if output is Output.JSON:
        print_json({"answer": None, "detail": detail, "suggestions": list(suggestions)})
    else:
        said = sys.stderr if output is Output.CSV else sys.stdout
        print(printable(detail), file=said)
        if suggestions:
            print(sentence.format(", ".join(map(clean, suggestions))), file=said)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print dataclasses, named tuples and records as indented JSON, and what is read later while it is read."""
    sys.stdout.writelines(json_parts(value))
    print()


def json_parts(value: Any, line: str = "\n", depth: int = 4) -> Iterator[str]:
    """Yield indented JSON. Each line begins with ``line``; only the first ``depth`` levels hold what is read later."""
    inner, ends = f"{line}  ", "[]"
    entries: Iterable[tuple[str, Any]]
    if isinstance(value, ReadLater):
        entries, depth = (("", entry) for entry in value), 0
    elif depth and isinstance(value, list | tuple) and not hasattr(value, "_asdict"):
        entries = (("", entry) for entry in value)
    elif depth and (is_dataclass(value) or isinstance(value, dict)):
        opened = value if isinstance(value, dict) else entries_of(value)
        entries, ends = ((f"{to_json(key).decode()}: ", entry) for key, entry in opened.items()), "{}"
    else:
        yield to_json(as_plain(value), indent=2).decode().replace("\n", line)
        return
    before = ends[0]
    for name, entry in entries:
        yield f"{before}{inner}{name}"
        yield from json_parts(entry, inner, max(0, depth - 1))
        before = ","
    yield ends if before == ends[0] else f"{line}{ends[1]}"


def entries_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name, as they are."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def as_plain(value: Any) -> Any:
    """Return dataclasses, named tuples and records as dictionaries, and instants with their UTC offset."""
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, ValidatedRecord):
        return value.model_dump(mode="json")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return as_plain(value._asdict())
    if is_dataclass(value):
        return as_plain(entries_of(value))
    if isinstance(value, dict):
        return {key: as_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value


def print_applied(what: str, applied: Iterable[str], removed: Iterable[str], kept: Sequence[str]) -> None:
    """Print what a command changed to make the system agree with a file of ``what``; ``kept`` is not in the file."""
    lines = [*(f"applied {entry}" for entry in applied), *(f"removed {clean(name)}" for name in removed)]
    print("\n".join(lines) or f"nothing to do: the {what} agree with the file")
    if kept:
        print(f"kept, but not in the file: {', '.join(map(clean, kept))}. --prune removes them.")


def unwrapped_console() -> Console:
    """Return a console that wraps lines only on a terminal, not in a file or a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPED_WIDTH)


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines with their indentation, which wrapped lines keep. In a file or a pipe no line is wrapped."""
    console = unwrapped_console()
    for line in lines:
        text = Text(line.text, style=line.style)
        if console.is_terminal:
            console.print(Padding(text, (0, 0, 0, 2 * line.depth)))
        else:
            print(f"{'  ' * line.depth}{line.text}")
