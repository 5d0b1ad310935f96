"""The supervisor: one process that keeps ending takes no other with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import accumulate, repeat

import pytest

from firstseen import supervisor as processes
from firstseen.supervisor import Line, ProcessError, Supervisor, cause_of, next_pause

PYTHON = (sys.executable, "-I", "-S", "-u", "-c")
LIVES = "import time; print('web ready', flush=True); time.sleep(60)"
TALKS = "import time\nprint('web ready', flush=True)\nwhile True: time.sleep(0.02); print('tick', flush=True)"


def _ends(code: int, words: str = "") -> str:
    return f"import sys; print({words!r}); sys.exit({code})"


class Family:
    """Supervisor, and every line that was heard of them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.processes = Supervisor({}, self.lines.append, PYTHON)

    def heard(self, name: str) -> list[str]:
        return [line.text for line in self.lines if line.process == name]

    def attend_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(600):
            if condition():
                return
            self.processes.pump(0.05)
        raise AssertionError(self.lines)


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family()
    with family.processes:
        yield family


def test_the_pause_before_a_restart_doubles_up_to_a_minute_and_begins_again_after_a_good_minute() -> None:
    pauses = list(accumulate(repeat(2.0, 8), lambda pause, ran: next_pause(ran, pause), initial=0.0))
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert next_pause(61, 60) == 1


@pytest.mark.parametrize(
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
def test_an_exit_code_is_worded(code: int, words: str) -> None:
    assert words in cause_of(code)


def test_a_process_that_ends_again_and_again_takes_no_other_with_it(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "next_pause", lambda *_: 0.01)
    family.processes.start("web", LIVES)
    family.processes.start("intake", _ends(73))
    family.attend_until(lambda: len([text for text in family.heard("intake") if "ended" in text]) >= 7)
    assert "intake ended (exit code 73: a defect in Firstseen); starting it again in 0 s" in family.heard("intake")
    assert family.heard("web") == ["web ready"]


def test_a_pause_of_one_process_does_not_hold_back_the_lines_of_another(family: Family) -> None:
    family.processes.start("intake", _ends(70))
    family.processes.start("web", TALKS)
    family.attend_until(lambda: any("ended" in text for text in family.heard("intake")))
    before = len(family.heard("web"))
    family.attend_until(lambda: len(family.heard("web")) > before + 5)
    ends = [text for text in family.heard("intake") if "ended" in text]
    assert len(ends) == 1, "it is still in its pause of a second"


def test_a_process_that_talks_without_end_does_not_keep_an_ended_one_from_its_restart(family: Family) -> None:
    family.processes.start("web", "import time\nwhile True: print('tick'); time.sleep(0.0005)")
    family.processes.start("intake", _ends(0))
    family.attend_until(lambda: any(text.startswith("intake ended") for text in family.heard("intake")))


def test_a_stage_whose_configuration_does_not_fit_ends_the_wait_with_its_words(family: Family) -> None:
    family.processes.start("web", LIVES)
    family.processes.start("intake", _ends(78, "the number of partitions differs"))
    with pytest.raises(ProcessError, match="intake cannot work .*78.*\n  the number of partitions differs"):
        family.processes.wait_until_ready(["intake", "web"], lambda _: None)


def test_who_can_do_without_it_goes_on_with_the_others(family: Family) -> None:
    said: list[str] = []
    family.processes.start("web", LIVES)
    family.processes.start("intake", _ends(72, "sightings ends at 0"))
    family.processes.wait_until_ready(["intake", "web"], said.append, all_needed=False)
    assert family.heard("web") == ["web ready"]
    assert "sightings ends at 0" in said[0]
    assert "Going on without intake" in said[0]


def test_a_replay_does_not_go_on_without_a_stage_that_cannot_work(family: Family) -> None:
    family.processes.start("web", LIVES)
    family.processes.start("intake", _ends(72, "sightings ends at 0"))
    family.processes.require_all()
    family.attend_until(lambda: any("ended" in text for text in family.heard("intake")))
    with pytest.raises(ProcessError, match="lost records.*\n  sightings ends at 0"):
        family.processes.require_all()


def test_a_replay_does_not_go_on_with_a_stage_that_keeps_ending(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "next_pause", lambda *_: 0.2)
    family.processes.start("intake", _ends(73))
    with pytest.raises(ProcessError, match="intake ended 5 times in a row"):
        for _ in range(600):
            family.processes.pump(0.05)
            family.processes.require_all()


def test_a_wait_says_what_it_waits_for_and_what_that_said_last(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_REPORT_SECONDS", 0.0)
    slow = "import time; print('restoring 7 of 9', flush=True); time.sleep(0.5); print('web ready', flush=True); time.sleep(9)"
    said: list[str] = []
    family.processes.start("web", slow)
    family.processes.wait_until_ready(["web"], said.append)
    assert "Waiting for web, which said last: restoring 7 of 9" in said


def test_a_wait_ends_when_nothing_has_been_said_for_too_long(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STANDSTILL_SECONDS", 0.2)
    family.processes.start("web", "import time; time.sleep(60)")
    with pytest.raises(ProcessError, match="web has said nothing for five minutes"):
        family.processes.wait_until_ready(["web"], lambda _: None)


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("intake ready: partitions [0]", True),
        ("2026-11-29T00:00:00Z INFO intake ready: partitions [0]", True),
        ("already", False),
    ],
)
def test_a_line_says_that_its_process_is_ready_with_or_without_a_time(text: str, ready: bool) -> None:
    assert Line("intake", text).says_ready is ready
