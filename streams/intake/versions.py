"""A sighting and its location -> its version with the evidence that presence counts, and the outcome of that version.

``check.py`` validates the sighting first; ``fold.py`` stores the version and publishes the change of evidence.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.intake_tables import Version
from schemas.labels import join_words
from schemas.limits import shorten
from schemas.names import mixed_scripts
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.check import Location
from streams.intake.differences import describe_difference
from streams.intake.parse import Rejected

Outcome = Literal["accepted", "duplicate", "stale", "retracted", "test"]
"""Outcome of a valid record, named as in :class:`schemas.intake_tables.Accounting`."""


def evidence_of(sighting: Sighting, place: Location, arrived: datetime) -> Evidence:
    """Return the evidence of a sighting that is neither a test nor a retraction. ``arrived`` is in UTC."""
    assert sighting.group is not None
    assert sighting.occurred is not None
    days = sighting.occurred
    first_day, last_day = days.first_day, days.last_day
    exact = days.precision == "day"  # almost every sighting
    ends_from = last_day if exact else days.ends_from
    return Evidence(
        source=sighting.source,
        id=sighting.id,
        revision=sighting.revision,
        group=sighting.group,
        country=place.country,
        region=place.region,
        first_day=first_day,
        last_day=last_day,
        begins_by=first_day if exact else days.begins_by,
        ends_from=None if ends_from == last_day else ends_from,
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
    return Version(
        revision=sighting.revision,
        retracted=sighting.retracted,
        content=sighting.content,
        evidence=evidence_of(sighting, place, arrived) if place and not sighting.test else None,
    )


def doubt_of(sighting: Sighting, of_country: str | None) -> str | None:
    """Return all doubts as one text; None if there are none. ``of_country`` is the doubt about the country."""
    if (not sighting.group or sighting.group.isascii()) and (not sighting.origin or sighting.origin.isascii()):
        return of_country
    names = (("group", sighting.group), ("origin", sighting.origin))
    doubts = [_name_doubt(field, name) for field, name in names if name and not name.isascii()]
    if not any(doubts):
        return of_country
    return shorten("; ".join(filter(None, [*doubts, of_country])), LONGEST_DOUBT)


def _name_doubt(field: str, name: str) -> str | None:
    scripts = mixed_scripts(name)
    return f'the name of the {field} mixes {join_words(scripts)} letters: "{name}"' if scripts else None


def classify(known: Version | None, sent: Version) -> Outcome | Rejected:
    """Classify a sent version against the recorded one.

    Versions are ordered by revision; at the same revision, a retraction ranks above the sighting. An equal version is a
    duplicate and a lower one is stale. Different content under the same revision is rejected as a conflict, and the
    first version counts. All retractions of a revision are equal. A retraction that arrives first is recorded, so that
    its sighting is stale on arrival.
    """
    if known is not None:
        known_rank, sent_rank = (known.revision, known.retracted), (sent.revision, sent.retracted)
        if sent_rank < known_rank:
            return "stale"
        if sent_rank == known_rank:
            return "duplicate" if known.retracted else _same_revision(known, sent)
    if sent.retracted:
        return "retracted"
    return "accepted" if sent.evidence else "test"


def _same_revision(known: Version, sent: Version) -> Literal["duplicate"] | Rejected:
    difference = describe_difference(known, sent)
    if difference is None:
        return "duplicate"
    detail = f"revision {known.revision} is already recorded {difference}: send revision {known.revision + 1}"
    return Rejected(Reason.CONFLICT, detail)
