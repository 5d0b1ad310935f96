"""Does a sighting count, and where? Intake decides by this, and whatever publishes sightings asks it beforehand."""

from __future__ import annotations

from datetime import datetime

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.days import DayPolicy, why_impossible
from streams.intake.locate import Location, locate
from streams.intake.parse import Rejected, unexpected_failure


def check_sighting(sighting: Sighting, arrived: datetime, days: DayPolicy) -> Location | Rejected | None:
    """Return where a sighting that arrives at a time, UTC, counts, or why not. None: a retraction needs no place.

    Never raises: what fails in a way that nobody foresaw is refused.
    """
    if sighting.retracted:
        return None
    try:
        if sighting.occurred and (wrong := why_impossible(sighting.occurred, arrived, days)):
            return Rejected(Reason.BAD_DAYS, f"occurred: {wrong}")
        return locate(sighting)
    except Exception as error:  # noqa: BLE001 - no words of a producer may stop intake
        return unexpected_failure(error)
