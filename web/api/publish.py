"""``POST /api/v1/sightings``: one or many, as JSON or CloudEvents; a key writes for its own source only."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal
from weakref import WeakValueDictionary

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from faust_batches.errors import UnreachableError, reason
from streams.intake.days import DayPolicy
from streams.io.clock import monotonic, now
from streams.io.kafka_config import KafkaConfig
from streams.io.log_once import SparingLog
from streams.io.publisher import PublishError, SightingProducer
from streams.io.verdicts import Place
from web.api.submissions import MOST_SIGHTINGS, Judged, UnreadableError, judged, source_of
from web.http.clients import read_body
from web.http.problem import documented, problem
from web.state.verdicts import Judging

LARGEST_BYTES = 2**20
_MOST_REMEMBERED = 1_000
_LONGEST_KEY = 200

JUDGED_WITHIN_SECONDS = 2.0
"""So long a request waits for intake. It takes a tenth of a second when intake runs and nothing waits before it."""

KAFKA_SECONDS = 8.0
"""So long a request waits for Kafka to acknowledge."""

_SIGHTING = {
    "type": "object",
    "required": ["source", "id"],
    "description": "A sighting: docs/schemas/sightings.v1.json.",
}


class Verdict(BaseModel):
    """What becomes of one sighting of a request."""

    index: int
    """Its place in the request, from 0."""
    source: str | None = None
    id: str | None = None
    verdict: Literal["accepted", "refused"]
    revision: int | None = None
    reason: str | None = None
    """Why it is refused, as on the topic ``rejected``."""
    detail: str | None = None
    suggestions: list[str] | None = None


class Verdicts(BaseModel):
    """What becomes of the sightings of a request."""

    accepted: int
    refused: int
    sightings: list[Verdict]


_log = logging.getLogger(__name__)


def take_sightings(app: FastAPI, writer: Writer, keys: Mapping[str, str], days: DayPolicy, body_seconds: float) -> None:
    """Let the application take sightings; ``keys`` are the producers' by source. Without any nobody may write."""
    answered = _Answered()
    app.state.close_writer = writer.close

    @app.post(
        "/api/v1/sightings",
        status_code=202,
        responses={
            200: {"model": Verdicts, "description": "With ``dry_run``: what would become of them; nothing is written."},
            202: {"model": Verdicts, "description": "Kafka has those that are accepted."},
            422: {"model": Verdicts, "description": "None is accepted, with ``dry_run`` or without."},
            **documented(
                status_400="The body is not read.",
                status_401="The key is nobody's.",
                status_408="The body did not come in time.",
                status_409="The Idempotency-Key came with another body before.",
                status_411="There is no Content-Length.",
                status_413="The body is too large.",
                status_503="Kafka does not take them just now.",
            ),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [_SIGHTING, {"type": "array", "items": _SIGHTING, "maxItems": MOST_SIGHTINGS}]
                        }
                    },
                    "application/cloudevents+json": {"schema": {"type": "object"}},
                    "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
                },
            },
            "security": [{"producer": []}],
        },
    )
    async def sightings(request: Request, *, dry_run: bool = False) -> Response:
        """Take one sighting, many, or CloudEvents, of the source that the key is for; each gets its verdict.

        CloudEvents 1.0 come as one event (`application/cloudevents+json`), as a batch
        (`application/cloudevents-batch+json`), or in binary mode: the sighting is the body, and the attributes are the
        headers `ce-specversion`, `ce-id`, `ce-source` and `ce-type`, percent-encoded as the HTTP binding says. An
        event's source and id are those of its sighting.

        What intake finds out only when it knows the other versions of a sighting is told, too, if it comes to it within
        two seconds; else the sighting is accepted, and `GET /api/v1/rejections` says later what became of it.
        With `dry_run` nothing is written, and nothing is compared with other versions.
        """
        source = source_of(request.headers.get("authorization", ""), keys)
        if source is None:
            told = "Send `Authorization: Bearer KEY` with the key of a producer (FIRSTSEEN_PRODUCER_KEYS)."
            return problem(401, told, {"WWW-Authenticate": "Bearer"})
        body = await read_body(request, LARGEST_BYTES, body_seconds)
        if dry_run:
            return _checked(body, request.headers, source, days)
        name = request.headers.get("idempotency-key", "")
        if len(name) > _LONGEST_KEY:
            return problem(400, f"An Idempotency-Key has at most {_LONGEST_KEY} characters.")
        async with answered.turn(source, name):  # the same request twice at once is one
            before = answered.before(source, name, body)
            if before is not None:
                return before
            answer = await _answer(writer, body, request.headers, source, days)
            answered.remember(source, name, body, answer)
        return answer


