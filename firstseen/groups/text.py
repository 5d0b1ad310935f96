"""Unknown names, and plans for groups, in words line by line and as JSON. What others wrote is made inert. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from firstseen.groups.plans import EFFECTS, GroupsPlan, Parts, effect_of
from firstseen.groups.unknown_names import Near, UnknownName
from history.revisions import affiliation_days_in_words
from history.text import Line, instant
from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.group import Affiliation, Alias
from schemas.labels import ALERT_FIELDS, KINDS, counted
from schemas.names import mixed_scripts
from streams.notify.mrkdwn import clean
from streams.notify.phrases import place_name, value_in_words
from streams.presence.policy import Policy

_SIGNS = {"added": "+", "changed": "~", "removed": "-", "raised": "+", "updated": "~", "withdrawn": "-"}
_STYLES = {"+": "green", "~": "yellow", "-": "red"}
_MOST_COUNTRIES = 8


def lines_on_unknown(names: Iterable[UnknownName]) -> Iterator[Line]:
    """Yield two lines for each name: how often and since when it is seen, and what looks like it."""
    for one in names:
        seen = f"{counted(one.sightings, 'sighting')} in {_countries(one.countries)} since {one.first_day}"
        name, *others = dict.fromkeys(map(clean, (one.name, *one.spellings)))
        also = f"; also written {', '.join(others)}" if others else ""
        scripts = mixed_scripts(one.name)
        mixed = f"; mixes {' and '.join(scripts)} letters" if scripts else ""
        yield Line(f"{name}: {seen}, first arrived {instant(one.first_arrived)}{also}{mixed}")
        if one.near:
            yield Line(f"near: {'; '.join(map(_near, one.near))}", 1, "dim")


def lines_of(plan: GroupsPlan, policy: Policy) -> Iterator[Line]:
    """Yield what a plan changes: the groups, then each alert."""
    if not plan.groups:
        yield Line("Nothing would change: the groups are as the file has them.")
    for group in plan.groups:
        yield _signed(group.what, f"{clean(group.id)}: {group.what}")
        if group.what == "removed":
            yield Line("its names become groups of their own", 1)
        yield from _names(group.names)
        yield from _affiliations(group.affiliations)
    if plan.groups:
        effects = Counter(map(effect_of, plan.events))
        summed = [f"{effects[effect]:,} {effect}" for effect in EFFECTS if effects[effect]]
        yield Line(f"Alerts: {', '.join(summed) or 'none raised, updated or withdrawn'}", style="bold")
        yield from (_signed(effect_of(event), _alert(event), 1) for event in plan.events)
        if not effects["raised"]:
            yield Line(
                f"What began more than {policy.horizon_days} days ago is history, and raises no alert.", 1, "dim"
            )
    if plan.kept:
        yield Line(f"Not in the file and kept: {', '.join(map(clean, plan.kept))}. --prune removes them.")


def as_json(plan: GroupsPlan) -> dict[str, Any]:
    """Return a plan for programs. A new alert has no id yet: it depends on when the file is applied."""
    return {"groups": plan.groups, "kept": plan.kept, "alerts": [_alert_as_json(event) for event in plan.events]}


def _names(names: Parts[Alias]) -> Iterator[Line]:
    for alias in names.added:
        yield _signed("added", f"name {clean(alias.name)}{_source(alias.source)}", 1)
    for old, new in names.changed:
        yield _signed("changed", f"name {clean(new.name)}: source {_said(old.source)} → {_said(new.source)}", 1)
    for alias in names.removed:
        yield _signed("removed", f"name {clean(alias.name)}{_source(alias.source)}", 1)


def _affiliations(affiliations: Parts[Affiliation]) -> Iterator[Line]:
    for one in affiliations.added:
        yield _signed("added", f"belongs to {clean(one.parent)} {_span(one)}", 1)
    for old, new in affiliations.changed:
        yield _signed("changed", f"belongs to {clean(new.parent)}: {_span(old)} → {_span(new)}", 1)
    for one in affiliations.removed:
        yield _signed("removed", f"belongs to {clean(one.parent)} {_span(one)}", 1)


def _alert(event: AlertEvent) -> str:
    by = f", by affiliation: {', '.join(map(clean, event.by_affiliation))}" if event.by_affiliation else ""
    shown = ", a candidate that only those see who ask for candidates" if event.status == "candidate" else ""
    named = "" if event.type == "initial" else f", alert {event.alert_id[:8]}"
    what = f"{KINDS[event.kind].noun}, {clean(event.group)} in {place_name(event)}, {event.days}"
    text = f"{effect_of(event)}: {what}{by}{shown}{named}"
    changes = [
        f"{ALERT_FIELDS[one.what]}: {value_in_words(one, one.old)} → {value_in_words(one, one.new)}"
        for one in event.changes
    ]
    return f"{text} ({'; '.join(changes)})" if changes else text


def _alert_as_json(event: AlertEvent) -> dict[str, Any]:
    shown = {
        "kind",
        "status",
        "group",
        "country",
        "region",
        "countries",
        "first_day",
        "last_day",
        "by_affiliation",
        "changes",
    }
    known = {"effect": effect_of(event), "alert_id": None if event.type == "initial" else event.alert_id}
    return known | event.model_dump(mode="json", include=shown)


def _signed(what: str, text: str, depth: int = 0) -> Line:
    sign = _SIGNS[what]
    return Line(f"{sign} {text}", depth, _STYLES[sign])


def _near(near: Near) -> str:
    if near.group is None:
        return f"{clean(near.name)} (not registered either)"
    return clean(near.name) if near.name == near.group else f"{clean(near.name)} (a name of {clean(near.group)})"


def _countries(codes: Iterable[str]) -> str:
    names = [country_name(code) for code in codes]
    shown = ", ".join(names[:_MOST_COUNTRIES])
    return shown if len(names) <= _MOST_COUNTRIES else f"{shown} and {len(names) - _MOST_COUNTRIES} more countries"


def _span(affiliation: Affiliation) -> str:
    return f"{affiliation_days_in_words(affiliation)}{_source(affiliation.source)}"


def _source(source: str | None) -> str:
    return f" ({clean(source)})" if source else ""


def _said(source: str | None) -> str:
    return clean(source) if source else "none"
