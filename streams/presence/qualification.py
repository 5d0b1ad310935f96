"""Sightings -> whether they qualify: a sufficient grade, or two independent origins within 72 hours.

``docs/semantics.md`` states both rules. They depend on the content of sightings, not on their order of arrival.
Sightings of two origins corroborate each other if they *begin* at most ``corroboration_days`` apart. A placeholder such
as "unknown" is not an origin: it corroborates nothing, and a sighting with one needs two named origins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from functools import lru_cache

from schemas.codes import Grade
from schemas.evidence import Evidence
from schemas.origins import named_origin
from schemas.sighting import Sighting
from schemas.text_cache import cache_short_text
from streams.presence.policy import Policy

UNGRADED: Grade = "F6"
"""Grade of an ungraded sighting whose source has no grade either: reliability and credibility cannot be judged."""


def grade_of(evidence: Evidence | Sighting, policy: Policy) -> Grade:
    """Return the effective Admiralty grade: that of the sighting, else of its source, else F6."""
    return evidence.grade or policy.source_grades.get(evidence.source, UNGRADED)


def qualifies_alone(evidence: Evidence | Sighting, policy: Policy) -> bool:
    """Whether both parts of the grade, reliability and credibility, are sufficient without corroboration."""
    grade, threshold = grade_of(evidence, policy), policy.threshold
    return grade[0] <= threshold[0] and grade[1] <= threshold[1]


def origin_of(evidence: Evidence) -> str | None:
    """Return the comparable form of the origin; None for a placeholder.

    Without an origin, the source is the origin. With a placeholder there is none, because the source states that the
    report came from someone else, who may be any known origin.
    """
    return named_origin(evidence.origin or evidence.source)


def origin_hash(evidence: Evidence) -> str | None:
    """Return a short form of the origin that is different for different origins; None for a placeholder."""
    return _hash_of(evidence.origin or evidence.source)


@cache_short_text
def _hash_of(origin: str) -> str | None:
    form = named_origin(origin)
    return hashlib.blake2b(form.encode(), digest_size=8).hexdigest() if form else None


def count_origins(origins: Collection[str | None]) -> int:
    """Return the number of independent origins among distinct ones. Placeholders only, None, count as one origin."""
    return len(origins) - (None in origins) or len(origins)


def days_near(day: date, policy: Policy) -> tuple[date, ...]:
    """Return the days, in order and including this one, on which corroborating sightings can begin."""
    return _days_around(day, policy.corroboration_days)


@lru_cache(maxsize=8192)
def _days_around(day: date, reach: int) -> tuple[date, ...]:
    middle = day.toordinal()
    first, last = max(date.min.toordinal(), middle - reach), min(date.max.toordinal(), middle + reach)
    return tuple(date.fromordinal(number) for number in range(first, last + 1))
