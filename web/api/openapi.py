"""The OpenAPI document: what FastAPI derives from the routes, completed with what it cannot know."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic_core import to_json

from schemas.sighting import Sighting
from web.formats import geojson, stix
from web.http.problem import MEDIA_TYPE, Problem

_TOO_MANY = "Too many requests from this address; wait for `Retry-After`."
_NO_TOKEN = "The operator has set a read token, and it is missing or wrong."  # noqa: S105 - a sentence
_UNCHANGED = "The client has this response: its `If-None-Match` holds the `ETag`."
_READERS: list[dict[str, list[str]]] = [{}, {"readToken": []}, {"readPassword": []}]
"""Without a token, or with one: whether it is needed is the operator's choice."""

VERSION = "1"

DESCRIPTION: dict[str, Any] = {
    "title": "Firstseen",
    "version": VERSION,
    "summary": "Armed groups seen in a country for the first time.",
    "description": (
        "Alerts, the evidence behind them, and what was known when. Days are UTC days, both ends included. "
        "Addresses in responses are relative to the server.\n\n"
        "A response of several pages has the address of the next one in `next` and in the header `Link`. Errors are "
        "problems of RFC 9457. An unknown parameter is an error."
    ),
    "contact": {"name": "The operator of this server"},
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "openapi_tags": [
        {"name": "Alerts", "description": "What is new, and its corrections."},
        {"name": "On record", "description": "Where groups have been, as known now or then."},
        {"name": "Sightings", "description": "The evidence; publish your own."},
        {"name": "Filters", "description": "Help with the filter language."},
        {"name": "About", "description": "The API itself."},
    ],
    "servers": [{"url": "/", "description": "This server."}],
}


def complete(app: FastAPI) -> None:
    """Complete the document on first use: generating it takes five times as long as building the rest."""
    generate = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(generate())
        return generate()

    app.openapi = completed  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    """Replace FastAPI's own 422, which no route returns, and add what every request passes before its route."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        del schemas[name]
    for model in (Problem, Sighting, geojson.FeatureCollection, stix.Bundle):  # which no route names as its model
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for name, schema in schemas.items():
        for field in schema.get("properties", {}).values():
            _keep_optional(field, is_sent=name == Sighting.__name__)
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["readToken"] = {"type": "http", "scheme": "bearer", "description": "The read token, if there is one."}
    schemes["readPassword"] = {
        "type": "http", "scheme": "basic", "description": "The read token as the password of any user name."
    }  # fmt: skip
    for operations in document["paths"].values():
        for operation in operations.values():
            if operation["operationId"] != "getHealth":  # it is for everybody
                _complete_operation(operation)


def _keep_optional(field: dict[str, Any], *, is_sent: bool) -> None:
    """Let generators of types take a field without a value as optional: they require one with a ``default``.

    Fields of responses with a default other than null are always there.
    """
    if "default" in field and (is_sent or field["default"] is None):
        default = field.pop("default")
        if default is not None:
            field["description"] += f" By default `{to_json(default).decode()}`."


def _complete_operation(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for response in responses.values():
        if response["description"] == "Successful Response":  # FastAPI's own words
            response["description"] = "The response."
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status, cause in (("401", _NO_TOKEN), ("429", _TOO_MANY)):
        schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
        responses.setdefault(status, {"description": cause, "content": {MEDIA_TYPE: schema}})
    is_stream = "text/event-stream" in responses.get("200", {}).get("content", {})
    if "requestBody" not in operation and not is_stream:
        responses["304"] = {"description": _UNCHANGED}
    if "304" in responses:
        response = responses["200"]
        response["headers"] = {"ETag": {"description": "Changes with the response.", "schema": {"type": "string"}}}
        if any(parameter["name"] in {"before", "after", "until"} for parameter in operation.get("parameters", ())):
            link = 'With rel="next": the address of the next page; absent on the last one.'
            response["headers"]["Link"] = {"description": link, "schema": {"type": "string"}}
    operation.setdefault("security", _READERS)
    operation["responses"] = dict(sorted(responses.items()))
