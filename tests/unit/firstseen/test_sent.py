"""Each rejection finds the row that it is about, and what intake has not come to is counted."""

from __future__ import annotations

from firstseen.sent import Sent
from streams.runtime.verdicts import Place


def test_a_place_on_the_topic_leads_back_to_the_file_and_line() -> None:
    sent = Sent()
    sent.note("a.csv", 2, 0, 10)
    sent.note("b.csv", 7, 0, 12)
    sent.note("a.csv", 3, 1, 4)
    assert sent.row(0, 10) == ("a.csv", 2)
    assert sent.row(0, 12) == ("b.csv", 7)
    assert sent.row(1, 4) == ("a.csv", 3)
    for nobodys in ((0, 11), (0, 13), (1, 0), (2, 4)):
        assert sent.row(*nobodys) is None
    assert sorted(sent.last()) == [Place(0, 12), Place(1, 4)]


def test_what_waits_is_what_lies_at_the_next_offset_or_behind_it() -> None:
    sent = Sent()
    for number in range(5):
        sent.note("a.csv", number + 1, 0, 2 * number)
    for come_to, waiting in ((0, 5), (1, 4), (4, 3), (8, 1), (9, 0)):
        assert sent.waiting({0: come_to}.__getitem__) == waiting
