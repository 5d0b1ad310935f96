"""Alerts as a bundle of STIX 2.1 (OASIS): groups, countries, and sightings of a group in a country. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from history.alerts import AlertEntry
from places.countries import country_name
from schemas.evidence import Evidence
from streams.notify.cards import headline
from streams.notify.spans import words
from streams.notify.untrusted_text import clean

MEDIA_TYPE = "application/stix+json;version=2.1"

_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Creation time of objects other than alerts: all versions of an object must have the same."""

_DAY = timedelta(days=1, milliseconds=-1)
"""From the beginning of a day to its last moment."""

Json = dict[str, Any]


class Bundle(BaseModel):
    """Objects of STIX 2.1."""

    type: Literal["bundle"]
    id: str
    objects: list[dict[str, Any]]
    """Each with its `type`, such as `threat-actor`, `location` or `sighting`."""


def alerts_to_stix(entries: Iterable[AlertEntry]) -> Json:
    """Return the bundle. Ids are derived from what they name, so importing a bundle again adds nothing."""
    identity = _object("identity", "firstseen", _CREATED, _CREATED, name="Firstseen", identity_class="system")
    objects = {identity["id"]: identity}
    for entry in entries:
        for made in _objects(entry, identity["id"]):
            known = objects.setdefault(made["id"], made)
            if known["modified"] < made["modified"]:
                objects[made["id"]] = made
    values = list(objects.values())
    return {"type": "bundle", "id": _id("bundle", "|".join(map(_version, values))), "objects": values}


def _objects(entry: AlertEntry, identity: str) -> Iterable[Json]:
    alert = entry.latest
    aliases = [clean(name) for name in alert.names if name != alert.group]
    group = _object(
        "threat-actor", alert.group, _CREATED, max(_CREATED, alert.arrived),  # its aliases are those of this event
        created_by_ref=identity, name=clean(alert.group), **({"aliases": aliases} if aliases else {}),
    )  # fmt: skip
    locations = [
        _object(
            "location", country, _CREATED, _CREATED,
            created_by_ref=identity, name=country_name(country), country=country,
        )
        for country in alert.countries or (alert.country,)
    ]  # fmt: skip
    yield group
    yield from locations
    yield _object(
        "sighting", alert.alert_id, entry.published, alert.arrived,
        created_by_ref=identity,
        description=f"{words(headline(alert, entry.announced))}; {alert.days}",
        first_seen=_format_instant(_midnight(alert.first_day)),
        last_seen=_format_instant(_midnight(alert.last_day) + _DAY),
        count=max(1, len(alert.why.sightings)),
        sighting_of_ref=group["id"],
        where_sighted_refs=[location["id"] for location in locations],
        revoked=alert.status in {"retracted", "superseded"},
        external_references=[
            {"source_name": "firstseen", "external_id": alert.alert_id}, *map(_reference, alert.why.sightings),
        ],
    )  # fmt: skip


def _reference(sighting: Evidence) -> Json:
    reference: Json = {"source_name": clean(sighting.source), "external_id": clean(sighting.id) or "?"}
    if sighting.title:
        reference["description"] = clean(sighting.title)
    if sighting.url:
        reference["url"] = sighting.url
    return reference


def _object(kind: str, key: str, created: datetime, modified: datetime, **properties: Any) -> Json:
    return {
        "type": kind, "spec_version": "2.1", "id": _id(kind, key), "created": _format_instant(created),
        "modified": _format_instant(modified), **properties,
    }  # fmt: skip


def _id(kind: str, key: str) -> str:
    return f"{kind}--{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:firstseen:{kind}:{key}')}"


def _version(made: Json) -> str:
    return f"{made['id']}@{made['modified']}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _format_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
