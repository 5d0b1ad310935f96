"""Turns a posted body into sightings, each with a verdict, by the rules that intake applies later. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from faust_batches.step import Headers, Incoming
from streams.intake.check import check_record
from streams.intake.day_limits import DayPolicy
from streams.intake.json_mistakes import ONE_PER_LINE
from streams.intake.parse import Rejected, identity_of
from streams.intake.strict_json import split_array
from streams.io.intake_outcomes import Outcomes, RecordPosition
from web.http.cloudevents_headers import event_headers

_PENDING = "written to Kafka; intake has not read it yet: GET /api/v1/rejections will show whether it was rejected"

MAX_SIGHTINGS = 1_000
"""In one request."""


class UnreadableError(ValueError):
    """The body cannot be read. The message says why and what to send."""


@dataclass(frozen=True, slots=True)
class CheckedSighting:
    """One sighting of a request, and the verdict on it."""

    key: str | None
    """Key of its Kafka record; None when it is refused."""
    value: bytes
    headers: Headers
    verdict: dict[str, Any]
    """What the producer gets: an entry of ``sightings`` in the response."""

    @property
    def accepted(self) -> bool:
        """Whether the sighting is accepted, as far as is known."""
        return bool(self.verdict["verdict"] == "accepted")

    def with_verdict(self, position: RecordPosition, outcomes: Outcomes) -> CheckedSighting:
        """Return the sighting, written at this position, with the verdict that intake reached."""
        if rejection := outcomes.rejected.get(position):
            rejected = Rejected(rejection.reason, rejection.detail, rejection.suggestions)
            identity = {name: self.verdict[name] for name in ("index", "source", "id")}
            return replace(self, verdict={**identity, **_refusal(rejected)})
        if position in outcomes.waiting:
            return replace(self, verdict={**self.verdict, "detail": _PENDING})
        return self


def check_all(
    body: bytes, headers: Mapping[str, str], source: str, arrived: datetime, days: DayPolicy
) -> list[CheckedSighting]:
    """Return a verdict for each sighting of a body: a JSON object, an array of them, or CloudEvents in any mode.

    ``source`` is the one that the producer's key is for; ``arrived`` is now, UTC. Raises UnreadableError for any other
    body, an empty array, and more than MAX_SIGHTINGS.
    """
    if event := event_headers(headers):
        return [_check(Incoming("http", 0, 0, arrived, None, body, event), source, days)]
    try:
        values = split_array(body)
    except ValueError as error:
        in_an_array = str(error).replace(ONE_PER_LINE, "send one object, or an array of objects")
        raise UnreadableError(f"the body cannot be read: {in_an_array}") from error
    if len(values) > MAX_SIGHTINGS:
        raise UnreadableError(f"{len(values):,} sightings: send at most {MAX_SIGHTINGS:,} in one request")
    if not values:
        raise UnreadableError("the array is empty: send at least one sighting")
    return [
        _check(Incoming("http", 0, index, arrived, None, value), source, days) for index, value in enumerate(values)
    ]


def _check(record: Incoming, source: str, days: DayPolicy) -> CheckedSighting:
    index, value, headers = record.offset, record.value or b"", record.headers
    sighting, _, rejected = check_record(record, days)
    if sighting is None:
        assert rejected is not None
        identity = {name: text for name, text in zip(("source", "id"), identity_of(record), strict=True) if text}
        return CheckedSighting(None, value, headers, {"index": index, **identity, **_refusal(rejected)})
    named = {"index": index, "source": sighting.source, "id": sighting.id}
    if sighting.source != source:
        detail = f"this key writes for the source {source!r} only"
        refusal = {"verdict": "refused", "reason": "other_source", "detail": detail}
        return CheckedSighting(None, value, headers, {**named, **refusal})
    if rejected:
        return CheckedSighting(sighting.key, value, headers, {**named, **_refusal(rejected)})
    accepted = {"verdict": "accepted", "revision": sighting.revision}
    return CheckedSighting(sighting.key, value, headers, {**named, **accepted})


def _refusal(rejected: Rejected) -> dict[str, Any]:
    refusal: dict[str, Any] = {"verdict": "refused", "reason": str(rejected.reason), "detail": rejected.detail}
    return refusal | ({"suggestions": list(rejected.suggestions)} if rejected.suggestions else {})
