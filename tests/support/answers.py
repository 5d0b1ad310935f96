"""The published schemas of what commands print with ``--json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

_FOLDER = Path(__file__).parents[2] / "docs" / "schemas" / "answers"


@cache
def validator(command: str) -> Any:
    """Return the validator of the answers of a command."""
    schema = json.loads((_FOLDER / f"{command}.json").read_text())
    return jsonschema_rs.validator_for(schema, validate_formats=True)
