"""JSON Schemas of what commands print with ``--json``, from the types of their answers."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from history.beginnings import Beginning
from history.changes import Changes
from history.explain import Explanation
from history.map_state import MapState
from history.notifications import Notification
from streams.presence.appearances import Appearance

Json = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
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
    explanation, notification = _schema(Explanation), _schema(Notification)
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
    return {
        "explain": _with_used({"title": "explain --json", "anyOf": [explained, _NO_ANSWER]}, definitions),
        "map-state": _with_used({"title": "map-state --json", "anyOf": [map_state, _NO_ANSWER]}, definitions),
        "history-changes": _with_used({**changes, "title": "history changes --json"}, definitions),
        "deliveries": _with_used({**notification, "title": "A line of deliveries --json"}, definitions),
    }


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
