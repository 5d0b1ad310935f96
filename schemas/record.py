"""Base class of every record that a stage writes: an immutable struct, read from and written to JSON bytes by msgspec.

A class is one declaration for three uses: the fold works with its instances, msgspec reads and writes their JSON, and
:mod:`schemas.pydantic_models` derives the pydantic model behind JSON Schema, AsyncAPI and OpenAPI.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING, Any, Self, dataclass_transform, get_type_hints

import msgspec
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from schemas.pydantic_models import core_schema_of
from schemas.validated_record import ValidatedRecord
from schemas.wire_types import wire_type


class _RecordType(msgspec.StructMeta):
    """Makes all fields keyword arguments, and gives msgspec the constraints that they declare for pydantic."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        record = super().__new__(cls, name, bases, namespace, kw_only=True, **options)
        hints = get_type_hints(record, include_extras=True)
        record.__annotations__ = {field: wire_type(hints[field]) for field in namespace.get("__annotations__", ())}
        return record


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
# Records are trees of immutable values, in which the garbage collector cannot find a cycle.
class Record(msgspec.Struct, metaclass=_RecordType, frozen=True, omit_defaults=True, gc=False):
    """Value of a record on a topic, or a value within it.

    The constructor and :meth:`replace` do not check values; :meth:`from_bytes` does. Unknown fields are ignored, so
    that older readers work with newer writers during a rolling upgrade. Input from producers and people is validated
    on construction instead (:class:`schemas.validated_record.ValidatedRecord`).
    """

    def to_bytes(self) -> bytes:
        """Return the record as UTF-8 JSON without fields that have their default."""
        return _encode(self)

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Parse JSON from :meth:`to_bytes` of this or another version. Unknown fields are ignored at every level.

        Raises ValueError for anything else.
        """
        try:
            record: Self = _decoder(cls)(value)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        return record

    if TYPE_CHECKING:

        def replace(self, **values: Any) -> Self:
            """Return a copy with some values replaced."""
    else:
        replace = msgspec.Struct.__replace__  # a method that calls it takes four times as long

    def to_json(self, *, fields: Collection[str] | None = None, exclude_none: bool = False) -> dict[str, Any]:
        """Return all fields as values of JSON, also those with their default.

        ``fields`` limits them to some; ``exclude_none`` leaves out None at every level.
        """
        values = {name: getattr(self, name) for name in self.__struct_fields__ if fields is None or name in fields}
        return {
            name: _json_value(value, exclude_none)
            for name, value in values.items()
            if not (exclude_none and value is None)
        }

    if not TYPE_CHECKING:  # mypy looks up pydantic's protocol on every struct and expects a plain classmethod

        @classmethod
        def __get_pydantic_core_schema__(cls, source: type[Record], handler: GetCoreSchemaHandler) -> CoreSchema:
            """Let pydantic and FastAPI use the record as the type of a field."""
            return core_schema_of(cls, handler)


AnyRecord = Record | ValidatedRecord
"""Value of a record on any topic."""


def _json_value(value: Any, exclude_none: bool) -> Any:
    if isinstance(value, Record):
        return value.to_json(exclude_none=exclude_none)
    if isinstance(value, ValidatedRecord):
        return value.model_dump(mode="json", exclude_none=exclude_none)
    if isinstance(value, tuple):
        return [_json_value(entry, exclude_none) for entry in value]
    return msgspec.to_builtins(value)


@cache
def _decoder(record: type[Record]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(record, dec_hook=_validated).decode


def _validated(record: type[ValidatedRecord], value: Any) -> Any:
    return record.__pydantic_validator__.validate_python(value, extra="ignore")


def _raw(value: ValidatedRecord) -> msgspec.Raw:
    return msgspec.Raw(value.to_bytes())


_encode = msgspec.json.Encoder(enc_hook=_raw).encode
