"""A filter means one thing, for whatever class of alert; what is written is read back; no text breaks the reader."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from places.areas import packaged
from places.regions import REGIONS, countries, region_of
from schemas.alert import AlertEvent, AlertStatus, AlertType, Why
from schemas.codes import AlertKind, comparable
from schemas.subscription import Clause, Daily, Subscription
from streams.dispatch.grammar import Mistake, Parsed, parse, told, written
from streams.dispatch.matching import wants
from tests.support.builders import alert_event, evidence

AREAS = packaged()
KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
SOME = ("ML", "NE", "BF", "BE", "IQ", "SY", "TD")

groups = st.sampled_from(["IS", "Islamic State", "JNIM", "a,b", 'say "x"', "!no", "-minus", "back\\slash", "OR", "Ω"])
codes = st.sampled_from(SOME)
regions = st.sampled_from([*AREAS.countries, *REGIONS])
kinds = st.sets(st.sampled_from(KINDS), min_size=1).map(lambda chosen: tuple(kind for kind in KINDS if kind in chosen))


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=3, unique_by=comparable).map(tuple)


clauses = st.builds(
    Clause,
    groups=several(groups), not_groups=several(groups), countries=several(codes), not_countries=several(codes),
    regions=several(regions), not_regions=several(regions), kinds=kinds, least_origins=st.integers(1, 4),
)  # fmt: skip
daily = st.builds(
    Daily, at=st.sampled_from(["00:00", "08:30", "23:59"]), zone=st.sampled_from(["UTC", "Europe/Brussels"])
)
subscriptions = st.builds(
    Subscription, clauses=st.lists(clauses, min_size=1, max_size=3).map(tuple), daily=st.none() | daily
)


@st.composite
def alerts(draw: st.DrawFn) -> AlertEvent:
    kind = draw(st.sampled_from(KINDS))
    country = draw(codes)
    spread = (*draw(several(codes).filter(len)), country) if kind == "spread" else ()
    return alert_event(
        kind=kind, country=country, region=region_of(country), countries=tuple(dict.fromkeys(spread)),
        type=draw(st.sampled_from(get_args(AlertType))), status=draw(st.sampled_from(get_args(AlertStatus))),
        group=draw(groups), names=draw(several(groups)),
        why=Why(sightings=(evidence(),), origins=draw(st.integers(1, 5))),
    )  # fmt: skip


@given(subscriptions)
def test_what_is_written_is_read_back(subscription: Subscription) -> None:
    parsed = parse(written(subscription), AREAS)
    assert parsed == Parsed(subscription), written(subscription)


@given(subscriptions, alerts())
def test_a_filter_holds_for_every_class_of_alert(subscription: Subscription, alert: AlertEvent) -> None:
    assert wants(subscription, alert, AREAS) == any(_reference(clause, alert) for clause in subscription.clauses)


@given(subscriptions, subscriptions, alerts())
def test_or_wants_what_either_wants(one: Subscription, other: Subscription, alert: AlertEvent) -> None:
    both = Subscription(clauses=(*one.clauses, *other.clauses))
    assert wants(both, alert, AREAS) == (wants(one, alert, AREAS) or wants(other, alert, AREAS))


pieces = st.sampled_from([
    "group:", "country:", "in:", "kind:", "origins>=", "digest:daily@", "OR", "AND", "NOT", "-", "!", ",", '"', "“", "\\",
    "Mali", "Nigr", "Burkina Faso", "Sahel", "Western Africa", "first", "spread", "2", "08:00", "Europe/Brusels", " ", " in ",
    "IS", ":", "<@U1>", "\u202e", "\n", "x" * 400,
])  # fmt: skip


@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=60))
def test_any_text_is_understood_or_answered_with_a_form_that_is(text: str) -> None:
    parsed = parse(text, AREAS)
    if isinstance(parsed, Mistake):
        assert told(parsed)
        assert len(parsed.what) <= 100
        assert parsed.nearest is None or isinstance(parse(parsed.nearest, AREAS), Parsed)
    else:
        assert parse(written(parsed.subscription), AREAS) == parsed


def _reference(clause: Clause, alert: AlertEvent) -> bool:
    """Say the same at length, country by country, from what DESIGN says of a filter."""
    where = {alert.country} | set(alert.countries)
    called = {comparable(name) for name in (alert.group, *alert.names)}
    asked: list[Any] = []
    if clause.groups:
        asked.append(bool(called & set(map(comparable, clause.groups))))
    if clause.not_groups:
        asked.append(not called & set(map(comparable, clause.not_groups)))
    if clause.countries:
        asked.append(bool(where & set(clause.countries)))
    if clause.not_countries:
        asked.append(bool(where - set(clause.not_countries)))
    if clause.regions:
        inside = [c for c in where for r in clause.regions if r == alert.region or c in AREAS.countries.get(r, ())]
        asked.append(bool(inside))
    if clause.not_regions:
        outside = [
            c for c in where
            if not any(r == alert.region or c in AREAS.countries.get(r, ()) for r in clause.not_regions)
        ]  # fmt: skip
        asked.append(bool(outside))
    return all(asked) and alert.kind in clause.kinds and alert.why.origins >= clause.least_origins


def test_all_countries_can_be_written() -> None:
    for code in countries():
        parsed = parse(f"country:{code}", AREAS)
        assert isinstance(parsed, Parsed), code
        assert parsed.subscription.clauses[0].countries == (code,)
