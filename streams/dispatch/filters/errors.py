"""What is told of a text that is not understood: which part, why, and the nearest text that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from streams.dispatch.filters.tokens import FilterSyntaxError, edited
from streams.similar_names import Names

LONGEST = 2000
"""Characters of a text."""
_LONGEST_SHOWN = 100
_REPAIRS = 8


@dataclass(frozen=True, slots=True)
class FilterError:
    """A text is not understood."""

    what: str
    """The part that is not, verbatim; shortened to 100 characters."""
    why: str
    """One sentence."""
    nearest: str | None
    """The whole text with that part mended, so that it is understood; None when nobody can tell how."""


def error_text(mistake: FilterError) -> str:
    """Return a mistake as one line of plain text: part, reason and what to write instead."""
    nearest = f" Write: {mistake.nearest}" if mistake.nearest is not None else ""
    line = f"Not understood: {mistake.what}. {mistake.why}{nearest}"
    return "".join(one if one.isprintable() else " " for one in line)


def cleaned(text: str) -> str:
    """Return the text with a plain space for each line break and tab."""
    # Only those that are control characters too: a group's name may hold any other space.
    return "".join(" " if one.isspace() and (one < " " or "\x7f" <= one <= "\x9f") else one for one in text)


def check(text: str) -> None:
    """Raise MisreadError for a text that cannot be read at all."""
    if len(text) > LONGEST:
        raise FilterSyntaxError(text, f"It is longer than {LONGEST:,} characters.")
    if halves := [one for one in text if "\ud800" <= one <= "\udfff"]:
        raise FilterSyntaxError(ascii(halves[0])[1:-1], "It is half of a character.")


def filter_error(text: str, error: FilterSyntaxError, read: Callable[[str], object]) -> FilterError:
    """Return what is told of an error; ``read`` reads a text as a whole, and raises MisreadError."""
    what = error.what if len(error.what) <= _LONGEST_SHOWN else f"{error.what[: _LONGEST_SHOWN - 1]}…"
    return FilterError(what, error.why, _nearest(text, error, read))


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """A group that a subscription names, and nobody knows."""

    name: str
    """As it is written."""
    near: str | None
    """The known name that looks most like it; None when none does."""

    @property
    def sentence(self) -> str:
        """What is told of it."""
        perhaps = f"; perhaps you mean {self.near}" if self.near else ""
        return f"No group is called {self.name} yet{perhaps}."


def unknown_groups(groups: Iterable[str], known: Names | None) -> Iterator[UnknownGroup]:
    """Yield the groups that are not known, each once; none when no group is known at all."""
    for group in dict.fromkeys(groups) if known else ():
        if known is not None and group not in known:
            yield UnknownGroup(group, next(iter(known.like(group, most=1)), None))


def _nearest(text: str, error: FilterSyntaxError, read: Callable[[str], object]) -> str | None:
    """Return the text mended part after part until it is understood."""
    for _ in range(_REPAIRS):
        if not error.edits:
            return None
        text = edited(text, error.edits)
        try:
            read(text)
        except FilterSyntaxError as another:
            error = another
        else:
            return text or None  # nothing at all is understood too, and nobody means it
    return None
