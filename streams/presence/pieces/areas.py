"""Sightings of a region -> what they mean for areas; and their counts in the partition of an area.

A sighting with a point counts in its country, and in each area that contains the point. An area may lie in several
regions, so its sightings meet in a partition of its own: that of its code as key of ``evidence``. Each region writes
there what each change of a sighting means (:class:`schemas.evidence.InArea`), and, when the area is new or changes,
what its sightings on record mean, in pieces. There, the rules for a country apply.

Nothing is news in an area until every partition has counted what it has on record: history counts first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from places.area_records import AREA, area_code, areas_at
from schemas.area import Area, AreasChange
from schemas.evidence import Evidence, EvidenceChange, InArea
from schemas.presence import AreaRow, Regrouping
from streams.presence.rows import PROGRESS, Rows

MAX_VISITED = 2_000
"""Sightings on record that one piece visits."""


def changes_in_areas(rows: Rows, change: EvidenceChange) -> Iterator[InArea]:
    """Yield what a change of a sighting means for each area that contains the sighting before or after it."""
    areas = tuple(row.area for row in rows.own_areas if row.area)
    before, after = _holding(areas, change.remove), _holding(areas, change.add)
    for row, area in zip(rows.own_areas, areas, strict=True):
        remove, add = change.remove if area in before else None, change.add if area in after else None
        if remove or add:
            elsewhere = None if remove and add else change.elsewhere or (change.add if remove else change.remove)
            yield InArea(
                area=area.name, version=area.version, partitions=row.partitions, remove=remove, add=add,
                elsewhere=elsewhere,
            )  # fmt: skip


def count_areas(rows: Rows, change: AreasChange, offset: int) -> tuple[list[InArea], bool]:
    """Count the next sightings on record in changed areas. Return what they mean, and whether they were the last."""
    progress = rows.regrouping.get(PROGRESS)
    position = (progress.moved_up_to or "") if progress and progress.offset == offset else ""
    changed = {area_code(area.name): area for area in (*change.put, *change.remove)}
    removed = {area_code(area.name) for area in change.remove}
    before = {code: row.area for code in changed if (row := rows.areas.get(code)) and row.area}
    after = {code: area for code, area in changed.items() if code not in removed}
    found: list[InArea] = []
    for number, (key, evidence) in enumerate(rows.sightings.prefix("", after=position)):
        if number == MAX_VISITED:
            rows.regrouping.put(PROGRESS, Regrouping(offset=offset, moved_up_to=position))
            return found, False
        position = key
        if not key.partition("\0")[2].startswith(AREA):
            found += _counts_of(evidence, changed, before, after, change.partitions)
    for code, area in changed.items():
        row = rows.areas.get(code) or AreaRow(name=area.name)
        row = row.replace(name=area.name, area=after.get(code), partitions=change.partitions)
        rows.put_area(code, row if row.area or row.counted else None)
        found.append(InArea(area=area.name, version=area.version, partitions=change.partitions, counted=True))
    if progress:
        rows.regrouping.put(PROGRESS, None)
    return found, True


def _counts_of(
    evidence: Evidence,
    changed: Mapping[str, Area],
    before: Mapping[str, Area],
    after: Mapping[str, Area],
    partitions: int,
) -> Iterator[InArea]:
    """Yield what a sighting on record means for the areas that contain it only before or only after their change."""
    was = {area_code(area.name) for area in _holding(before.values(), evidence)}
    now = {area_code(area.name) for area in _holding(after.values(), evidence)}
    for code in sorted(was ^ now):
        remove, add = (evidence, None) if code in was else (None, evidence)
        area = changed[code]
        yield InArea(area=area.name, version=area.version, partitions=partitions, remove=remove, add=add, counting=True)


def counted_in_area(rows: Rows, held: InArea) -> tuple[str, bool]:
    """Note who has counted. Return the code of the area, and whether a sighting may be news in it."""
    code = area_code(held.area)
    row = rows.areas.get(code) or AreaRow(name=held.area, partitions=held.partitions)
    if held.counted and held.version >= row.version:
        counted = row.counted + 1 if held.version == row.version else 1
        row = row.replace(name=held.area, partitions=held.partitions, version=held.version, counted=counted)
        is_gone = row.area is None and row.is_counted
        rows.put_area(code, None if is_gone else row)
    elif rows.areas.get(code) is None:
        rows.put_area(code, row)  # its name
    return code, not held.counting and held.version == row.version and row.is_counted


def _holding(areas: Iterable[Area], evidence: Evidence | None) -> Sequence[Area]:
    """Return the areas that contain the point of a sighting."""
    return areas_at(tuple(areas), evidence.latitude, evidence.longitude) if evidence else ()
