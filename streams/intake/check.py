"""Validation of sightings: a record in; a sighting with its location, or a rejection, out.

Intake applies it to every record. The command line and HTTP apply it to their input before they publish it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from faust_batches.step import Incoming
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.day_limits import DayPolicy, why_impossible
from streams.intake.locate import Location, locate
from streams.intake.parse import Rejected, parse, unexpected_failure


class Checked(NamedTuple):
    """Result of the validation of a record."""

    sighting: Sighting | None
    """None if the record cannot be parsed."""
    location: Location | None = None
    """None for a retraction, which needs no location, and for a rejected record."""
    rejected: Rejected | None = None
    """The rejection; None for a valid sighting."""

    @property
    def valid_or_rejected(self) -> Sighting | Rejected:
        """The sighting if it is valid, else the rejection."""
        if self.rejected:
            return self.rejected
        assert self.sighting is not None
        return self.sighting


def check_record(record: Incoming, days: DayPolicy) -> Checked:
    """Parse a record, then check its days and resolve its location. Never raises."""
    sighting = parse(record)
    if isinstance(sighting, Rejected):
        return Checked(None, rejected=sighting)
    location = check_sighting(sighting, record.arrived, days)
    if isinstance(location, Rejected):
        return Checked(sighting, rejected=location)
    return Checked(sighting, location)


def check_sighting(sighting: Sighting, arrived: datetime, days: DayPolicy) -> Location | Rejected | None:
    """Return the location of a sighting that arrives at ``arrived``, UTC, or its rejection. None for a retraction.

    Never raises: an unexpected exception becomes a rejection.
    """
    if sighting.retracted:
        return None
    try:
        if sighting.occurred and (problem := why_impossible(sighting.occurred, arrived, days)):
            return Rejected(Reason.BAD_DAYS, f"occurred: {problem}")
        return locate(sighting)
    except Exception as error:  # noqa: BLE001 - no input may stop intake
        return unexpected_failure(error)
