from __future__ import annotations

import pytest

from tests.faults.schedule import FAULTS, MAX_WORKERS, WORKERS_PER_STAGE, schedule


def test_a_seed_always_gives_the_same_schedule() -> None:
    assert schedule(7, 50, 3) == schedule(7, 50, 3)
    assert schedule(7, 50, 3) != schedule(8, 50, 3)


def test_a_longer_schedule_begins_as_the_shorter() -> None:
    assert schedule(7, 50, 3)[:12] == schedule(7, 12, 3)


@pytest.mark.parametrize("seed", range(10))
def test_every_kind_of_fault_is_soon_had(seed: int) -> None:
    assert {step.fault for step in schedule(seed, 2 * len(FAULTS), 3)} >= {*FAULTS} - {"join", "leave"}


@pytest.mark.parametrize("seed", range(10))
def test_a_stage_is_never_without_workers_nor_crowded(seed: int) -> None:
    there = {f"{stage}-{n}" for stage in ("intake", "presence", "dispatch", "slack") for n in range(WORKERS_PER_STAGE)}
    for step in schedule(seed, 300, 3):
        match step.fault:
            case "join":
                assert step.target not in there
                there.add(step.target)
            case "leave":
                there.remove(step.target)
            case "kill" | "freeze" | "full disk":
                assert step.target in there
            case "kill broker":
                assert step.target in {"broker 0", "broker 1", "broker 2"}
        stage = step.target.partition("-")[0]
        if step.fault in {"join", "leave"}:
            assert 1 <= sum(name.startswith(stage) for name in there) <= MAX_WORKERS


def test_a_step_says_what_it_does() -> None:
    assert {str(step)[:12] for step in schedule(1, 50, 1)} >= {"kill broker "}
