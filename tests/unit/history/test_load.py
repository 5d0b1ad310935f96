"""Records -> rows: versions of sightings and groups on the axis of arrival, whatever the order and the batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faust_batches.step import Incoming
from history.database import History
from history.load import Loader, number_alerts
from schemas.delivery import Delivery, LedgerEntry
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.rejection import REMEDIES, Reason, Rejection
from schemas.topics import ALERTS, DELIVERIES, EVIDENCE, LEDGER, OUTBOX, REJECTED, Topic
from streams.presence.policy import Policy
from tests.support.builders import alert_event, change, evidence, incoming

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def history() -> Iterator[History]:
    opened = History(None, {})
    yield opened
    opened.close()


def load(history: History, topic: Topic, *records: Incoming | Any, batch: int = 100) -> list[Incoming]:
    """Load records in batches; return the records that could not be read."""
    unreadable: list[Incoming] = []
    loader = Loader(Policy(), lambda record, _: unreadable.append(record))
    read = [
        record if isinstance(record, Incoming) else incoming(record, topic=topic, offset=offset)
        for offset, record in enumerate(records)
    ]
    for start in range(0, len(read), batch):
        with history.writing() as connection:
            loader.load(connection, {topic: read[start : start + batch]})
    return unreadable


def rows(history: History, query: str) -> list[tuple[Any, ...]]:
    return history.ask(lambda connection: connection.execute(query).fetchall())


def at(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


SEEN = evidence("2026-04-30", id="1")
CORRECTED = evidence("2026-04-29", id="1", revision=2)


@pytest.mark.parametrize("batch", [1, 100])
def test_a_version_of_a_sighting_is_known_until_it_is_corrected_or_withdrawn(history: History, batch: int) -> None:
    changes = [
        change(SEEN, arrived=at(1)),
        change(CORRECTED, remove=SEEN, arrived=at(2)),
        change(remove=CORRECTED, arrived=at(3)),
    ]
    load(history, EVIDENCE, *changes, batch=batch)
    assert rows(history, "select revision, first_day, known_from, known_until from sighting_version order by 1") == [
        (1, "2026-04-30", "2026-05-01 01:00:00.000000", "2026-05-01 02:00:00.000000"),
        (2, "2026-04-29", "2026-05-01 02:00:00.000000", "2026-05-01 03:00:00.000000"),
    ]
    assert rows(history, "select * from pending_place") == [("jnim", "ML", "2026-05-01 01:00:00.000000")]


@pytest.mark.parametrize("batch", [1, 100])
def test_a_version_that_ended_before_it_arrived_was_never_known(history: History, batch: int) -> None:
    changes = [change(SEEN, arrived=at(2)), change(CORRECTED, remove=SEEN, arrived=at(1))]
    load(history, EVIDENCE, *changes, batch=batch)
    assert rows(history, "select revision from sighting_version") == [(2,)]


def test_what_a_producer_left_out_is_null_and_a_placeholder_is_no_origin(history: History) -> None:
    bare = evidence(origin="unknown", grade=None)
    load(history, EVIDENCE, change(bare), change(evidence(id="2", origin="AFP", doubt="perhaps")))
    columns = "id, origin, origin_form, grade, qualifies_alone, title, latitude, doubt, archival"
    assert rows(history, f"select {columns} from sighting_version order by id") == [
        ("1", "unknown", None, None, 0, None, None, None, 0),
        ("2", "AFP", "afp", "B2", 1, None, None, "perhaps", 0),
    ]


def groups_change(hours: float, *put: Group, remove: Sequence[str] = ()) -> EvidenceChange:
    return EvidenceChange(arrived=at(hours), groups=GroupsChange(put=put, remove=tuple(remove)))


FIRST = groups_change(1, Group(id="JNIM", names=("GSIM",)), Group(id="IS"))
SECOND = groups_change(2, Group(id="JNIM", names=("Nusrat",)), remove=["IS"])
THIRD = groups_change(3, Group(id="IS"))


@pytest.mark.parametrize("order", [[FIRST, SECOND, THIRD] * 2, [FIRST, FIRST, SECOND, SECOND, THIRD, THIRD]])
def test_a_change_of_groups_counts_once_although_every_partition_has_it(
    history: History, order: list[EvidenceChange]
) -> None:
    load(history, EVIDENCE, *order, batch=1)
    versions = "select group_id, group_form, substr(known_from, 12, 2), substr(known_until, 12, 2) from group_version"
    assert rows(history, f"{versions} order by group_id, known_from") == [
        ("IS", "is", "01", "02"),
        ("IS", "is", "03", None),
        ("JNIM", "jnim", "01", "02"),
        ("JNIM", "jnim", "02", None),
    ]


def test_a_change_of_groups_marks_the_places_that_it_concerns(history: History) -> None:
    load(history, EVIDENCE, change(evidence(group="GSIM"), arrived=at(1)), change(evidence(id="2", group="Other")))
    with history.writing() as connection:
        connection.execute("delete from pending_place")
    load(history, EVIDENCE, groups_change(2, Group(id="JNIM", names=("GSIM",))))
    since = "2026-05-01 02:00:00.000000"
    assert rows(history, "select * from pending_place") == [("gsim", "ML", since), ("jnim", "ML", since)]


def test_alerts_are_numbered_by_arrival_when_the_backlog_is_read(history: History) -> None:
    backlog = [
        alert_event("b", arrived=at(2)), alert_event("a", arrived=at(1)), alert_event("a", 2, arrived=at(3)),
        alert_event("b", arrived=at(2)),
    ]  # fmt: skip
    load(history, ALERTS, *backlog)
    numbers = "select number, alert_id, revision from alert_event order by number"
    assert rows(history, numbers) == [(None, "b", 1), (None, "a", 1), (None, "a", 2)]
    for expected in (3, 3):
        with history.writing() as connection:
            number_alerts(connection)
        assert rows(history, "select max(number) from alert_event") == [(expected,)]
    load(history, ALERTS, alert_event("c", arrived=at(0)))
    with history.writing() as connection:
        number_alerts(connection)
    assert rows(history, numbers) == [(1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "c", 1)]
    assert rows(history, "select number, alert_id from alert order by number") == [(1, "a"), (2, "b"), (3, "c")]


def test_deliveries_the_ledger_and_the_outbox_hold_what_their_topics_hold(history: History) -> None:
    delivery = Delivery(delivery_id="d", destination="console", alert=alert_event("a"))
    entry = LedgerEntry(
        delivery_id="d", destination="console", alert_id="a", alert_revision=1, state="sent", via="console"
    )
    load(history, DELIVERIES, delivery)
    load(history, OUTBOX, incoming(delivery, topic=OUTBOX, key=b"1"), incoming(None, topic=OUTBOX, key=b"1"))
    load(history, LEDGER, incoming(entry, topic=LEDGER, key=b"d"), incoming(b"{}", topic=LEDGER, key=b"d"))
    assert rows(history, "select delivery_id, alert_id, alert_revision from delivery") == [("d", "a", 1)]
    assert rows(history, "select state, attempts from ledger") == [("sent", 1)]
    assert rows(history, "select * from outbox") == []


def test_a_rejection_is_kept_without_the_original(history: History) -> None:
    rejection = Rejection(
        reason=Reason.MALFORMED, detail="no object", remedy=REMEDIES[Reason.MALFORMED], source="wire",
        topic="test.sightings.v1", partition=0, offset=7, original=b"secret",
    )  # fmt: skip
    load(history, REJECTED, rejection)
    [(source, text)] = rows(history, "select source, rejection from rejection")
    kept = Rejection.from_bytes(text.encode())
    assert (source, kept.offset, kept.original) == ("wire", 7, b"")


def test_an_unreadable_record_is_skipped(history: History) -> None:
    good = change(SEEN)
    for topic in (EVIDENCE, ALERTS, DELIVERIES, LEDGER, OUTBOX, REJECTED):
        junk = [incoming(value, topic=topic, offset=9, key=b"\xff") for value in (b"", b"[]", b'{"a":1}', b"\xff")]
        assert len(load(history, topic, *junk)) == len(junk), topic.name
    load(history, EVIDENCE, b"junk", good)
    assert rows(history, "select id from sighting_version") == [("1",)]
