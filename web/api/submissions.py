"""What is posted becomes sightings, each with a verdict: intake's own rules, asked before Kafka has it. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from faust_batches.step import Headers, Incoming
from streams.intake.check import check_sighting
from streams.intake.days import DayPolicy
from streams.intake.parse import Rejected, identity_of, parse
from streams.intake.strict_json import split_array
from streams.io.verdicts import Found, Place
from web.http.event_headers import event_headers

_NOT_JUDGED = "Kafka has it, and intake has not come to it yet: GET /api/v1/rejections says later if it was rejected"

MOST_SIGHTINGS = 1_000
"""In one request."""


class UnreadableError(ValueError):
    """A body is not read at all. The message says why and what to send."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One of the sightings of a request."""

    key: str | None
    value: bytes
    headers: Headers
    """What goes to Kafka, if it does."""
    verdict: dict[str, Any]
    """What its producer is told."""

    @property
    def accepted(self) -> bool:
        """Whether intake will take it."""
        return bool(self.verdict["verdict"] == "accepted")

    def after(self, place: Place, found: Found) -> Judged:
        """Return it with what intake made of it, now that Kafka has it at a place."""
        if rejection := found.rejected.get(place):
            refused = Rejected(rejection.reason, rejection.detail, rejection.suggestions)
            named = {name: self.verdict[name] for name in ("index", "source", "id")}
            return replace(self, verdict={**named, **_refusal(refused)})
        if place in found.waiting:
            return replace(self, verdict={**self.verdict, "detail": _NOT_JUDGED})
        return self


def source_of(authorization: str, keys: Mapping[str, str]) -> str | None:
    """Return the source that a key may write for, or None when it is nobody's."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "bearer":
        return None
    found = [source for source, key in keys.items() if hmac.compare_digest(key.encode(), given.strip().encode())]
    return found[0] if found else None


def judged(body: bytes, headers: Mapping[str, str], source: str, arrived: datetime, days: DayPolicy) -> list[Judged]:
    """Return a verdict for each sighting of a body: one JSON object, many in an array, or CloudEvents of either form.

    ``arrived`` is now, UTC. Raises UnreadableError when it is none of them, or holds too many.
    """
    if event := event_headers(headers):
        return [_judge(Incoming("http", 0, 0, arrived, None, body, event), source, days)]
    try:
        values = split_array(body)
    except ValueError as error:
        raise UnreadableError(f"the body is not read: {error}") from error
    if len(values) > MOST_SIGHTINGS:
        raise UnreadableError(f"{len(values):,} sightings: send at most {MOST_SIGHTINGS:,} at once")
    if not values:
        raise UnreadableError("the array is empty: send at least one sighting")
    return [
        _judge(Incoming("http", 0, number, arrived, None, value), source, days) for number, value in enumerate(values)
    ]


def _judge(record: Incoming, source: str, days: DayPolicy) -> Judged:
    index, value, headers = record.offset, record.value or b"", record.headers
    sighting = parse(record)
    if isinstance(sighting, Rejected):
        told = {name: text for name, text in zip(("source", "id"), identity_of(record), strict=True) if text}
        return Judged(None, value, headers, {"index": index, **told, **_refusal(sighting)})
    named = {"index": index, "source": sighting.source, "id": sighting.id}
    if sighting.source != source:
        detail = f"this key writes for the source {source!r} only"
        return Judged(None, value, headers, {**named, "verdict": "refused", "reason": "other_source", "detail": detail})
    place = check_sighting(sighting, record.arrived, days)
    verdict = _refusal(place) if isinstance(place, Rejected) else {"verdict": "accepted", "revision": sighting.revision}
    return Judged(sighting.key, value, headers, {**named, **verdict})


def _refusal(refused: Rejected) -> dict[str, Any]:
    told: dict[str, Any] = {"verdict": "refused", "reason": str(refused.reason), "detail": refused.detail}
    return told | ({"suggestions": list(refused.suggestions)} if refused.suggestions else {})
