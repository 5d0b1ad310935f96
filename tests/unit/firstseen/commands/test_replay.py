"""What ``firstseen sightings replay`` prints."""

from __future__ import annotations

import pytest

from firstseen.commands.output import Output
from firstseen.commands.replay import OUTCOMES, outcome_rows

ACCOUNTING = {"records": 1970, "accepted": 1967, "duplicate": 0, "rejected": {"country_ambiguous": 1, "bad_days": 2}}


def test_each_outcome_that_a_record_had_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(outcome_rows(ACCOUNTING))
    OUTCOMES.print(rows, Output.CSV)
    assert capsys.readouterr().out.splitlines() == [
        "outcome,reason,records", "accepted,,1967", "rejected,country_ambiguous,1", "rejected,bad_days,2",
    ]  # fmt: skip
    OUTCOMES.print(rows, Output.TEXT)
    assert [line.split() for line in capsys.readouterr().out.splitlines()][1:] == [
        ["accepted", "1,967"], ["rejected", "country_ambiguous", "1"], ["rejected", "bad_days", "2"],
    ]  # fmt: skip
