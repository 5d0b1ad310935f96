"""Every mapping that docs/own-tables.md shows is read, and its example gives what it says."""

from __future__ import annotations

import io
import re
from pathlib import Path

import yaml

from firstseen.importers.mapping_reader import read_mapping
from firstseen.importers.own_tables import read_rows
from firstseen.importers.rows import Imported
from firstseen.importers.tables import read_table
from tests.support.tables import each_row

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "own-tables.md").read_text(encoding="utf-8")
MAPPINGS = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
EXAMPLE, *FRAGMENTS = MAPPINGS
(TABLE,) = re.findall(r"^```csv\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
WHOLE = {"source": {"value": "desk"}, "id": "Case", "group": "Actor", "occurred": "Date", "country": "Country"}


@each_row("fragment", FRAGMENTS)
def test_every_mapping_is_read(fragment: str) -> None:
    given = yaml.safe_load(fragment)
    rest = {key: value for key, value in WHOLE.items() if key not in given}

    read_mapping(f"{yaml.safe_dump(rest)}\n{fragment}", "columns.yaml")


def test_the_example_gives_its_sightings() -> None:
    rows = list(
        read_rows(read_table(io.BytesIO(TABLE.encode()), (mapped := read_mapping(EXAMPLE, "m")).layout), mapped)
    )

    assert [row.sighting for row in rows if isinstance(row, Imported)] == [
        {
            "source": "my-desk", "id": "17-1", "group": "JNIM", "occurred": "2024-03-01", "country": "Mali", "place": "Gao",
            "latitude": 16.27, "longitude": -0.05, "origin": "Invented Wire", "grade": "B2", "evidence": "attack",
        },
        {
            "source": "my-desk", "id": "17-2", "group": "ISGS", "occurred": "2024-03-02", "country": "Niger",
            "place": "Agadez", "latitude": 16.97, "longitude": 7.99, "origin": "Invented Wire", "grade": "B2",
            "evidence": "arrest",
        },
    ]  # fmt: skip
