"""What proves that a group was there: a grade that is good enough, or two independent origins within 72 hours.

DESIGN section 3. Both are decided on what sightings say, never on the order in which they came: two origins corroborate
each other when what they tell *begins* at most ``corroboration_days`` apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

from schemas.codes import Grade, comparable
from schemas.evidence import Evidence
from schemas.sighting import Sighting
from streams.presence.policy import Policy

UNGRADED: Grade = "F6"
"""Reliability and truth cannot be judged: an ungraded sighting of a source without a grade."""


def grade_of(evidence: Evidence | Sighting, policy: Policy) -> Grade:
    """Return the Admiralty grade that counts: the sighting's own, else its source's, else F6."""
    return evidence.grade or policy.source_grades.get(evidence.source, UNGRADED)


def meets(grade: Grade, threshold: Grade) -> bool:
    """Whether a grade is at least the threshold in both: reliability of the source, credibility of the information."""
    return grade[0] <= threshold[0] and grade[1] <= threshold[1]


def proves_alone(evidence: Evidence | Sighting, policy: Policy) -> bool:
    """Whether the grade is enough."""
    return meets(grade_of(evidence, policy), policy.threshold)


def origin_of(evidence: Evidence) -> str:
    """Return who said it first, in comparable form; a sighting without an origin has its source for one."""
    return comparable(evidence.origin or evidence.source)


def origins(evidence: Iterable[Evidence]) -> int:
    """Count independent origins; reprints of one story share theirs."""
    return len({origin_of(one) for one in evidence})


def is_corroborated(evidence: Evidence, origins_on: Callable[[date], Iterable[str]], policy: Policy) -> bool:
    """Whether another origin tells of something that begins within 72 hours of this.

    ``origins_on`` gives the origins of what begins on a day; no more of them are asked for than it takes.
    """
    own = origin_of(evidence)
    return any(origin != own for day in days_near(evidence.first_day, policy) for origin in origins_on(day))


def days_near(day: date, policy: Policy) -> tuple[date, ...]:
    """Return the days on which what corroborates a sighting of this day can begin, in order, itself among them."""
    return _days_around(day, policy.corroboration_days)


@lru_cache(maxsize=8192)
def _days_around(day: date, reach: int) -> tuple[date, ...]:
    middle = day.toordinal()
    first, last = max(date.min.toordinal(), middle - reach), min(date.max.toordinal(), middle + reach)
    return tuple(date.fromordinal(number) for number in range(first, last + 1))
