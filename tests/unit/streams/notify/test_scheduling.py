"""What a channel is told next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import MOST_KEYS, MOST_LINES
from streams.notify.scheduling import DIGEST_THRESHOLD, QueuedDelivery, SendDigest, SendOne, WaitUntil, next_action

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
MORNING = NOW + timedelta(hours=1)


def untold(_: str) -> bool:
    return False


def rows(*deliveries: str, due_at: datetime | None = None, first: int = 0) -> list[QueuedDelivery]:
    return [QueuedDelivery(f"{number:04d}", name, due_at) for number, name in enumerate(deliveries, first)]


def test_one_after_the_other_in_their_order() -> None:
    assert next_action(rows("a", "b"), untold, NOW) == SendOne("0000")
    assert next_action([], untold, NOW) is None


def test_a_storm_becomes_a_digest_with_all_that_waits_of_each_alert() -> None:
    names = [f"d{number}" for number in range(DIGEST_THRESHOLD)]
    assert next_action(rows(*names[:-1]), untold, NOW) == SendOne("0000")
    work = next_action(rows(*names, names[0]), untold, NOW)
    assert work == SendDigest(tuple(f"{number:04d}" for number in range(DIGEST_THRESHOLD + 1)))


def test_a_digest_has_an_end_and_the_rest_goes_into_the_next() -> None:
    work = next_action(rows(*(f"d{number}" for number in range(MOST_LINES + 5))), untold, NOW)
    assert isinstance(work, SendDigest)
    assert len(work.keys) == MOST_LINES


def test_a_digest_has_room_for_so_many_rows_and_the_rest_corrects_it() -> None:
    names = [f"d{number}" for number in range(DIGEST_THRESHOLD)]
    waiting = [
        QueuedDelivery(f"{number:019d}", name) for number, name in enumerate([*names, *["d0"] * (MOST_KEYS + 5)])
    ]
    work = next_action(waiting, untold, NOW)
    assert work == SendDigest(tuple(row.key for row in waiting[:MOST_KEYS]))


def test_a_daily_digest_waits_for_its_time_and_what_becomes_of_its_alerts_waits_with_them() -> None:
    waiting = [*rows("a", "b", due_at=MORNING), *rows("a", first=2)]
    assert next_action(waiting, untold, NOW) == WaitUntil(MORNING)
    assert next_action(waiting, untold, MORNING) == SendDigest(("0000", "0001", "0002"))
    assert next_action(rows("a", due_at=MORNING), untold, MORNING) == SendOne("0000")


def test_what_was_told_is_corrected_at_once_and_what_is_urgent_does_not_wait_for_the_digest() -> None:
    told = {"b"}.__contains__
    assert next_action([*rows("a", due_at=MORNING), *rows("b", first=1)], told, NOW) == SendOne("0001")
    assert next_action([*rows("a", due_at=MORNING), *rows("c", first=1)], untold, NOW) == SendOne("0001")


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([None, MORNING])), max_size=120),
    st.sets(st.integers(0, 60)),
    st.booleans(),
)
def test_all_that_waits_is_told_once_and_in_order(
    given: list[tuple[int, datetime | None]], known: set[int], late: bool
) -> None:
    waiting = [QueuedDelivery(f"{number:04d}", str(name), due_at) for number, (name, due_at) in enumerate(given)]
    told, now, order = {str(one) for one in known}, MORNING if late else NOW, dict[str, list[str]]()
    left = list(waiting)
    while left:
        work = next_action(left, told.__contains__, now)
        assert work is not None
        if isinstance(work, WaitUntil):
            assert not late
            now = work.at
            continue
        keys = [work.key] if isinstance(work, SendOne) else list(work.keys)
        assert keys == sorted(set(keys))
        for key in keys:
            [row] = [one for one in left if one.key == key]
            left.remove(row)
            order.setdefault(row.delivery_id, []).append(key)
            told.add(row.delivery_id)
    assert all(keys == sorted(keys) for keys in order.values())
    assert sum(map(len, order.values())) == len(waiting)
