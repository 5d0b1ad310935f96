"""The pause before a restart, and what an exit code and a line of a process mean."""

from __future__ import annotations

from itertools import accumulate, repeat

from firstseen.supervisor import Line, cause_of, next_pause
from tests.support.tables import each_row


def test_the_pause_before_a_restart_doubles_up_to_a_minute_and_starts_again_after_a_good_run() -> None:
    pauses = list(accumulate(repeat(2.0, 8), lambda pause, ran: next_pause(ran, pause), initial=0.0))
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert next_pause(61, 60) == 1


@each_row(
    ("code", "words"),
    [
        (70, "Kafka"),
        (71, "disk"),
        (72, "lost records"),
        (73, "defect"),
        (78, "configuration"),
        (-9, "SIGKILL"),
        (3, "3"),
    ],
)
def test_an_exit_code_has_a_cause_in_words(code: int, words: str) -> None:
    assert words in cause_of(code)


@each_row(
    ("text", "ready"),
    [
        ("intake ready: partitions [0]", True),
        ("2026-11-29T00:00:00Z INFO intake ready: partitions [0]", True),
        ("already", False),
    ],
)
def test_a_line_reports_readiness_with_or_without_a_time(text: str, ready: bool) -> None:
    assert Line("intake", text).says_ready is ready
