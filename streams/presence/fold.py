"""Evidence changes in; rows of presence, and alert events, out. Dispatch reads the events next.

Each change is applied to the rows of the days and runs of the groups that the sighting counts for (``days.py``,
``transitions.py``). Then the appearances before and after it are compared, which raises, updates and retracts alerts
(``alerts.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faust_batches.step import Incoming, Step, Tables
from places.area_records import area_code
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange, InArea
from schemas.topics import ALERTS, EVIDENCE
from streams.presence.alerts import EvidenceUpdate
from streams.presence.events import cause_of, place_events, put_transitions, spread_events
from streams.presence.pieces.areas import changes_in_areas, count_areas, counted_in_area
from streams.presence.pieces.regrouping import regroup
from streams.presence.policy import Policy
from streams.presence.rows import Counted, Place, Rows
from streams.presence.run_rows import Edit
from streams.presence.transitions import change_place, new_row


def fold(tables: Tables, records: Sequence[Incoming], policy: Policy) -> Step:
    """Fold a batch of one partition of ``evidence``, change by change: the result does not depend on batch boundaries.

    A change of groups or areas that is too large for one transaction is applied in pieces. A step ends with a piece,
    and the change is read again until its last piece is done. Alert events are written to the same partition number as
    their evidence; what a change means for areas goes back to ``evidence``, keyed by the area.
    """
    rows = Rows(tables, policy)
    step = Step()
    for number, record in enumerate(records):
        change = EvidenceChange.from_bytes(record.value or b"")
        events, in_areas, finished = apply_change(rows, change, record.offset)
        for event in events:
            step.emit(ALERTS, event.alert_id, event, event.arrived, record.partition)
        for held in in_areas:
            counted = EvidenceChange(arrived=change.arrived, in_area=held)
            step.emit(EVIDENCE, area_code(held.area), counted, change.arrived)
        if not finished:
            step.taken = number
            break
    step.changes = rows.changes()
    return step


def apply_change(rows: Rows, change: EvidenceChange, offset: int) -> tuple[list[AlertEvent], Iterable[InArea], bool]:
    """Apply a change, or its next piece. Return the alert events, what it means for areas, and whether it is done."""
    if change.groups:
        events, finished = regroup(rows, change, change.groups, offset)
        return events, (), finished
    if change.areas:
        counted, finished = count_areas(rows, change.areas, offset)
        return [], counted, finished
    if held := change.in_area:
        area, is_news = counted_in_area(rows, held)
        own = change.replace(remove=held.remove, add=held.add, elsewhere=held.elsewhere)
        return apply_sighting(rows, own, offset, area, is_news=is_news), (), True
    in_areas = changes_in_areas(rows, change) if rows.own_areas else ()
    return apply_sighting(rows, change, offset), in_areas, True


def apply_sighting(
    rows: Rows, change: EvidenceChange, offset: int, area: str | None = None, *, is_news: bool = True
) -> list[AlertEvent]:
    """Apply a sighting that was added, corrected or withdrawn. Return the alert events.

    It counts in its country, or in ``area``. Without ``is_news`` it raises no alert.
    """
    edits = _put_sighting(rows, change, area)
    for place, edit in edits.items():  # parents find their factions in a country by these rows
        if place.presence is None:
            place.put_presence(new_row(place, edit.added))
    transitions = [found for place, edit in edits.items() if (found := change_place(place, edit))]
    if not transitions:
        return []
    spreads_before = put_transitions(transitions)
    events: list[AlertEvent] = []
    for transition in transitions:
        raising = edits[transition.place].added if is_news else None
        events += place_events(transition, _update(change, offset, raising))
    for (group, region), before in spreads_before.items():
        within = [edit.added for place, edit in edits.items() if (place.group, place.region) == (group, region)]
        update = _update(change, offset, next(filter(None, within), None))
        events += spread_events(rows, group, region, before, update)
    return events


def _put_sighting(rows: Rows, change: EvidenceChange, area: str | None) -> dict[Place, Edit]:
    """Remove and add the row of the sighting. Return the groups that it counted and now counts for."""
    edits: dict[Place, Edit] = {}
    if change.remove:
        removed, places = rows.counted(change.remove, area)
        rows.sightings.put(removed.key, None)
        edits = dict.fromkeys(places, Edit(removed))
    if change.add:
        added, places = rows.counted(change.add, area)
        rows.sightings.put(added.key, change.add)
        for place in places:
            edits[place] = Edit(edits[place].removed if place in edits else None, added)
    return edits


def _update(change: EvidenceChange, offset: int, added: Counted | None) -> EvidenceUpdate:
    return EvidenceUpdate(change.arrived, offset, cause_of(change), (added.evidence,) if added else ())
