"""Parameters of the presence rules, with the reasons for their defaults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codes import Grade


@dataclass(frozen=True, slots=True)
class Policy:
    """Parameters of the rule in ``docs/semantics.md``."""

    window_days: int = 30
    """Maximum gap within an episode, in days: the "past month" of the map."""
    dormancy_days: int = 365
    """Maximum gap before a return, in days. After a longer gap it is a re-emergence: a year covers all seasons."""
    horizon_days: int = 30
    """Maximum age of an episode's first day when its report arrives, in days. Older episodes raise no alert."""
    threshold: Grade = "C3"
    """Lowest Admiralty grade that qualifies without corroboration: fairly reliable source, possibly true."""
    source_grades: Mapping[str, Grade] = field(default_factory=dict)
    """Default grade per source, for sightings without a grade. Without one, F6 applies: cannot be judged."""
    corroboration_days: int = 3
    """Maximum distance between the first days of sightings that corroborate each other, in days."""
    spread_days: int = 30
    """Period within which a group must reach ``spread_countries`` countries of a region, in days."""
    spread_countries: int = 3
    """Countries that make a spread. Two neighbours may share one border incident; three are a movement."""

    def as_settings(self) -> dict[str, str]:
        """Return the parameters that results depend on, by setting name. Source grades are hashed."""
        grades = json.dumps(dict(sorted(self.source_grades.items()))).encode()
        return {
            "window_days": str(self.window_days),
            "dormancy_days": str(self.dormancy_days),
            "horizon_days": str(self.horizon_days),
            "grade_threshold": self.threshold,
            "source_grades": hashlib.sha256(grades).hexdigest()[:12] if self.source_grades else "none",
        }

    @property
    def fingerprint(self) -> str:
        """The parameters that results depend on, as one text."""
        return json.dumps(self.as_settings(), sort_keys=True)
