"""Ids of alerts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas.alert import Cause
from streams.presence.alerts import Subject, alert_id
from tests.support.builders import evidence
from tests.support.tables import each_row

MINTED = datetime(2017, 11, 1, 9, tzinfo=UTC)


def minted(group: str, place: str = "ML", rule: Any = "appearance", **fields: Any) -> str:
    trigger = evidence(**fields)
    subject = Subject(rule, group, place)
    return alert_id(subject, "BF", trigger, Cause(what="reported", sighting=trigger), MINTED)


def test_the_ids_of_names_without_a_bar_never_change() -> None:
    trigger = evidence(source="wire/sub", id="a/1%", revision=3)
    fields: dict[str, Any] = {"source": "wire/sub", "id": "a/1%", "revision": 3}
    subject = Subject("appearance", "JNIM", "ML")

    assert minted("JNIM", **fields) == "2f0ce549-7b84-53a7-a6cb-049d87142012"
    assert alert_id(subject, "ML", trigger, Cause(what="groups"), MINTED) == "5223b2a3-e393-5ecb-8e53-265bd320d6eb"
    spread = minted("État %7C 5 [x]", "Western Africa", "spread", **fields)
    assert spread == "710faeae-5cd4-59a3-9621-4e03abb52679"


@each_row(
    ("first", "second"),
    [
        (minted("A", "ML", source="BF|x", id="y"), minted("A|ML", "BF", source="x", id="y")),
        (minted("A", "ML", source="x", id="y|1"), minted("A", "ML", source="x", id="y")),
        (minted('["appearance", "A', "ML", source="|"), minted("A", "ML", source="|")),
        (minted("A|Western Africa", "BF", source="x"), minted("A", "Western Africa", "spread", source="x")),
    ],
)
def test_a_bar_in_a_name_does_not_merge_two_alerts(first: str, second: str) -> None:
    assert first != second
