"""In which format a column writes its days, inferred from all of its cells; day or month first only when they tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from firstseen.importers.cells import CellError, as_days
from firstseen.importers.tables import Cell

ISO = ""
"""ISO 8601, and the date cells of a workbook: no format is needed."""

_DAYS = tuple(
    order.replace("-", mark)
    for mark in "/.-"
    for order in ("%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%Y-%m-%d", "%Y-%d-%m", "%d-%b-%Y", "%d-%b-%y")
)
_OTHERS = (
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d %m %Y", "%Y%m%d", "%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%b %Y",
    "%B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S")
_CANDIDATES = (ISO, *(f"{day}{time}" for time in _TIMES for day in _DAYS if f"{day}{time}" != "%Y-%m-%d"), *_OTHERS)


@dataclass(slots=True)
class DayFormats:
    """Counts which formats fit the cells of a column."""

    cells: int = 0
    """How many cells are not blank."""
    fits: Counter[str] = field(default_factory=Counter)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Take one cell that is not blank."""
        self.cells += 1
        if isinstance(cell, datetime | date):
            self.fits[ISO] += 1
            return
        text = str(cell)
        if text not in self._known and len(self._known) < 100_000:
            self._known[text] = _fitting(cell)
        self.fits.update(self._known[text] if text in self._known else _fitting(cell))

    @property
    def best(self) -> list[str]:
        """Return the format that fits the most cells, or several that fit equally many; none: it holds no days."""
        most = max(self.fits.values(), default=0)
        if most * 2 <= self.cells:
            return []
        found = [one for one in _CANDIDATES if self.fits[one] == most]
        if ISO in found:
            return [ISO]
        whole_years = [one for one in found if "%Y" in one]
        return whole_years or found


def _fitting(cell: Cell) -> tuple[str, ...]:
    if isinstance(cell, float):
        return (ISO,) if _reads(cell, ISO) else ()
    return tuple(one for one in _CANDIDATES if _reads(cell, one))


def _reads(cell: Cell, format_: str) -> bool:
    try:
        days = as_days(cell, (format_,) if format_ else ())
    except CellError:
        return False
    return "1900" <= days[:4] <= "2100"
