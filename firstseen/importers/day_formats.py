"""Infers the format of a column's days from all its cells; day or month first only if the cells decide it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from firstseen.importers.cells import CellError, as_days, as_text, swap_day_and_month
from firstseen.importers.tables import Cell

ISO = ""
"""ISO 8601 and date cells of a workbook, which need no format."""

_DAYS = tuple(
    order.replace("-", mark)
    for mark in "/.-"
    for order in ("%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%Y-%m-%d", "%d-%b-%Y", "%d-%b-%y")
)
_OTHERS = (
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d %m %Y", "%Y%m%d",
    "%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%b %Y", "%B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_MAX_TO_DOUBT = 300
_LONGEST_DAY = 40
_CANDIDATES = (ISO, *(f"{day}{time}" for time in _TIMES for day in _DAYS if f"{day}{time}" != "%Y-%m-%d"), *_OTHERS)


_LATE_DAY = re.compile(r"(?<!\d)(?:29|3[01])(?!\d)")
_MAX_FORMATS = 4


@dataclass(slots=True)
class DayFormats:
    """Collects the cells of a column and finds the formats that fit them."""

    cells: int = 0
    """How many cells are not blank."""
    _days: int = 0
    _texts: Counter[str] = field(default_factory=Counter)
    _is_hopeless: bool = False
    _found: Counter[tuple[str, ...]] | None = None

    def add(self, cell: Cell) -> None:
        """Add a cell that is not blank."""
        self.cells += 1
        if isinstance(cell, date):
            self._days += 1
        elif not self._is_hopeless:
            self._texts[as_text(cell)] += 1
            self._is_hopeless = len(self._texts) == _MAX_TO_DOUBT and not self._look_like_days()

    def _look_like_days(self) -> bool:
        return sum(map(_may_be_a_day, self._texts)) * 2 > len(self._texts)

    @property
    def _fits(self) -> Counter[tuple[str, ...]]:
        """Return how many cells each set of formats fits."""
        if self._found is None:
            texts = [text for text in self._texts if not self._is_hopeless and _may_be_a_day(text)]
            fitting = _fitting(texts)
            self._found = Counter({(ISO,): self._days})
            for text in texts:
                self._found[fitting[text]] += self._texts[text]
        return self._found

    @property
    def holds_days(self) -> bool:
        """Whether more than half of the cells are days."""
        return sum(count for fitting, count in self._fits.items() if fitting) * 2 > self.cells

    def choose(self) -> list[tuple[str, ...]]:
        """Return the formats that read the most cells, the best first.

        A format that reads as many cells with day and month in the other order is returned with that other format.
        """
        left = Counter({fitting: count for fitting, count in self._fits.items() if fitting and count})
        chosen: list[tuple[str, ...]] = []
        while left and len(chosen) < _MAX_FORMATS:
            best = _best(left)
            chosen.append(best)
            used = {*best, *map(swap_day_and_month, best)}
            used |= {format_.replace("%Y", "%y") for format_ in used}
            left = Counter({fitting: count for fitting, count in left.items() if not used.intersection(fitting)})
        return chosen


def _best(left: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    by_format = Counter[str]()
    for fitting, count in left.items():
        for format_ in fitting:
            by_format[format_] += count
    most = max(by_format.values())
    first, *others = (format_ for format_ in sorted(_CANDIDATES, key=_has_short_year) if by_format[format_] == most)
    return (first, swap_day_and_month(first)) if swap_day_and_month(first) in others else (first,)


def _has_short_year(format_: str) -> bool:
    return "%y" in format_


def _may_be_a_day(text: str) -> bool:
    return len(text) <= _LONGEST_DAY and any(map(str.isdecimal, text))


def _fitting(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the formats that fit each text, format by format, because Python caches few patterns."""
    found: dict[str, list[str]] = {text: [] for text in texts}
    has_halves = any(text[-1:] in "mM" for text in texts)
    for format_ in (candidate for candidate in _CANDIDATES if has_halves or "%p" not in candidate):
        for text, formats in found.items():
            # A day that no month has, such as 31/02, decides the order too.
            if _reads(text, format_) or (format_ and _reads(_LATE_DAY.sub("28", text), format_)):
                formats.append(format_)
    return {text: tuple(formats) for text, formats in found.items()}


def _reads(cell: Cell, format_: str) -> bool:
    try:
        days = as_days(cell, (format_,) if format_ else ())
    except CellError:
        return False
    return "1900" <= days[:4] <= "2100"
