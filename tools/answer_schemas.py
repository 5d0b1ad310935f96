"""JSON Schemas of what commands print with ``-o json``, and of some answers over HTTP, from their types."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter

from firstseen.commands.alerts import AlertEvents, AlertRow
from firstseen.commands.areas import AreaRow
from firstseen.commands.countries import CountryRow, ResolutionRow
from firstseen.commands.deliveries import AlertDeliveries
from firstseen.commands.doctor import CheckRow
from firstseen.commands.groups_show import GroupShown
from firstseen.commands.subscriptions import PreviewRow
from firstseen.commands.topics import DifferenceRow, TopicRow
from firstseen.groups.unknown_names import UnknownName
from firstseen.publishing.report import RowReport
from firstseen.topic_exports import Outcomes
from history.changes import Changes
from history.explain import Beginning, Explanation
from history.map_state import MapState
from history.notifications import Notification
from schemas.feed import FeedProgress
from schemas.group import Group
from schemas.quarantine import Quarantined
from schemas.rejection import Rejection
from schemas.subscription import Subscriber
from streams.presence.appearances import Appearance
from web.api.changes import ChangesPage
from web.api.groups import GroupPage, GroupsPage
from web.api.sightings import SightingRow
from web.api.timeline import TimelinePage

Json = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTS: dict[str, Any] = {
    "alerts-show": AlertEvents,
    "deliveries-show": AlertDeliveries,
    "groups-show": GroupShown,
    "sightings-replay": Outcomes,
}
"""Types of answers that are one object."""

_ROWS: dict[str, Any] = {
    "alerts-list": AlertRow,
    "areas-check": AreaRow,
    "areas-list": AreaRow,
    "countries-list": CountryRow,
    "countries-resolve": ResolutionRow,
    "deliveries-list": Notification,
    "doctor": CheckRow,
    "groups-list": Group,
    "groups-unknown": UnknownName,
    "sightings-list": SightingRow,
    "sightings-validate": RowReport,
    "subscriptions-list": Subscriber,
    "subscriptions-preview": PreviewRow,
    "topics-check": DifferenceRow,
    "topics-list": TopicRow,
}
"""Types of rows, each an object on a line."""

_SPARSE_ROWS: dict[str, type] = {
    "feeds-list": FeedProgress,
    "quarantine-list": Quarantined,
    "sightings-rejected": Rejection,
}
"""Records that lack their empty fields."""

_LEFT_OUT = {"sightings-rejected": {"original", "sha256", "original_bytes"}}
"""Fields of records that a command does not print."""

_NO_ANSWER: Json = {
    "type": "object",
    "description": "There is no answer.",
    "properties": {
        "answer": {"type": "null"},
        "detail": {"type": "string", "description": "Why."},
        "suggestions": {"type": "array", "items": {"type": "string"}, "description": "What may have been meant."},
    },
    "required": ["answer", "detail", "suggestions"],
    "additionalProperties": False,
}


def answer_schemas() -> dict[str, Json]:
    """Return the schema of each command's answer, by the name of the command."""
    explanation = _schema(Explanation)
    map_state, changes = _schema(MapState), _schema(Changes)
    definitions = {**explanation.pop("$defs"), **map_state.pop("$defs"), **changes.pop("$defs")}
    for named_tuple in (Appearance, Beginning):  # commands print them as objects
        items = definitions[named_tuple.__name__]["prefixItems"]
        fields = dict(zip(named_tuple._fields, items, strict=True))
        fields.pop("onset", None)  # "begins" says in full how an episode begins
        definitions[named_tuple.__name__] = _as_printed({"type": "object", "properties": fields})
    explained = {
        "type": "object",
        "properties": {
            "answer": {"type": "string", "description": "In a sentence or two."},
            "explanation": explanation,
        },
        "required": ["answer", "explanation"],
        "additionalProperties": False,
    }
    why = {"anyOf": [explained, _NO_ANSWER]}
    return {
        "alerts-why": _with_used({"title": "alerts why -o json", **why}, definitions),
        "groups-why": _with_used({"title": "groups why -o json", **why}, definitions),
        "history-map": _with_used({"title": "history map -o json", "anyOf": [map_state, _NO_ANSWER]}, definitions),
        "history-changes": _with_used({**changes, "title": "history changes -o json"}, definitions),
        **{name: _document(name, answer) for name, answer in _DOCUMENTS.items()},
        **{name: _line(name, row) for name, row in _ROWS.items()},
        **{name: _sparse_line(name, row) for name, row in _SPARSE_ROWS.items()},
    }


def page_schemas() -> dict[str, Json]:
    """Return the schema of each answer over HTTP that is more than rows, by the name of its file."""
    return {
        "http-groups": _of_page("GET /api/v1/groups", GroupsPage),
        "http-group": _of_page("GET /api/v1/groups/{group}", GroupPage),
        "http-timeline": _of_page("GET /api/v1/timeline", TimelinePage),
        "http-changes": _of_page("GET /api/v1/changes", ChangesPage),
    }


def _of_page(title: str, page: type[BaseModel]) -> Json:
    """Return the schema of an answer over HTTP. It may get more fields."""
    return {"$schema": _DIALECT, **page.model_json_schema(mode="serialization"), "title": title}


def _document(name: str, answer: Any) -> Json:
    return {"$schema": _DIALECT, **_schema(answer), "title": f"{name.replace('-', ' ')} -o json"}


def _line(name: str, row: Any) -> Json:
    return {"$schema": _DIALECT, **_schema(row), "title": _title(name)}


def _sparse_line(name: str, row: type) -> Json:
    """Return the schema of a record whose empty fields are left out."""
    schema: Json = TypeAdapter(row).json_schema(mode="validation")
    left_out = _LEFT_OUT.get(name, set())
    schema["properties"] = {field: about for field, about in schema["properties"].items() if field not in left_out}
    schema["required"] = [field for field in schema["required"] if field not in left_out]
    return {"$schema": _DIALECT, **schema, "additionalProperties": False, "title": _title(name)}


def _title(name: str) -> str:
    command = name if name == "doctor" else name.replace("-", " ", 1)
    return f"A line of {command} -o json"


def _schema(answer: type) -> Json:
    schema: Json = _as_printed(TypeAdapter(answer).json_schema(mode="serialization"))
    return schema


def _as_printed(schema: Any) -> Any:
    """Return a schema in which objects have all their fields, and no others, as commands print them."""
    if isinstance(schema, list):
        return [_as_printed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: _as_printed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        schema |= {"required": list(schema["properties"]), "additionalProperties": False}
    return schema


def _with_used(schema: Json, definitions: Json) -> Json:
    """Return a schema with the definitions that it refers to."""
    used: Json = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in used:
                used[name] = definitions[name]
                waiting.append(definitions[name])
    return {"$schema": _DIALECT, **schema, **({"$defs": dict(sorted(used.items()))} if used else {})}


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for part in schema for name in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rpartition("/")[2]] if isinstance(schema.get("$ref"), str) else []
    return [*own, *(name for part in schema.values() for name in _references(part))]
