"""``firstseen groups show``: one group, and where it is on record."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from tests.support.builders import change, evidence
from tests.support.history_file import use_history


def test_a_group_is_shown_with_the_countries_where_it_is_on_record_the_latest_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = evidence("2017-10-01", id="1", grade="B2")
    second = evidence("2017-11-02", id="2", grade="B2", country="NE")
    use_history(monkeypatch, tmp_path, changes=[change(first), change(second)])
    shown = CliRunner().invoke(app, ["groups", "show", "jnim"]).stdout
    assert shown.splitlines() == [
        "JNIM",
        "  on record in Niger: first seen 2017-11-02, last seen 2017-11-02, 1 episode",
        "  on record in Mali: first seen 2017-10-01, last seen 2017-10-01, 1 episode",
    ]
    rows = CliRunner().invoke(app, ["groups", "show", "jnim", "-o", "csv"]).stdout
    assert rows.splitlines() == [
        "country,country_name,region,first_seen,last_seen,episodes",
        "NE,Niger,Western Africa,2017-11-02,2017-11-02,1",
        "ML,Mali,Western Africa,2017-10-01,2017-10-01,1",
    ]
