"""The next action of a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import MAX_KEYS, MAX_LINES
from streams.notify.scheduling import DIGEST_THRESHOLD, QueuedDelivery, SendDigest, SendOne, WaitUntil, next_action

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
    assert next_action(rows("a", due_at=MORNING), is_new, MORNING) == SendOne("0000")


def test_corrections_and_immediate_alerts_do_not_wait_for_the_digest() -> None:
    is_sent = {"b"}.__contains__
    assert next_action([*rows("a", due_at=MORNING), *rows("b", first=1)], is_sent, NOW) == SendOne("0001")
    assert next_action([*rows("a", due_at=MORNING), *rows("c", first=1)], is_new, NOW) == SendOne("0001")


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
    left = list(queue)
    while left:
        action = next_action(left, sent.__contains__, now)
        assert action is not None
        if isinstance(action, WaitUntil):
            assert not late
            now = action.at
            continue
        keys = [action.key] if isinstance(action, SendOne) else list(action.keys)
        assert keys == sorted(set(keys))
        for key in keys:
            [row] = [row for row in left if row.key == key]
            left.remove(row)
            order.setdefault(row.delivery_id, []).append(key)
            sent.add(row.delivery_id)
    assert all(keys == sorted(keys) for keys in order.values())
    assert sum(map(len, order.values())) == len(queue)
