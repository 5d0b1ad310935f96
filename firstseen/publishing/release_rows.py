"""The rows of releases of UCDP GED: a newer release corrects an older one, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from firstseen.importers.rows import Imported, Row
from firstseen.importers.ucdp_ged import SOURCE, event_of
from firstseen.publishing.releases import Release


class ReleaseRows:
    """Remembers which release told of an event last, and by which sightings.

    What the newest release says of an event is all of it: a side or an office that it lacks is retracted, and an older
    release that comes later adds none.
    """

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, frozenset[str]]] = {}

    def of(self, rows: Iterable[Row], release: Release) -> Iterator[Row]:
        """Yield the rows of a file with the revision of its release, and what they retract."""
        for _, together in groupby(rows, key=lambda row: row.line):
            for row in self._event(list(together), release):
                if isinstance(row, Imported):
                    yield replace(row, sighting=row.sighting | {"revision": release.revision})
                else:
                    yield row

    def _event(self, rows: list[Row], release: Release) -> Iterator[Row]:
        imported = [row for row in rows if isinstance(row, Imported)]
        if not imported:
            yield from rows
            return
        ids = frozenset(str(row.sighting["id"]) for row in imported)
        event = event_of(str(imported[0].sighting["id"]))
        revision, before = self._told.get(event, (release.revision, ids))
        if revision > release.revision:
            return
        yield from rows
        gone = before - ids if revision < release.revision else frozenset[str]()
        self._told[event] = release.revision, ids if revision < release.revision else before | ids
        yield from (replace(imported[0], sighting=_retraction(one, imported[0])) for one in sorted(gone))


def _retraction(sighting_id: str, by: Imported) -> dict[str, object]:
    reported = {"reported": by.sighting["reported"]} if "reported" in by.sighting else {}
    return {"source": SOURCE, "id": sighting_id, "retracted": True, **reported}
