"""The rejections that are kept for producers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.rejection import REMEDIES, Reason, Rejection
from tests.support.builders import ARRIVED
from web.state.rejections import MAX_KEPT, RejectionLog

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def rejection(**fields: Any) -> Rejection:
    known: dict[str, Any] = {
        "reason": Reason.COUNTRY_UNRESOLVED, "detail": "no country", "remedy": REMEDIES[Reason.COUNTRY_UNRESOLVED],
        "source": "wire", "id": "1", "topic": "test.sightings.v1", "partition": 0, "offset": 0, "arrived": ARRIVED,
        "original": b"",
    }  # fmt: skip
    return Rejection(**(known | fields))


def test_the_newest_rejections_of_each_source_are_kept_in_any_order_of_reading() -> None:
    log = RejectionLog(["wire", "desk"])
    for number in (*range(10, MAX_KEPT + 5), *range(10)):
        log.add(rejection(offset=number, arrived=ARRIVED + timedelta(seconds=number), partition=number % 3))
    assert log.counts("wire") == {"country_unresolved": MAX_KEPT + 5}
    kept = [kept.offset for kept in log.since("wire", BEFORE_ALL)]
    assert (kept[0], kept[-1], len(kept)) == (MAX_KEPT + 4, 5, MAX_KEPT)


def test_rejections_of_sources_without_a_key_are_not_kept() -> None:
    log = RejectionLog(["wire"])
    log.add(rejection())
    for number in range(20_000):
        log.add(rejection(source=f"made-up-{number}"))
    log.add(rejection(source=None))
    assert log.counts("wire") == {"country_unresolved": 1}
    assert log.counts("made-up-1") == {}
    log.clear()
    assert log.counts("wire") == {}
