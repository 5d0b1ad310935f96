"""Where the areas of the settings, of presence and of subscriptions disagree."""

from __future__ import annotations

from datetime import UTC, datetime

from firstseen.config.area_problems import area_problems
from places.area_records import plan_areas
from places.areas import Areas
from places.polygons import polygon_area
from schemas.area import Area
from schemas.subscription import Clause, Subscriber, Subscription

AT = datetime(2026, 1, 1, tzinfo=UTC)
BOX = polygon_area("Lake Chad", [[[(13, 12), (15, 12), (15, 14), (13, 12)]]])
AREAS = Areas(1, {}, polygons={BOX.name: BOX})
APPLIED = plan_areas([], [BOX], AT, prune=False).put


def problems(counted: tuple[Area, ...], *clauses: Clause) -> list[str]:
    subscriptions = tuple(Subscription(clauses=(clause,)) for clause in clauses)
    row = Subscriber(destination="#desk", subscriptions=subscriptions, changed_at=AT)
    return list(area_problems(AREAS, counted, {"#desk": row}))


def test_a_subscription_to_an_area_that_is_not_applied_or_not_defined_is_named() -> None:
    news = Clause(kinds=("first_in_area",), within=("lake-chad",))

    assert problems(APPLIED, news, Clause(within=("Lake Chad",))) == []
    assert problems((), Clause(within=("Lake Chad",))) == []
    assert problems((), news, news) == [
        "#desk: presence does not count in lake-chad, so no group is ever new there: run `firstseen areas apply`."
    ]
    assert problems((), Clause(within=("gone",))) == [
        "#desk: No area is called gone any more, so no alert is in it. Define it again, or change the filter."
    ]


def test_a_polygon_that_was_changed_and_not_applied_is_named() -> None:
    [applied] = APPLIED

    assert problems((applied.replace(shape="POLYGON ((0 0, 1 0, 1 1, 0 0))"),)) == [
        "FIRSTSEEN_POLYGONS has another polygon of Lake Chad than presence: run `firstseen areas apply`."
    ]
