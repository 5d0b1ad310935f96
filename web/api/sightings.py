"""``/api/v1/sightings``: GET reads the evidence, with a path for each format; POST takes sightings from producers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from faust_batches.errors import UnreachableError, reason
from places.countries import country_name
from schemas.evidence import Evidence
from streams.io.clock import now
from streams.io.publisher import PublishError
from web.api.filter_param import notes_as_json
from web.api.idempotency import content_of
from web.api.selected_sightings import SelectedSightings, SightingsOfPage
from web.api.services import NO_ANSWER, Injected, ProducerSource, Services
from web.api.submissions import MAX_SIGHTINGS, CheckedSighting, UnreadableError, check_all
from web.formats import csv, geojson
from web.http.caching import CachedResponse
from web.http.documented_formats import documented_format
from web.http.problem import ParameterNote, documented, problem
from web.http.request_body import read_body, require_json
from web.http.strict_route import StrictRoute

_MAX_BYTES = 2**20
_MAX_KEY_LENGTH = 200
_INVALID = "A parameter is invalid."

_SIGHTING = {"$ref": "#/components/schemas/Sighting"}
_SIGHTINGS = {"type": "array", "items": _SIGHTING, "maxItems": MAX_SIGHTINGS}
_REQUEST_BODY = {
    "required": True,
    # Generators fail on several media types: the operation's description has those of CloudEvents.
    "content": {"application/json": {"schema": {"oneOf": [_SIGHTING, _SIGHTINGS]}}},
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text. A request that is repeated with the same key and body gets the same response.",
    "schema": {"type": "string", "maxLength": _MAX_KEY_LENGTH, "examples": ["2026-11-24/batch-7"]},
}
DryRun = Annotated[bool, Query(description="True: check the sightings and write nothing.", examples=[True])]

router = APIRouter(route_class=StrictRoute, tags=["Sightings"])


class SightingRow(Evidence):
    """A sighting on record."""

    country_name: str


class SightingsPage(BaseModel):
    """Sightings, the latest first."""

    sightings: list[SightingRow]
    more: bool
    """Whether the limit cut the response."""
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""
    warnings: list[ParameterNote]
    """Warnings about the filter, such as an unknown group."""


class Verdict(BaseModel):
    """The verdict on one sighting of a request."""

    index: int
    """Its position in the request, from 0."""
    source: str | None = None
    id: str | None = None
    verdict: Literal["accepted", "refused"]
    revision: int | None = None
    reason: str | None = None
    """Why it is refused, as on the topic ``rejected``."""
    detail: str | None = None
    suggestions: list[str] | None = None


class Verdicts(BaseModel):
    """The verdicts on the sightings of a request."""

    accepted: int
    refused: int
    sightings: list[Verdict]


@router.get(
    "/api/v1/sightings",
    name="sightings",
    responses={200: {"model": SightingsPage}, **documented(status_400=_INVALID, status_503=NO_ANSWER)},
)
async def list_sightings(
    request: Request,
    selected: SelectedSightings,
    format: Annotated[  # noqa: A002 - the parameter's name in the URL
        Literal["json", "geojson", "csv"], Query(include_in_schema=False)
    ] = "json",
) -> Response:
    """Return the sightings on record, the latest first. A sighting of a faction counts for its parents, too."""
    if format != "json":  # an earlier address of the paths below
        return _FORMATS[format](selected).respond(request, selected.cache, selected.headers)
    page = {
        "sightings": [{**row.to_json(), "country_name": country_name(row.country)} for row in selected.rows],
        "more": selected.next_page is not None,
        "next": selected.next_page,
        "warnings": notes_as_json(selected.warnings),
    }
    return CachedResponse.json(page).respond(request, selected.cache, selected.headers)


@router.get(
    "/api/v1/sightings.csv",
    response_class=Response,
    responses={**documented_format(csv.MEDIA_TYPE), **documented(status_400=_INVALID, status_503=NO_ANSWER)},
)
async def get_sightings_csv(request: Request, selected: SelectedSightings) -> Response:
    """Return the same page of sightings as CSV, a line for each sighting."""
    return _csv(selected).respond(request, selected.cache, selected.headers)


@router.get(
    "/api/v1/sightings.geojson",
    response_class=Response,
    responses={
        **documented_format(geojson.MEDIA_TYPE, geojson.FeatureCollection),
        **documented(status_400=_INVALID, status_503=NO_ANSWER),
    },
)
async def get_sightings_geojson(request: Request, selected: SelectedSightings) -> Response:
    """Return the same page of sightings as GeoJSON, without sightings that have no position."""
    return _geojson(selected).respond(request, selected.cache, selected.headers)


def _csv(selected: SightingsOfPage) -> CachedResponse:
    return CachedResponse(csv.sightings_to_csv(selected.rows), csv.MEDIA_TYPE)


def _geojson(selected: SightingsOfPage) -> CachedResponse:
    return CachedResponse(geojson.sightings_to_geojson(selected.rows), geojson.MEDIA_TYPE)


_FORMATS = {"csv": _csv, "geojson": _geojson}


@router.post(
    "/api/v1/sightings",
    name="sightings",
    status_code=202,
    responses={
        200: {"model": Verdicts, "description": "With ``dry_run``: the verdicts. Nothing is written."},
        202: {"model": Verdicts, "description": "Kafka has acknowledged the accepted sightings."},
        422: {"model": Verdicts, "description": "No sighting is accepted, with or without ``dry_run``."},
        **documented(
            status_400="The body cannot be read.",
            status_401="The producer's key is missing or unknown.",
            status_408="The body did not arrive in time.",
            status_409="The Idempotency-Key was used for another body.",
            status_411="There is no Content-Length.",
            status_413="The body is too large.",
            status_415="The headers say that the body is not JSON in UTF-8.",
            status_503="Kafka does not acknowledge the sightings at the moment.",
        ),
    },
    openapi_extra={"requestBody": _REQUEST_BODY, "parameters": [_IDEMPOTENCY_KEY]},
)
async def post_sightings(
    request: Request, services: Injected, source: ProducerSource, dry_run: DryRun = False
) -> Response:
    """Take one sighting, many, or CloudEvents, of the key's source, and return a verdict on each.

    CloudEvents 1.0 may be one event (`application/cloudevents+json`), a batch
    (`application/cloudevents-batch+json`), or in binary mode: the body is the sighting, and the headers
    `ce-specversion`, `ce-id`, `ce-source` and `ce-type` hold the attributes, percent-encoded as in the HTTP binding.
    The source and id of an event are those of its sighting.

    Some verdicts depend on other versions of a sighting. The response includes them if intake reaches them within two
    seconds; otherwise the sighting is accepted, and `GET /api/v1/rejections` shows later whether it was rejected.
    With `dry_run` nothing is written, and nothing is compared with other versions.
    """
    require_json(request.headers)
    body = await read_body(request, _MAX_BYTES, services.body_seconds)
    if dry_run:
        return _dry_run(services, body, request.headers, source)
    key = request.headers.get("idempotency-key", "")
    if len(key) > _MAX_KEY_LENGTH:
        return problem(400, f"The Idempotency-Key may have at most {_MAX_KEY_LENGTH} characters.")
    content = content_of(body, request.headers)
    async with services.sent_responses.lock(source, key):  # two copies of a request at once are one request
        sent = services.sent_responses.get(source, key, content)
        if sent is not None:
            return sent
        response = await _publish(services, body, request.headers, source)
        services.sent_responses.put(source, key, content, response)
        return response


def _dry_run(services: Services, body: bytes, headers: Mapping[str, str], source: str) -> Response:
    try:
        return _respond(check_all(body, headers, source, now(), services.days), 200)
    except UnreadableError as error:
        return problem(400, f"{error}.")


async def _publish(services: Services, body: bytes, headers: Mapping[str, str], source: str) -> Response:
    try:
        checked = check_all(body, headers, source, now(), services.days)
    except UnreadableError as error:
        return problem(400, f"{error}.")
    try:
        written = await services.writer.write(checked)
    except (PublishError, UnreachableError) as error:
        services.writer.outages.warning("", "Posted sightings were not written: %s", reason(error))
        return problem(503, "Kafka does not acknowledge them at the moment: send them again.", {"Retry-After": "5"})
    return _respond(written, 202)


def _respond(sightings: Sequence[CheckedSighting], status: int) -> Response:
    accepted = sum(sighting.accepted for sighting in sightings)
    counts = {"accepted": accepted, "refused": len(sightings) - accepted}
    content = to_json({**counts, "sightings": [sighting.verdict for sighting in sightings]})
    return Response(content, status if accepted else 422, media_type="application/json")
