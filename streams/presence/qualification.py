"""What proves that a group was there: a grade that is good enough, or two independent origins within 72 hours.

DESIGN section 3. Both are decided on what sightings say, never on the order in which they came: two origins corroborate
each other when what they tell *begins* at most ``corroboration_days`` apart. A placeholder, such as "unknown", names no
origin: it proves nothing for others, and two named origins must prove what it tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

from schemas.codes import Grade
from schemas.evidence import Evidence
from schemas.origins import named_origin
from schemas.sighting import Sighting
from streams.presence.policy import Policy

UNGRADED: Grade = "F6"
"""Reliability and truth cannot be judged: an ungraded sighting of a source without a grade."""


def grade_of(evidence: Evidence | Sighting, policy: Policy) -> Grade:
    """Return the Admiralty grade that counts: the sighting's own, else its source's, else F6."""
    return evidence.grade or policy.source_grades.get(evidence.source, UNGRADED)


def meets_threshold(grade: Grade, threshold: Grade) -> bool:
    """Whether a grade is at least the threshold in both: reliability of the source, credibility of the information."""
    return grade[0] <= threshold[0] and grade[1] <= threshold[1]


def proves_alone(evidence: Evidence | Sighting, policy: Policy) -> bool:
    """Whether the grade is enough."""
    return meets_threshold(grade_of(evidence, policy), policy.threshold)


def origin_of(evidence: Evidence) -> str | None:
    """Return who said it first, in the form in which origins are compared; None when a placeholder is in its place.

    A sighting without an origin has its source for one. One with a placeholder has none: its source says that another
    one said it first, who may be any of the known origins.
    """
    return named_origin(evidence.origin or evidence.source)


def count_origins(evidence: Iterable[Evidence]) -> int:
    """Count independent origins; reprints of one story share theirs. Where nobody is named, it is one."""
    found = {origin_of(one) for one in evidence}
    return max(len(found - {None}), min(1, len(found)))


def is_corroborated(evidence: Evidence, origins_on: Callable[[date], Iterable[str | None]], policy: Policy) -> bool:
    """Whether two origins, its own among them, tell of something that begins within 72 hours of this.

    ``origins_on`` gives the origins of what begins on a day, None for a placeholder; no more of them are asked for than
    it takes.
    """
    known = origin_of(evidence)
    for day in days_near(evidence.first_day, policy):
        for origin in origins_on(day):
            if origin is None or origin == known:
                continue
            if known is not None:
                return True
            known = origin
    return False


def days_near(day: date, policy: Policy) -> tuple[date, ...]:
    """Return the days on which what corroborates a sighting of this day can begin, in order, itself among them."""
    return _days_around(day, policy.corroboration_days)


@lru_cache(maxsize=8192)
def _days_around(day: date, reach: int) -> tuple[date, ...]:
    middle = day.toordinal()
    first, last = max(date.min.toordinal(), middle - reach), min(date.max.toordinal(), middle + reach)
    return tuple(date.fromordinal(number) for number in range(first, last + 1))
