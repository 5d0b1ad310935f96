"""In which format a column writes its days, inferred from all of its cells; day or month first only when they tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from firstseen.importers.cells import CellError, as_days, turned
from firstseen.importers.tables import Cell

ISO = ""
"""ISO 8601, and the date cells of a workbook: no format is needed."""

_DAYS = tuple(
    order.replace("-", mark)
    for mark in "/.-"
    for order in ("%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%Y-%m-%d", "%Y-%d-%m", "%d-%b-%Y", "%d-%b-%y")
)
_OTHERS = (
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d %m %Y", "%Y%m%d",
    "%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%b %Y", "%B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S")
_MOST_KNOWN = 100_000
_CANDIDATES = (ISO, *(f"{day}{time}" for time in _TIMES for day in _DAYS if f"{day}{time}" != "%Y-%m-%d"), *_OTHERS)


_MOST_FORMATS = 4


@dataclass(slots=True)
class DayFormats:
    """Counts which formats fit the cells of a column."""

    cells: int = 0
    """How many cells are not blank."""
    _fits: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Take one cell that is not blank."""
        self.cells += 1
        text = str(cell)
        fitting = self._known.get(text)
        if fitting is None:
            fitting = _fitting(cell)
            if len(self._known) < _MOST_KNOWN:
                self._known[text] = fitting
        self._fits[fitting] += 1

    @property
    def holds_days(self) -> bool:
        """Whether more than half of the cells are days."""
        return (self.cells - self._fits[()]) * 2 > self.cells

    def choose(self) -> list[tuple[str, ...]]:
        """Return the formats that read the most cells, the best first.

        Each is alone, or has beside it the one with day and month in the other order, which reads as many.
        """
        left = Counter({fitting: count for fitting, count in self._fits.items() if fitting})
        chosen: list[tuple[str, ...]] = []
        while left and len(chosen) < _MOST_FORMATS:
            best = _best(left)
            chosen.append(best)
            used = {*best, *map(turned, best)}
            used |= {one.replace("%Y", "%y") for one in used}
            left = Counter({fitting: count for fitting, count in left.items() if not used.intersection(fitting)})
        return chosen


def _best(left: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    by_format = Counter[str]()
    for fitting, count in left.items():
        for one in fitting:
            by_format[one] += count
    most = max(by_format.values())
    first, *others = (one for one in sorted(_CANDIDATES, key=_has_short_year) if by_format[one] == most)
    return (first, turned(first)) if turned(first) in others else (first,)


def _has_short_year(format_: str) -> bool:
    return "%y" in format_


def _fitting(cell: Cell) -> tuple[str, ...]:
    if isinstance(cell, float | date):
        return (ISO,) if _reads(cell, ISO) else ()
    return tuple(one for one in _CANDIDATES if _reads(cell, one))


def _reads(cell: Cell, format_: str) -> bool:
    try:
        days = as_days(cell, (format_,) if format_ else ())
    except CellError:
        return False
    return "1900" <= days[:4] <= "2100"
