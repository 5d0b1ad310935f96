"""Struct -> pydantic model with the same fields, constraints and descriptions, for JSON Schema, OpenAPI and HTTP."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema, core_schema

_CONFIG = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


def pydantic_model(record: type[Struct | BaseModel]) -> type[BaseModel]:
    """Return the pydantic model of a record: its fields, its JSON Schema, its constraints."""
    return record if issubclass(record, BaseModel) else _model_of(record)


@cache
def _model_of(record: type[Struct]) -> type[BaseModel]:
    declarations = [base for base in reversed(record.__mro__) if issubclass(base, Struct) and base.__annotations__]
    types = {name: type_ for base in declarations for name, type_ in base.__annotations__.items()}
    descriptions = {name: text for base in declarations for name, text in _descriptions(base)}
    declared: dict[str, Any] = {
        field.name: (
            types[field.name],
            Field(description=descriptions.get(field.name), **_default(field.default, field.default_factory)),
        )
        for field in fields(record)
    }
    return create_model(
        record.__name__, __config__=_CONFIG, __doc__=record.__doc__, __module__=record.__module__, **declared
    )


def _default(default: Any, factory: Any) -> dict[str, Any]:
    if factory is not NODEFAULT:
        return {"default_factory": factory}
    return {} if default is NODEFAULT else {"default": default}


def _descriptions(record: type[Struct]) -> Iterator[tuple[str, str]]:
    """Yield each field with the text under it."""
    [declaration] = ast.parse(dedent(inspect.getsource(record))).body
    assert isinstance(declaration, ast.ClassDef)
    for statement, following in pairwise(declaration.body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def core_schema_of(record: type[Struct], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return how pydantic validates and serialises a record: through its model."""
    model = _model_of(record)

    def validate(value: Any, validate_model: core_schema.ValidatorFunctionWrapHandler) -> Struct:
        return value if isinstance(value, record) else record(**validate_model(value).__dict__)

    def serialize(value: Struct, serialize_model: core_schema.SerializerFunctionWrapHandler) -> Any:
        return serialize_model(
            model.model_construct(**{name: getattr(value, name) for name in value.__struct_fields__})
        )

    as_model = handler(model)
    return core_schema.no_info_wrap_validator_function(
        validate,
        as_model,
        serialization=core_schema.wrap_serializer_function_ser_schema(serialize, schema=as_model),
    )
