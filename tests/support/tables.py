"""Tables of cases: one test that checks every row and reports all rows that fail. Faster to collect than one test a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any

import pytest

_MAX_REPORTED = 20


def each_row(
    names: str | Sequence[str], rows: Iterable[Any], ids: object = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a test function once per row. It takes the arguments of ``pytest.mark.parametrize``.

    All rows share the fixtures of the function, so it may only use fixtures that it does not change.
    ``ids`` is accepted to document rows; a failure shows the row itself.
    """
    del ids
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [dict(zip(columns, _values(row, len(columns)), strict=True)) for row in rows]
    if not table:
        raise ValueError("a table without rows checks nothing")

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def check_rows(**others: Any) -> None:
            failures = _Failures(len(table))
            for row in table:
                with failures.of(row):
                    function(**row, **others)
            failures.report()

        @wraps(function)
        async def check_rows_in_loop(**others: Any) -> None:
            failures = _Failures(len(table))
            for row in table:
                with failures.of(row):
                    await function(**row, **others)
            failures.report()

        check: Callable[..., Any] = check_rows_in_loop if iscoroutinefunction(function) else check_rows
        parameters = [value for name, value in signature(function).parameters.items() if name not in columns]
        vars(check)["__signature__"] = signature(function).replace(parameters=parameters)
        return check

    return decorate


class _Failures:
    """The rows that fail."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._texts: list[str] = []

    @contextmanager
    def of(self, row: dict[str, Any]) -> Iterator[None]:
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - every row is reported
            self._texts.append(f"{row!r}:\n    {type(error).__name__}: {error}")

    def report(self) -> None:
        if self._texts:
            shown = "\n".join(self._texts[:_MAX_REPORTED])
            pytest.fail(f"{len(self._texts)} of {self._rows} rows fail:\n{shown}", pytrace=False)


def _values(row: Any, count: int) -> Sequence[Any]:
    values = getattr(row, "values", None)  # of pytest.param
    if isinstance(values, tuple):
        return values
    return [row] if count == 1 else list(row)
