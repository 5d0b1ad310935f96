"""``firstseen explain`` on files."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.firstseen.commands.evidence_files import run


def test_explain_prints_json_with_the_range_of_each_day(tmp_path: Path) -> None:
    printed = json.loads(run(tmp_path, "explain", "JNIM", "Mali", "--json"))

    assert printed["answer"].startswith("JNIM has been on record in Mali since 2021-11-20.")
    days = printed["explanation"]["episodes"][1]["appearance"]
    assert (days["first_day"], days["begins_by"]) == ("2022-03-05", "2022-03-20")
    assert (days["ends_from"], days["last_day"]) == ("2022-03-05", "2022-03-20")
