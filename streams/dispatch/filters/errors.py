"""Errors in a filter: the invalid part, the reason, and the closest valid text. Also lists unknown groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from streams.dispatch.filters.tokens import FilterSyntaxError, apply_edits
from streams.similar_names import Names

LONGEST = 2000
"""Longest text in characters."""
_LONGEST_PART = 100
_MAX_REPAIRS = 8


@dataclass(frozen=True, slots=True)
class FilterError:
    """A text is not a valid filter."""

    part: str
    """The invalid part, verbatim; shortened to 100 characters."""
    reason: str
    """One sentence."""
    nearest: str | None
    """The whole text with that part corrected, which is valid; None if no correction is known."""
    start: int = 0
    """Position of the part in the text, in characters from 0."""


def error_text(error: FilterError) -> str:
    """Return an error as one line of plain text: part, reason and what to write instead."""
    nearest = f" Write: {error.nearest}" if error.nearest is not None else ""
    line = f"Not understood: {error.part}. {error.reason}{nearest}"
    return "".join(character if character.isprintable() else " " for character in line)


def with_plain_spaces(text: str) -> str:
    """Return the text with a plain space for each line break and tab."""
    return "".join(" " if _is_control_space(character) else character for character in text)


def _is_control_space(character: str) -> bool:
    # The name of a group may contain any other space.
    return character.isspace() and (character < " " or "\x7f" <= character <= "\x9f")


def check_text(text: str) -> None:
    """Raise FilterSyntaxError for a text that is too long or not valid Unicode."""
    if len(text) > LONGEST:
        raise FilterSyntaxError(text, f"It is longer than {LONGEST:,} characters.")
    if surrogates := [character for character in text if "\ud800" <= character <= "\udfff"]:
        raise FilterSyntaxError(ascii(surrogates[0])[1:-1], "It is half of a character.")


def filter_error(text: str, error: FilterSyntaxError, read: Callable[[str], object]) -> FilterError:
    """Return the error to show; ``read`` parses a whole text and raises FilterSyntaxError."""
    part = error.part if len(error.part) <= _LONGEST_PART else f"{error.part[: _LONGEST_PART - 1]}…"
    return FilterError(part, error.reason, _nearest(text, error, read), _position(text, error))


def _position(text: str, error: FilterSyntaxError) -> int:
    """Return the position of the invalid part: of several equal parts, the one nearest to the first correction."""
    edit = min((start for start, _, _ in error.edits), default=0)
    places = [place for place in range(len(text)) if text.startswith(error.part, place)] if error.part else []
    return min(places, key=lambda place: (abs(place - edit), place), default=min(edit, len(text)))


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """A group that a subscription names and that is neither registered nor in any sighting."""

    name: str
    """As written in the filter."""
    near: str | None
    """The most similar known name; None if no name is similar."""

    @property
    def sentence(self) -> str:
        """The warning about it."""
        hint = f" Did you mean {self.near}?" if self.near else ""
        return f"No group is called {self.name} yet.{hint}"


def unknown_groups(groups: Iterable[str], known: Names | None) -> Iterator[UnknownGroup]:
    """Yield each unknown group once; none if no name is known."""
    for group in dict.fromkeys(groups) if known else ():
        if known is not None and group not in known:
            yield UnknownGroup(group, next(iter(known.like(group, most=1)), None))


def _nearest(text: str, error: FilterSyntaxError, read: Callable[[str], object]) -> str | None:
    """Return the text corrected part by part until it is valid."""
    for _ in range(_MAX_REPAIRS):
        if not error.edits:
            return None
        text = apply_edits(text, error.edits)
        try:
            read(text)
        except FilterSyntaxError as another:
            error = another
        else:
            return text or None  # an empty text is valid but never what was meant
    return None
