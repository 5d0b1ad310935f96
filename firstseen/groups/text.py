"""Puts plans for groups and unregistered names into words and JSON, for ``firstseen groups``. Pure.

Text of producers is made safe for a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from firstseen.groups.plans import EFFECTS, GroupsPlan, ListDifference, effect_of
from firstseen.groups.unknown_names import SimilarName, UnknownName
from history.explanation_text import Line
from history.revisions import affiliation_days_in_words
from places.countries import country_name
from schemas.alert import AlertEvent
from schemas.group import Affiliation, Alias
from schemas.labels import ALERT_FIELDS, KINDS, counted, join_words, time_in_words
from schemas.names import mixed_scripts
from streams.notify.phrases import place_name, value_in_words
from streams.notify.untrusted_text import clean
from streams.presence.policy import Policy

_SIGNS = {"added": "+", "changed": "~", "removed": "-", "raised": "+", "updated": "~", "withdrawn": "-"}
_STYLES = {"+": "green", "~": "yellow", "-": "red"}
_MAX_COUNTRIES = 8

CHANGED_ALERT_FIELDS = (
    "effect", "alert_id", "kind", "status", "group", "country", "region", "countries", "first_day", "last_day",
    "by_affiliation", "changes",
)  # fmt: skip
"""The fields of JSON and CSV for an alert that a plan changes."""


def unknown_name_lines(names: Iterable[UnknownName]) -> Iterator[Line]:
    """Yield for each name how often and since when it is seen, and similar names."""
    for unknown in names:
        seen = f"{counted(unknown.sightings, 'sighting')} in {_countries(unknown.countries)} since {unknown.first_day}"
        name, *others = dict.fromkeys(map(clean, (unknown.name, *unknown.spellings)))
        also = f"; also written {', '.join(others)}" if others else ""
        scripts = mixed_scripts(unknown.name)
        mixed = f"; mixes {join_words(scripts)} letters" if scripts else ""
        yield Line(f"{name}: {seen}, first arrived {time_in_words(unknown.first_arrived)}{also}{mixed}")
        if unknown.near:
            yield Line(f"similar: {'; '.join(map(_similar, unknown.near))}", 1, "dim")


def plan_lines(plan: GroupsPlan, policy: Policy) -> Iterator[Line]:
    """Yield the changes of a plan: the groups, then each alert."""
    if not plan.groups:
        yield Line("Nothing would change: the groups agree with the file.")
    for group in plan.groups:
        yield _signed(group.what, f"{clean(group.id)}: {group.what}")
        if group.what == "removed":
            yield Line("each of its names becomes a group of its own", 1)
        yield from _names(group.names)
        yield from _affiliations(group.affiliations)
    if plan.groups:
        effects = Counter(map(effect_of, plan.events))
        totals = [f"{effects[effect]:,} {effect}" for effect in EFFECTS if effects[effect]]
        yield Line(f"Alerts: {', '.join(totals) or 'none raised, updated or withdrawn'}", style="bold")
        yield from (_signed(effect_of(event), _alert(event), 1) for event in plan.events)
        if not effects["raised"]:
            yield Line(
                f"Episodes that began more than {counted(policy.horizon_days, 'day')} ago raise no alert.", 1, "dim"
            )
    if plan.kept:
        yield Line(f"Kept, but not in the file: {', '.join(map(clean, plan.kept))}. --prune removes them.")


def plan_as_json(plan: GroupsPlan) -> dict[str, Any]:
    """Return a plan as JSON. A new alert has no id yet, because the id depends on when the file is applied."""
    return {"groups": plan.groups, "kept": plan.kept, "alerts": [_alert_as_json(event) for event in plan.events]}


def _names(names: ListDifference[Alias]) -> Iterator[Line]:
    for alias in names.added:
        yield _signed("added", f"name {clean(alias.name)}{_source(alias.source)}", 1)
    for old, new in names.changed:
        yield _signed(
            "changed", f"name {clean(new.name)}: source {_source_name(old.source)} → {_source_name(new.source)}", 1
        )
    for alias in names.removed:
        yield _signed("removed", f"name {clean(alias.name)}{_source(alias.source)}", 1)


def _affiliations(affiliations: ListDifference[Affiliation]) -> Iterator[Line]:
    for affiliation in affiliations.added:
        yield _signed("added", f"belongs to {clean(affiliation.parent)} {_days(affiliation)}", 1)
    for old, new in affiliations.changed:
        yield _signed("changed", f"belongs to {clean(new.parent)}: {_days(old)} → {_days(new)}", 1)
    for affiliation in affiliations.removed:
        yield _signed("removed", f"belongs to {clean(affiliation.parent)} {_days(affiliation)}", 1)


def _alert(event: AlertEvent) -> str:
    by = f", by affiliation: {', '.join(map(clean, event.by_affiliation))}" if event.by_affiliation else ""
    note = ", a candidate, which is not sent" if event.status == "candidate" else ""
    reference = "" if event.type == "initial" else f", alert {event.alert_id[:8]}"
    subject = f"{KINDS[event.kind].noun}, {clean(event.group)} in {place_name(event)}, {event.days}"
    text = f"{effect_of(event)}: {subject}{by}{note}{reference}"
    changes = [
        f"{ALERT_FIELDS[change.what]}: {value_in_words(change, change.old)} → {value_in_words(change, change.new)}"
        for change in event.changes
    ]
    return f"{text} ({'; '.join(changes)})" if changes else text


def _alert_as_json(event: AlertEvent) -> dict[str, Any]:
    known = {"effect": effect_of(event), "alert_id": None if event.type == "initial" else event.alert_id}
    return known | event.to_json(fields={*CHANGED_ALERT_FIELDS} - known.keys())


def _signed(what: str, text: str, depth: int = 0) -> Line:
    sign = _SIGNS[what]
    return Line(f"{sign} {text}", depth, _STYLES[sign])


def _similar(similar: SimilarName) -> str:
    if similar.group is None:
        return f"{clean(similar.name)} (not registered either)"
    return (
        clean(similar.name)
        if similar.name == similar.group
        else f"{clean(similar.name)} (a name of {clean(similar.group)})"
    )


def _countries(codes: Iterable[str]) -> str:
    names = [country_name(code) for code in codes]
    shown = ", ".join(names[:_MAX_COUNTRIES])
    return shown if len(names) <= _MAX_COUNTRIES else f"{shown} and {len(names) - _MAX_COUNTRIES} more countries"


def _days(affiliation: Affiliation) -> str:
    return f"{affiliation_days_in_words(affiliation)}{_source(affiliation.source)}"


def _source(source: str | None) -> str:
    return f" ({clean(source)})" if source else ""


def _source_name(source: str | None) -> str:
    return clean(source) if source else "none"
