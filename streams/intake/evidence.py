"""A sighting and its location -> the evidence that presence counts."""

from __future__ import annotations

from datetime import datetime

from schemas.evidence import Evidence
from schemas.intake_tables import Version
from schemas.sighting import Sighting
from streams.intake.doubts import doubt_of
from streams.intake.locate import Location


def evidence_of(sighting: Sighting, place: Location, arrived: datetime) -> Evidence:
    """Return the evidence of a sighting that is neither a test nor a retraction. ``arrived`` is in UTC."""
    assert sighting.group is not None
    assert sighting.occurred is not None
    days = sighting.occurred
    ends_from = days.ends_from
    return Evidence.model_construct(
        source=sighting.source,
        id=sighting.id,
        revision=sighting.revision,
        group=sighting.group,
        country=place.country,
        region=place.region,
        first_day=days.first_day,
        last_day=days.last_day,
        begins_by=days.begins_by,
        ends_from=None if ends_from == days.last_day else ends_from,
        arrived=arrived,
        archival=sighting.archival,
        kind=sighting.evidence,
        origin=sighting.origin,
        grade=sighting.grade,
        admin1=sighting.admin1,
        place=sighting.place,
        latitude=sighting.latitude,
        longitude=sighting.longitude,
        title=sighting.title,
        url=sighting.url,
        doubt=doubt_of(sighting, place.doubt),
    )


def version_of(sighting: Sighting, place: Location | None, arrived: datetime) -> Version:
    """Return the version to store. Tests and retractions have no evidence; a retraction has no location either."""
    return Version.model_construct(
        revision=sighting.revision,
        retracted=sighting.retracted,
        content=sighting.content,
        evidence=evidence_of(sighting, place, arrived) if place and not sighting.test else None,
    )
