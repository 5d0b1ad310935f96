"""Types as declared for pydantic -> types with the same constraints for msgspec, which ignores those of pydantic.

So a record declares a constraint once, as every other model of the project does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from msgspec import Meta
from pydantic import AwareDatetime, EncodedBytes, StringConstraints
from pydantic.fields import FieldInfo

from schemas.limits import MaxBytes, MaxLength

_DECLARED_ONLY = (MaxLength, MaxBytes, EncodedBytes)
"""Metadata that adds no check: limits (see :mod:`schemas.limits`), and base64, which is msgspec's own form of bytes."""

_COMPARISONS: dict[type, str] = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt", MinLen: "min_length"}


def wire_type(declared: Any) -> Any:
    """Return a type with its constraints in msgspec's form added to those in pydantic's.

    Raises TypeError for a constraint that msgspec cannot check, because it would be ignored silently.
    """
    if declared is AwareDatetime:
        return Annotated[datetime, AwareDatetime, Meta(tz=True)]
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        inner, *metadata = arguments
        constraints = dict(_constraints(metadata))
        added = [Meta(**constraints)] if constraints else []
        return Annotated[(wire_type(inner), *metadata, *added)]
    if origin in {Union, UnionType}:
        return Union[tuple(map(wire_type, arguments))]  # noqa: UP007 - the members are computed
    if origin in {tuple, dict}:
        return origin[tuple(map(wire_type, arguments))]
    return declared


def _constraints(metadata: Iterable[object]) -> Iterator[tuple[str, Any]]:
    for constraint in metadata:
        if isinstance(constraint, FieldInfo):
            yield from _constraints(constraint.metadata)
        elif isinstance(constraint, StringConstraints) and isinstance(constraint.pattern, str):
            # In Python's syntax a dollar sign also matches before a line break at the end.
            yield "pattern", re.sub(r"\$$", r"\\Z", constraint.pattern)
        elif name := _COMPARISONS.get(type(constraint)):
            yield name, getattr(constraint, name)
        elif constraint is AwareDatetime:
            yield "tz", True
        elif not isinstance(constraint, _DECLARED_ONLY):
            raise TypeError(f"msgspec cannot check {constraint!r}")
