"""The rows of a map."""

from datetime import date

from history.map_rows import Window
from tests.support.builders import change, evidence
from tests.support.tables import each_row
from tests.unit.history.test_map_state import AS_OF, rows, state


def test_the_window_includes_both_of_its_ends():
    assert Window.ending(AS_OF, 30) == Window(date(2017, 10, 26), AS_OF)
    seen = [evidence("2017-10-26", country="ML"), evidence("2017-10-25", id="2", country="NE")]
    assert rows(state(map(change, seen)).now) == [("new", "ML", "2017-10-26"), ("seen before", "NE", "2017-10-25")]


@each_row(
    ("earlier", "category"),
    [(None, "new"), ("2015-01-01", "back"), ("2017-05-01", "returned"), ("2017-10-20", "active")],
)
def test_a_category_says_what_the_group_is_in_the_window(earlier, category):
    seen = [evidence("2017-11-10"), *([evidence(earlier, id="2")] if earlier else [])]
    assert [row.category for row in state(map(change, seen)).now] == [category]
