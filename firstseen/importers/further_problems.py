"""Finds further problems of a row that already has one, to report them together; and rows that name no group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic_core import to_json

from faust_batches.step import Incoming
from firstseen.importers.column_mapping import POINT_FIELDS
from firstseen.importers.named_groups import CIVILIANS, UNKNOWN, why_no_group
from schemas.origins import named_origin
from schemas.rejection import Reason
from streams.intake.check import locate
from streams.intake.parse import Rejected, parse

_ANY_TIME = datetime.fromtimestamp(0, UTC)
_WHOLE = {"source": "s", "id": "1", "group": "g", "occurred": "2000"}


def further_problem(sighting: Mapping[str, object]) -> tuple[Reason, str] | None:
    """Return what intake would report about the readable fields if the others were valid; None for nothing."""
    given = {**_WHOLE, **sighting}
    if len(given.keys() & set(POINT_FIELDS)) == 1:  # the other coordinate could not be read
        given = {name: value for name, value in given.items() if name not in POINT_FIELDS}
    judged = parse(Incoming("table", 0, 0, _ANY_TIME, None, to_json(given)))
    found = judged if isinstance(judged, Rejected) else locate(judged)
    if not isinstance(found, Rejected):
        return None
    hint = f" Did you mean {', '.join(found.suggestions)}?" if found.suggestions else ""
    return found.reason, f"{found.detail}{hint}"


def no_group(sighting: Mapping[str, object]) -> str | None:
    """Return what is written instead of a group, such as "an unknown group"; None if a group is named."""
    group = sighting.get("group")
    if not isinstance(group, str) or sighting.get("retracted"):
        return None
    if named_origin(group) is None:
        return UNKNOWN
    why = why_no_group(group)
    return why if why in {UNKNOWN, CIVILIANS} else None