async def _answer(writer: Writer, body: bytes, headers: Mapping[str, str], source: str, days: DayPolicy) -> Response:
    try:
        found = judged(body, headers, source, now(), days)
    except UnreadableError as error:
        return problem(400, f"{error}.")
    try:
        found = await writer.write(found)
    except (PublishError, UnreachableError) as error:
        writer.lasting.warning("", "Sightings were not taken: %s", reason(error))
        return problem(503, "Kafka does not take them just now: send them again.", {"Retry-After": "5"})
    return _told(found, 202)


def _checked(body: bytes, headers: Mapping[str, str], source: str, days: DayPolicy) -> Response:
    try:
        return _told(judged(body, headers, source, now(), days), 200)
    except UnreadableError as error:
        return problem(400, f"{error}.")


def _told(several: Sequence[Judged], status: int) -> Response:
    accepted = sum(one.accepted for one in several)
    counts = {"accepted": accepted, "refused": len(several) - accepted}
    told = orjson.dumps({**counts, "sightings": [one.verdict for one in several]})
    return Response(told, status if accepted else 422, media_type="application/json")


class Writer:
    """The producer, made when it is first needed, and anew after it failed."""

    def __init__(self, cluster: KafkaConfig, prefix: str, judging: Judging) -> None:
        self._cluster, self._prefix, self._judging = cluster, prefix, judging
        self._producer: SightingProducer | None = None
        self._turn = asyncio.Lock()
        self._lost_at = 0.0
        self.lasting = SparingLog(_log)

    async def write(self, several: Sequence[Judged]) -> list[Judged]:
        """Write those that are accepted, and return all with the verdicts of intake, as far as it comes to them.

        Raises PublishError or UnreachableError.
        """
        accepted = [one for one in several if one.accepted]
        if not accepted:
            return list(several)
        places: dict[int, Place] = {}
        began = monotonic()
        async with self._turn:
            if self._lost_at > began:  # else each of many who wait would wait as long as this one did
                raise PublishError("Kafka was lost meanwhile")
            try:
                await asyncio.to_thread(self._write, accepted, places)
            except (PublishError, UnreachableError):
                self._lost_at = monotonic()
                raise
        found = await self._judging.of(places.values(), JUDGED_WITHIN_SECONDS)
        return [one.after(places[id(one)], found) if one.accepted else one for one in several]

    def _write(self, several: Sequence[Judged], places: dict[int, Place]) -> None:
        """Return once Kafka has acknowledged all, and note where each lies."""

        def note(one: Judged, partition: int, offset: int) -> None:
            places[id(one)] = Place(partition, offset)

        try:
            self._producer = self._producer or SightingProducer(self._cluster, self._prefix, KAFKA_SECONDS)
            for one in several:
                self._producer.send(one.key, one.value, headers=one.headers, taken=partial(note, one))
            self._producer.flush()
        except PublishError:
            failed, self._producer = self._producer, None
            if failed:
                failed.abandon()
            raise

    def close(self) -> None:
        """Leave Kafka."""
        producer, self._producer = self._producer, None
        if producer:
            with suppress(PublishError):
                producer.close()


class _Answered:
    """Answers by ``Idempotency-Key``: a request that is sent again is answered as before, and not written again."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._answers: OrderedDict[tuple[str, str], tuple[str, Response]] = OrderedDict()

    def turn(self, source: str, name: str) -> asyncio.Lock:
        """Return what lets one request of this key at a time through, and all that have none."""
        return self._turns.setdefault((source, name), asyncio.Lock()) if name else asyncio.Lock()

    def before(self, source: str, name: str, body: bytes) -> Response | None:
        known = self._answers.get((source, name)) if name else None
        if known is None:
            return None
        told, answer = known
        if told != hashlib.sha256(body).hexdigest():
            return problem(409, "This Idempotency-Key came with another body before: take a new one.")
        return Response(answer.body, answer.status_code, media_type=answer.media_type)

    def remember(self, source: str, name: str, body: bytes, answer: Response) -> None:
        if name and answer.status_code in {202, 422}:
            self._answers[source, name] = hashlib.sha256(body).hexdigest(), answer
            while len(self._answers) > _MOST_REMEMBERED:
                self._answers.popitem(last=False)
