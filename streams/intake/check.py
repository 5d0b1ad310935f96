"""Does a sighting count, and where? Intake decides by this, and whatever publishes sightings asks it beforehand."""

from __future__ import annotations

from datetime import datetime

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.days import DayPolicy, impossible
from streams.intake.locate import Located, locate
from streams.intake.parse import Refused, unforeseen


def admit(sighting: Sighting, arrived: datetime, days: DayPolicy) -> Located | Refused | None:
    """Return where a sighting that arrives at a time, UTC, counts, or why not. None: a retraction needs no place.

    Never raises: what fails in a way that nobody foresaw is refused.
    """
    if sighting.retracted:
        return None
    try:
        if sighting.occurred and (wrong := impossible(sighting.occurred, arrived, days)):
            return Refused(Reason.BAD_DAYS, f"occurred: {wrong}")
        return locate(sighting)
    except Exception as error:  # noqa: BLE001 - no words of a producer may stop intake
        return unforeseen(error)
