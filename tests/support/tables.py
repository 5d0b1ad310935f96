"""Tables of cases: one test that checks every row and reports all rows that fail. Faster to collect than one test a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import pytest

_MAX_REPORTED = 20


def each_row(
    names: str | Sequence[str], rows: Iterable[Any], ids: object = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test function once per row. It takes the arguments of ``pytest.mark.parametrize``.

    The function must not use fixtures. ``ids`` is accepted to document rows; a failure shows the row itself.
    """
    del ids
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [_values(row, len(columns)) for row in rows]

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def check_rows(**others: Any) -> None:
            failures = []
            for row in table:
                values = dict(zip(columns, row, strict=True))
                try:
                    function(**values, **others)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - every row is reported
                    failures.append(f"{values!r}:\n    {type(error).__name__}: {error}")
            if failures:
                shown = "\n".join(failures[:_MAX_REPORTED])
                pytest.fail(f"{len(failures)} of {len(table)} rows fail:\n{shown}", pytrace=False)

        parameters = [value for name, value in signature(function).parameters.items() if name not in columns]
        check_rows.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]
        return check_rows

    return decorate


def _values(row: Any, count: int) -> Sequence[Any]:
    values = getattr(row, "values", None)  # of pytest.param
    if isinstance(values, tuple):
        return values
    return [row] if count == 1 else list(row)
