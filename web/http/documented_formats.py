"""Describes responses in formats other than JSON, for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def documented_format(media_type: str, model: type[BaseModel] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entry of a response. ``model``: what the JSON of the format holds; without it, text."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"} if model else {"type": "string"}
    return {200: {"description": "The response.", "content": {media_type: {"schema": schema}}}}
