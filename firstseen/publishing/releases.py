"""Releases of UCDP GED: their order, the revisions of their rows, the events that they cover.

A row's revision is its release in digits, with room for 100 imports of the same release: 24.1 is 241000xx, 24.0.3 is
240030xx and 24.01.24.03 is 240031xx. So a yearly release is above the candidates with its year's number, and any
release is above those of earlier years. A newer release then corrects an older one, whatever the order of import.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from firstseen.importers.rows import Imported, Row
from firstseen.importers.ucdp_ged import SOURCE, event_of

IMPORTS = 100
"""Number of revisions of one release: the first import, and corrected imports."""

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
    """True: checked and complete from the first year on. False: candidate events of some months."""
    first_day: date
    """The first day of the events that it covers."""
    last_day: date
    """The last such day, inclusive."""

    @property
    def next_revision(self) -> int:
        """The lowest revision above all of its own."""
        return self.revision + IMPORTS


def read_release(text: str) -> Release:
    """Parse ``24.1`` (yearly), ``24.0.3`` (candidates of a month) or ``24.01.24.03`` (of several months).

    Raises ValueError with the expected forms.
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
        f"{text[:40]!r} is not a release of UCDP GED: write 24.1 for a yearly release, 24.0.3 for the candidates of a "
        "month, 24.01.24.03 for those of several months"
    )
    raise ValueError(msg)


def is_yearly(revision: int) -> bool:
    """Whether a revision belongs to a yearly release."""
    return revision // (1000 * IMPORTS) % 10 > 0 and revision >= _revision(17, 1, 0, 0)


def is_of_a_release(revision: int) -> bool:
    """Whether a revision belongs to a release at all; rows imported without one have low revisions."""
    return revision >= _revision(17, 0, 0, 0)


class ReleaseRows:
    """Gives rows the revision of their release, and retracts what a newer release no longer contains.

    The newest release that contains an event defines all of its sightings: a side or an office that it lacks is
    retracted, and an older release that is read later adds none.
    """

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, frozenset[str]]] = {}
        """For each event the revision of the newest release that contains it, and the ids of its sightings there."""

    def revise(self, rows: Iterable[Row], release: Release) -> Iterator[Row]:
        """Yield the rows of a file with the revision of its release, and the retractions."""
        for _, rows_of_line in groupby(rows, key=lambda row: row.line):
            for row in self._revise_event(list(rows_of_line), release):
                if isinstance(row, Imported):
                    yield replace(row, sighting=row.sighting | {"revision": release.revision})
                else:
                    yield row

    def _revise_event(self, rows: list[Row], release: Release) -> Iterator[Row]:
        imported = [row for row in rows if isinstance(row, Imported)]
        if not imported:
            yield from rows
            return
        ids = frozenset(str(row.sighting["id"]) for row in imported)
        event = event_of(str(imported[0].sighting["id"]))
        revision, earlier_ids = self._newest.get(event, (release.revision, ids))
        if revision > release.revision:
            return
        yield from rows
        missing = earlier_ids - ids if revision < release.revision else frozenset[str]()
        self._newest[event] = release.revision, ids if revision < release.revision else earlier_ids | ids
        for sighting_id in sorted(missing):
            yield replace(imported[0], sighting=_retraction(sighting_id, imported[0]))


def _retraction(sighting_id: str, cause: Imported) -> dict[str, object]:
    reported = {"reported": cause.sighting["reported"]} if "reported" in cause.sighting else {}
    return {"source": SOURCE, "id": sighting_id, "retracted": True, **reported}


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
