"""Earlier rows are found, whether they are in memory or on disk."""

from __future__ import annotations

from contextlib import closing

import pytest

from firstseen.publishing.earlier_rows import MEMORY_BYTES, EarlierRow, EarlierRows


@pytest.mark.parametrize("memory_bytes", [MEMORY_BYTES, 2_000, 0])
def test_the_latest_version_of_each_sighting_is_found(memory_bytes: int) -> None:
    with closing(EarlierRows(memory_bytes)) as rows:
        for revision in (1, 2):
            for number in range(20):
                rows.put(f"wire/{number}", EarlierRow(revision, number % 2 == 0, b"{}", f"line {number} of a"))
        found = [rows.get(f"wire/{number}") for number in range(20)]

        assert found == [EarlierRow(2, number % 2 == 0, b"{}", f"line {number} of a") for number in range(20)]
        assert rows.get("wire/20") is None
