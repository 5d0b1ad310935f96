"""Alerts as a bundle of STIX 2.1 (OASIS): groups, countries, and sightings of one in the other. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from places.regions import country_name
from schemas.evidence import Evidence
from schemas.labels import KINDS
from streams.notify.mrkdwn import clean
from streams.notify.phrases import place_name
from web.formats.alerts import Life

MEDIA_TYPE = "application/stix+json;version=2.1"

_MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""When objects that never change say that they were made."""

Json = dict[str, Any]


def as_stix(several: Iterable[Life]) -> Json:
    """Return the bundle. Ids follow from what they stand for, so a bundle that is fetched again adds nothing."""
    by_us = _object("identity", "firstseen", _MADE, _MADE, name="Firstseen", identity_class="system")
    objects = {by_us["id"]: by_us}
    for one in several:
        for made in _of(one, by_us["id"]):
            objects.setdefault(made["id"], made)
    found = list(objects.values())
    return {"type": "bundle", "id": _id("bundle", "|".join(_version(one) for one in found)), "objects": found}


def _of(one: Life, by_us: str) -> Iterable[Json]:
    alert = one.latest
    kind = KINDS[alert.kind].noun
    names = [clean(name) for name in alert.names if name != alert.group]
    group = _object(
        "threat-actor", alert.group, _MADE, _MADE,
        created_by_ref=by_us, name=clean(alert.group), **({"aliases": names} if names else {}),
    )  # fmt: skip
    places = [
        _object("location", country, _MADE, _MADE, created_by_ref=by_us, name=country_name(country), country=country)
        for country in alert.countries or (alert.country,)
    ]
    yield group
    yield from places
    yield _object(
        "sighting", alert.alert_id, one.published, alert.arrived,
        created_by_ref=by_us,
        description=f"{clean(alert.group)} in {place_name(alert)}, {kind}; {alert.days}; {alert.status}",
        first_seen=_instant(_midnight(alert.first_day)),
        last_seen=_instant(_midnight(alert.last_day)),
        count=max(1, len(alert.why.sightings)),
        sighting_of_ref=group["id"],
        where_sighted_refs=[place["id"] for place in places],
        revoked=alert.status in {"retracted", "superseded"},
        external_references=[
            {"source_name": "firstseen", "external_id": alert.alert_id}, *map(_reference, alert.why.sightings),
        ],
    )  # fmt: skip


def _reference(seen: Evidence) -> Json:
    told: Json = {"source_name": clean(seen.source), "external_id": clean(seen.id) or "?"}
    if seen.title:
        told["description"] = clean(seen.title)
    if seen.url:
        told["url"] = seen.url
    return told


def _object(kind: str, what: str, created: datetime, modified: datetime, **rest: Any) -> Json:
    return {
        "type": kind, "spec_version": "2.1", "id": _id(kind, what), "created": _instant(created),
        "modified": _instant(modified), **rest,
    }  # fmt: skip


def _id(kind: str, what: str) -> str:
    return f"{kind}--{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:firstseen:{kind}:{what}')}"


def _version(made: Json) -> str:
    return f"{made['id']}@{made['modified']}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
