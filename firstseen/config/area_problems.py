"""Areas of the settings, areas that presence counts in, and subscriptions -> where they disagree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from places.area_records import area_code, is_same_area
from places.areas import Areas
from schemas.area import Area
from schemas.labels import OF_COUNTRIES
from schemas.subscription import Subscriber
from streams.dispatch.subscribers import undefined_areas, undefined_areas_warning

_APPLY = "run `firstseen areas apply`"


def area_problems(areas: Areas, counted: Iterable[Area], subscribers: Mapping[str, Subscriber]) -> Iterator[str]:
    """Yield the areas that a subscription names and that hold no alert, and those whose polygon is out of date.

    ``areas`` are in the settings; presence counts in ``counted``.
    """
    known = {area_code(area.name): area for area in counted}
    for destination, row in subscribers.items():
        undefined = dict.fromkeys(undefined_areas(subscription, areas) for subscription in row.subscriptions)
        yield from (f"{destination}: {undefined_areas_warning(names)}" for names in undefined if names)
        if names := [name for name in _news_in(row) if area_code(name) not in known]:
            where = " or ".join(names)
            yield f"{destination}: presence does not count in {where}, so no group is ever new there: {_APPLY}."
    changed = [
        name
        for name, area in areas.polygons.items()
        if (applied := known.get(area_code(name))) and not is_same_area(applied, area)
    ]
    if changed:
        yield f"FIRSTSEEN_POLYGONS has another polygon of {', '.join(changed)} than presence: {_APPLY}."


def _news_in(row: Subscriber) -> dict[str, None]:
    """Return the areas in which a destination asks for first appearances."""
    clauses = (clause for subscription in row.subscriptions for clause in subscription.clauses)
    return dict.fromkeys(name for clause in clauses if not {*clause.kinds} <= {*OF_COUNTRIES} for name in clause.within)
