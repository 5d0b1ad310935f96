"""Rows of a batch: what a place finds among its own changes and the committed rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.topics import STORED_ALERTS
from streams.presence.policy import Policy
from streams.presence.rows import Rows
from tests.support.builders import Story, evidence


def test_the_alerts_of_a_place_are_in_the_order_of_their_keys_after_the_changes_of_the_batch() -> None:
    story = Story()
    story.add(evidence("2017-10-31"))
    tables: dict[Any, Any] = dict(story.tables)
    [(key, stored)] = tables[STORED_ALERTS].items()
    place = Rows(tables, Policy()).place("jnim", "ML", "Western Africa")

    def found(first: str, last: str) -> list[str]:
        return list(place.alerts_between(date.fromisoformat(first), date.fromisoformat(last)))

    later, earlier = key.replace("2017-10-31", "2017-11-30"), key.replace("2017-10-31", "2017-10-01")
    place.put_alert(later, stored)
    place.put_alert(earlier, stored)
    assert found("2017-10-01", "2017-11-30") == [earlier, key, later]
    assert found("2017-10-02", "2017-11-29") == [key]
    place.put_alert(key, None)
    assert found("2017-10-01", "2017-11-30") == [earlier, later]
