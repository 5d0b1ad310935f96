"""What became of alerts and evidence, in plain words, line by line. What others wrote is made inert here. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from history.explain import Explanation, Life
from history.revisions import Revision, differences
from places.regions import country_name
from schemas.alert import AlertChange, AlertEvent
from schemas.labels import ALERT_FIELDS, KINDS, counted
from streams.notify.mrkdwn import clean
from streams.notify.phrases import sighting_reference, value_in_words

MOST_LINES = 10
"""Of a long list so many entries are shown, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    text: str
    depth: int = 0
    """How far it is indented, in steps."""
    style: str = ""


def alert_lines(told: Explanation, revised: Iterable[Revision], most: int | None, *, really: bool) -> Iterator[Line]:
    """Tell the life of each alert, at most so many. ``really`` False: nobody was told, files were only looked at."""
    if not told.alerts:
        return
    regrouped = {one.arrived: one for one in revised if one.what == "groups"}
    yield Line("")
    heading = "Alerts, and what became of them"
    yield Line(heading if really else f"{heading}, had each row of the files arrived at its `reported`", style="bold")
    for life in told.alerts[:most]:
        last = life.events[-1]
        where = clean(last.region) if last.kind == "spread" else country_name(told.country)
        ends = {"candidate": "still a candidate", "confirmed": "it stands"}.get(last.status, last.status)
        yield Line(f"Alert {last.alert_id[:8]}: {KINDS[last.kind].noun} in {where} on {last.begins}; {ends}", 1, "bold")
        for events in _runs(life, most):
            if len(events) > 1:
                yield _summary(events)
                continue
            yield from _event(events[0], life, regrouped)
    if most is not None and len(told.alerts) > most:
        yield Line(f"and {counted(len(told.alerts) - most, 'more alert')} (--all shows them)", 1, "dim")


def revision_lines(told: Explanation, most: int | None) -> Iterator[Line]:
    """Tell what else became of the evidence and its groups: what made no alert event. The last ones, if too many."""
    causes = {
        (event.arrived, event.cause.sighting.key if event.cause.sighting else "")
        for life in told.alerts[:most] for event in life.events
    }  # fmt: skip
    revised = [one for one in told.revisions if (one.arrived, one.before.key if one.before else "") not in causes]
    if not revised:
        return
    yield Line("")
    yield Line("Revisions of its evidence and groups that changed no alert", style="bold")
    shown = revised if most is None else revised[-most:]
    if len(revised) > len(shown):
        yield Line(f"{counted(len(revised) - len(shown), 'earlier one')} (--all shows them)", 1, "dim")
    for one in shown:
        what = (
            f"{one.what}: {sighting_reference(one.before)}" if one.before else f"groups changed: {_listed(one.groups)}"
        )
        yield Line(f"{instant(one.arrived)}  {what}", 1)
        yield from (Line(clean(detail), 2, "dim") for detail in one.details[:most])


def instant(when: datetime) -> str:
    """Return an instant to the minute."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(clean, names))


def _runs(life: Life, most: int | None) -> Iterator[list[AlertEvent]]:
    """Put together the updates in a row that only count more or fewer origins, if there are three or more."""
    run: list[AlertEvent] = []
    for event in (*life.events, None):
        if event and most is not None and [one.what for one in event.changes] == ["origins"]:
            run.append(event)
            continue
        if len(run) > 2:
            yield run
        else:
            yield from ([one] for one in run)
        run = []
        if event:
            yield [event]


def _summary(events: Sequence[AlertEvent]) -> Line:
    first, last = events[0], events[-1]
    days = f"{first.arrived.date()} to {last.arrived.date()}"
    counted = f"independent origins: {first.changes[0].old} → {last.changes[0].new}"
    return Line(f"{days}  {len(events)} updates, {counted} (--all shows them)", 2)


def _event(event: AlertEvent, life: Life, regrouped: Mapping[datetime, Revision]) -> Iterator[Line]:
    changes = [
        _change(change) for change in event.changes
        if change.what != "status" or event.status == "candidate"
    ]  # fmt: skip
    happened = _happened(event, life)
    if happened == "updated" and len(changes) == 1:
        happened, changes = f"updated: {changes[0]}", []
    yield Line(f"{instant(event.arrived)}  {happened}", 2)
    yield from (Line(change, 3) for change in changes)
    yield from (Line(text, 3, "dim") for text in _because(event, regrouped))


def _happened(event: AlertEvent, life: Life) -> str:
    new = f"{KINDS[event.kind].noun}, {event.days}"
    announced = next((one.kind for one in life.events if one.status == "confirmed"), None)
    was = next((one.old for one in event.changes if one.what == "status"), None)
    match event.type, event.status:
        case "retraction", _:
            return (
                "retracted: nothing is left that proves it" if announced else "gone: nothing is left of the candidate"
            )
        case "initial", "candidate":
            return f"candidate: {new}; not proved, so that only those are told who ask for candidates"
        case "initial", _:
            return f"raised: {new}"
        case _, "superseded" if announced is None:
            return "superseded, never raised: it is proved now, but no news any more, or another alert tells of it"
        case _, "superseded" if announced and KINDS[event.kind].strength < KINDS[announced].strength:
            return f"superseded: the group had been there before, so it was no {KINDS[announced].noun}"
        case _, "superseded":
            return "superseded: its days belong to an episode of which another alert tells"
        case _, "confirmed" if was:
            return f"proved and raised: {new}" if was == "candidate" else f"stands again: {new}"
    return "updated"


def _because(event: AlertEvent, regrouped: Mapping[datetime, Revision]) -> Iterator[str]:
    cause = event.cause
    if cause.sighting is None:
        yield f"because groups changed: {_listed(cause.groups)}"
        if revision := regrouped.get(event.arrived):
            yield from map(clean, revision.details[:MOST_LINES])
        return
    yield f"because a sighting was {cause.what}: {sighting_reference(cause.sighting)}"
    if cause.before:
        yield from map(clean, differences(cause.before, cause.sighting))


def _change(change: AlertChange) -> str:
    old, new = (value_in_words(change, value) for value in (change.old, change.new))
    return f"{ALERT_FIELDS[change.what]}: {old} → {new}"
