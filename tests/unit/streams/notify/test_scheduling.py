"""The next action of a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import HOLD_CORRECTIONS, MAX_KEYS, MAX_LINES, Delivery
from streams.notify.scheduling import (
    DIGEST_THRESHOLD,
    QueuedDelivery,
    Release,
    SendDigest,
    SendOne,
    WaitUntil,
    due_time,
    next_action,
    possibly_sent,
)
from tests.support.builders import alert_event

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
MORNING = NOW + timedelta(hours=1)


def is_new(_: str) -> bool:
    return False


def rows(*deliveries: str, due_at: datetime | None = None, first: int = 0) -> list[QueuedDelivery]:
    return [QueuedDelivery(f"{number:04d}", name, due_at) for number, name in enumerate(deliveries, first)]


def test_deliveries_are_sent_one_by_one_in_order() -> None:
    assert next_action(rows("a", "b"), is_new, NOW) == SendOne("0000")
    assert next_action([], is_new, NOW) is None


def test_a_burst_becomes_a_digest_of_all_queued_rows_of_each_alert() -> None:
    names = [f"d{number}" for number in range(DIGEST_THRESHOLD)]
    assert next_action(rows(*names[:-1]), is_new, NOW) == SendOne("0000")
    action = next_action(rows(*names, names[0]), is_new, NOW)
    assert action == SendDigest(tuple(f"{number:04d}" for number in range(DIGEST_THRESHOLD + 1)))


def test_alerts_beyond_the_limit_of_a_digest_go_into_the_next() -> None:
    action = next_action(rows(*(f"d{number}" for number in range(MAX_LINES + 5))), is_new, NOW)
    assert isinstance(action, SendDigest)
    assert len(action.keys) == MAX_LINES


def test_rows_beyond_the_limit_of_a_digest_correct_it_later() -> None:
    names = [f"d{number}" for number in range(DIGEST_THRESHOLD)]
    queue = [QueuedDelivery(f"{number:019d}", name) for number, name in enumerate([*names, *["d0"] * (MAX_KEYS + 5)])]
    action = next_action(queue, is_new, NOW)
    assert action == SendDigest(tuple(row.key for row in queue[:MAX_KEYS]))


def test_a_daily_digest_and_corrections_of_its_alerts_wait_for_its_time() -> None:
    queue = [*rows("a", "b", due_at=MORNING), *rows("a", first=2)]
    assert next_action(queue, is_new, NOW) == WaitUntil(MORNING)
    assert next_action(queue, is_new, MORNING) == SendDigest(("0000", "0001", "0002"))
    assert next_action(rows("a", due_at=MORNING), is_new, MORNING) == Release(("0000",))


def test_corrections_and_immediate_alerts_do_not_wait_for_the_digest() -> None:
    is_sent = {"b"}.__contains__
    assert next_action([*rows("a", due_at=MORNING), *rows("b", first=1)], is_sent, NOW) == SendOne("0001")
    assert next_action([*rows("a", due_at=MORNING), *rows("c", first=1)], is_new, NOW) == SendOne("0001")


def held(*arrivals: float, delivery: str = "a", first: int = 0) -> list[QueuedDelivery]:
    """Return corrections that arrived some seconds after NOW."""
    return [
        QueuedDelivery(f"{number:04d}", delivery, NOW + timedelta(seconds=seconds) + HOLD_CORRECTIONS)
        for number, seconds in enumerate(arrivals, first)
    ]


def test_corrections_of_an_alert_wait_half_a_minute_for_each_other() -> None:
    is_sent, due = {"a"}.__contains__, NOW + HOLD_CORRECTIONS
    queue = held(0, 10, 29.9, 30, 50)
    assert next_action(queue, is_sent, NOW) == WaitUntil(due)
    assert next_action(queue, is_sent, due) == Release(("0000", "0001", "0002"))
    # Late as well, as after an outage, the same ones belong together.
    assert next_action(queue, is_sent, due + timedelta(days=1)) == Release(("0000", "0001", "0002"))
    released = [QueuedDelivery("0002", "a"), *queue[3:]]
    assert next_action(released, is_sent, due) == SendOne("0002")
    assert next_action(queue[3:], is_sent, due) == WaitUntil(due + timedelta(seconds=30))


def test_a_correction_waits_half_a_minute_even_if_the_clock_of_the_broker_is_ahead() -> None:
    ahead = NOW + timedelta(hours=1)
    correction = Delivery(delivery_id="a", destination="C1", alert=alert_event(arrived=ahead))
    held, daily = (correction.replace(due_at=ahead + wait) for wait in (HOLD_CORRECTIONS, timedelta(hours=2)))
    assert due_time(held, NOW) == NOW + HOLD_CORRECTIONS
    assert due_time(held, ahead) == held.due_at
    assert (due_time(daily, NOW), due_time(correction, NOW)) == (daily.due_at, None)


def test_a_held_correction_delays_no_other_alert() -> None:
    is_sent, due = {"a", "b"}.__contains__, NOW + HOLD_CORRECTIONS
    queue = [*held(0), *rows("new", first=1), *held(1, delivery="b", first=2)]
    assert next_action(queue, is_sent, NOW) == SendOne("0001")
    assert next_action(queue, is_sent, due) == Release(("0000",))
    assert next_action([*rows("new"), *held(-40, first=1)], is_sent, NOW) == SendOne("0000")


def test_a_correction_of_an_alert_that_was_not_sent_yet_does_not_delay_it() -> None:
    assert next_action([*rows("a"), *held(0, first=1)], is_new, NOW) == SendOne("0000")


def test_webhooks_get_their_rows_one_by_one() -> None:
    names = [f"d{number}" for number in range(DIGEST_THRESHOLD)]
    assert next_action(rows(*names), is_new, NOW, may_join=False) == SendOne("0000")


def test_only_the_first_row_without_a_due_time_may_have_been_sent() -> None:
    assert possibly_sent([]) is None
    assert possibly_sent(rows("a", "b", due_at=MORNING)) is None
    assert possibly_sent([*held(0), *rows("b", "c", first=1)]) == "0001"
    # A row after another of its delivery was not sent before that.
    assert possibly_sent([*rows("a", due_at=MORNING), *rows("a", "b", first=1)]) == "0002"


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([None, MORNING])), max_size=120),
    st.sets(st.integers(0, 60)),
    st.booleans(),
)
def test_every_row_is_sent_once_and_in_order(
    given: list[tuple[int, datetime | None]], already_sent: set[int], late: bool
) -> None:
    queue = [QueuedDelivery(f"{number:04d}", str(name), due_at) for number, (name, due_at) in enumerate(given)]
    sent, now, order = {str(number) for number in already_sent}, MORNING if late else NOW, dict[str, list[str]]()
    left, merged = list(queue), set[str]()
    while left:
        action = next_action(left, sent.__contains__, now)
        assert action is not None
        if isinstance(action, WaitUntil):
            assert not late
            now = action.at
            continue
        if isinstance(action, Release):
            left = [row for row in left if row.key not in action.keys[:-1]]
            left = [QueuedDelivery(row.key, row.delivery_id) if row.key in action.keys else row for row in left]
            merged |= set(action.keys[:-1])
            continue
        keys = [action.key] if isinstance(action, SendOne) else list(action.keys)
        assert keys == sorted(set(keys))
        for key in keys:
            [row] = [row for row in left if row.key == key]
            left.remove(row)
            order.setdefault(row.delivery_id, []).append(key)
            sent.add(row.delivery_id)
    assert all(keys == sorted(keys) for keys in order.values())
    assert sum(map(len, order.values())) + len(merged) == len(queue)
