"""Releases of UCDP GED: which is newer, which revision its rows have, and which events it covers.

A row's revision is its release in digits, with room for 100 imports of the same release: 24.1 is 241000xx, 24.0.3 is
240030xx and 24.01.24.03 is 240031xx. So a yearly release stands above the candidates of its year's number, and any
release above those of the years before.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

IMPORTS = 100
"""So many revisions one release has: the first import and those that correct it."""

_YEARLY = re.compile(r"(1[7-9]|[2-9][0-9])\.([1-9])")
_MONTHLY = re.compile(r"(1[7-9]|[2-9][0-9])\.0\.(0?[1-9]|1[0-2])")
_MONTHS = re.compile(r"(1[7-9]|[2-9][0-9])\.(0[1-9]|1[0-2])\.(1[7-9]|[2-9][0-9])\.(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Release:
    """One release."""

    name: str
    """As UCDP writes it."""
    revision: int
    """The lowest revision of its rows."""
    is_yearly: bool
    """True: checked and complete from the beginning. False: candidate events of some months."""
    first_day: date
    """The first day of the events that it covers."""
    last_day: date
    """The last such day, itself in."""

    @property
    def next_revision(self) -> int:
        """The lowest revision that is above all of its own."""
        return self.revision + IMPORTS


def read_release(text: str) -> Release:
    """Read ``24.1`` (yearly), ``24.0.3`` (candidates of a month) or ``24.01.24.03`` (of several months).

    Raises ValueError with a sentence that says what was expected.
    """
    text = text.strip().removeprefix("v")
    if found := _YEARLY.fullmatch(text):
        year, number = int(found[1]), int(found[2])
        return Release(text, _revision(year, number, 0, 0), True, date.min, date(1999 + year, 12, 31))
    if found := _MONTHLY.fullmatch(text):
        return _candidates(text, (int(found[1]), int(found[2])), (int(found[1]), int(found[2])), several=0)
    if (found := _MONTHS.fullmatch(text)) and (found[1], found[2]) <= (found[3], found[4]):
        return _candidates(text, (int(found[1]), int(found[2])), (int(found[3]), int(found[4])), several=1)
    msg = (
        f"{text[:40]!r} is no release of UCDP GED: write 24.1 for a yearly one, 24.0.3 for the candidates of a month, "
        "24.01.24.03 for those of several months"
    )
    raise ValueError(msg)


def is_yearly(revision: int) -> bool:
    """Say whether a revision is that of a yearly release."""
    return revision // (1000 * IMPORTS) % 10 > 0 and revision >= _revision(17, 1, 0, 0)


def is_of_a_release(revision: int) -> bool:
    """Say whether a revision tells of which release it is."""
    return revision >= _revision(17, 0, 0, 0)


def _candidates(text: str, first: tuple[int, int], last: tuple[int, int], *, several: int) -> Release:
    (first_year, first_month), (last_year, last_month) = first, last
    end = calendar.monthrange(2000 + last_year, last_month)[1]
    return Release(
        text,
        _revision(last_year, 0, last_month, several),
        is_yearly=False,
        first_day=date(2000 + first_year, first_month, 1),
        last_day=date(2000 + last_year, last_month, end),
    )


def _revision(year: int, number: int, month: int, several: int) -> int:
    return (year * 10_000 + number * 1_000 + month * 10 + several) * IMPORTS
