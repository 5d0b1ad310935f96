"""The queries of docs/history.md name tables and columns that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from history.database import create

GUIDE = (Path(__file__).parents[3] / "docs" / "history.md").read_text(encoding="utf-8")
QUERIES = re.findall(r'SELECT [^;"]+', GUIDE)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_runs(query: str) -> None:
    connection = create()
    connection.execute(query.replace("history.", ""))  # the name under which DuckDB attaches the file
    connection.close()


def test_the_guide_shows_a_query_for_each_tool() -> None:
    assert len(QUERIES) >= 4
