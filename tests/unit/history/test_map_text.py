"""The rows of a map in words."""

from history.map_text import reason_in_words, row_in_words
from tests.support.builders import change, evidence
from tests.unit.history.test_map_state import state


def test_a_vague_first_day_and_gap_are_shown_as_ranges():
    seen = [evidence("2016-05", id="1"), evidence("2017-11", "2017-11-20T09:00Z", id="2")]
    [row] = state(map(change, seen)).now
    some_day = "some day from 2016-05-01 to 2016-05-31"
    assert reason_in_words(row) == f"between 519 and 578 days after {some_day}; on record since {some_day}"
    assert row_in_words(row, since=False) == ("back on some day from 2017-11-01 to 2017-11-30 after 519 to 578 days")
