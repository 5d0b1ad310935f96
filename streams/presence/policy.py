"""The numbers in the rules of newness, with their reasons."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codes import Grade


@dataclass(frozen=True, slots=True)
class Policy:
    """DESIGN section 3. Spans are in days."""

    window_days: int = 30
    """Evidence at most this far apart is one episode: the span that "in the past month" means on the map."""
    dormancy_days: int = 365
    """After a gap longer than this a return is a re-emergence: a year holds every season of fighting."""
    horizon_days: int = 30
    """An episode is pushed only if it began at most this long before the report of it arrived: older is history."""
    threshold: Grade = "C3"
    """The lowest Admiralty grade that proves alone: a fairly reliable source, possibly true."""
    source_grades: Mapping[str, Grade] = field(default_factory=dict)
    """Grade of a source's sightings that have none. Others count as F6: nothing can be judged."""
    corroboration_days: int = 3
    """Two origins corroborate each other when what they tell begins within 72 hours."""
    spread_days: int = 30
    """A group spreads when it first comes to so many countries of a region within this span."""
    spread_countries: int = 3
    """Two neighbours share a border that a group crosses; three are a movement."""

    def in_words(self) -> dict[str, str]:
        """Return the numbers that results depend on, by the names of their settings; source grades as one hash."""
        grades = json.dumps(dict(sorted(self.source_grades.items()))).encode()
        return {
            "window_days": str(self.window_days),
            "dormancy_days": str(self.dormancy_days),
            "horizon_days": str(self.horizon_days),
            "grade_threshold": self.threshold,
            "source_grades": hashlib.sha256(grades).hexdigest()[:12] if self.source_grades else "none",
        }
