from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from pydantic_core import from_json, to_json

from firstseen.follow.batch import Batch, Event
from firstseen.follow.plan import (
    CONFLICT,
    DUPLICATE_ID,
    LAST_REVISION,
    MANY,
    MAX_EXAMPLES,
    OLDER,
    WITHDRAWN,
    Known,
    Plan,
    Reading,
    compare,
    read,
)
from firstseen.importers.jsonl import import_jsonl
from firstseen.publishing.recorded_versions import RecordedVersion
from schemas.sighting import LARGEST_REVISION, Sighting
from streams.intake.day_limits import DEFAULT_DAYS
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)


def row(id_: str = "1", **fields: Any) -> dict[str, Any]:
    usual = {"source": "desk", "id": id_, "group": "M23", "country": "CD", "occurred": "2026-11-20", "grade": "B2"}
    return usual | fields


def content(**fields: Any) -> str:
    return Sighting.from_bytes(to_json(row(**fields))).content


def plan(
    *rows: Mapping[str, Any],
    known: Known | None = None,
    deleted: tuple[Event, ...] = (),
    events: tuple[Event, ...] = (),
) -> Plan:
    reading = read(import_jsonl(map(to_json, rows)), NOW, DEFAULT_DAYS)
    assert reading.left_out.total() == 0
    return compare(reading, Batch(events=dict(enumerate(events, start=1)), deleted=deleted), known or {})


def there(revision: int = 1, what: str | None = None, *, retracted: bool = False) -> Known:
    return {"desk": {"1": RecordedVersion(revision, retracted, what)}}


def sent(found: Plan) -> list[tuple[str, str, int, bool]]:
    sightings = [(record.kind, record.key, Sighting.from_bytes(record.value)) for record in found.records]
    return [(kind, key, sighting.revision, sighting.retracted) for kind, key, sighting in sightings]


def test_a_sighting_that_is_not_on_record_is_sent_unchanged() -> None:
    found = plan(row())
    assert sent(found) == [("new", "desk/1", 1, False)]
    assert from_json(found.records[0].value) == row()


def test_equal_content_is_not_sent_again_whatever_its_revision_on_record() -> None:
    found = plan(row(), known=there(4, content()))
    assert (sent(found), found.unchanged) == ([], 1)


@each_row(
    "change",
    [{"country": "RW"}, {"occurred": "2026-11-21"}, {"title": "Corrected"}, {"grade": None}, {"place": "Goma"}],
)
def test_different_content_is_sent_as_the_next_revision(change: dict[str, Any]) -> None:
    found = plan(row(**change), known=there(4, content()))
    assert sent(found) == [("revised", "desk/1", 5, False)]
    assert Sighting.from_bytes(found.records[0].value).content == content(**change)


def test_a_new_time_of_reporting_alone_is_no_change() -> None:
    assert plan(row(reported="2026-11-28"), known=there(1, content())).unchanged == 1


def test_nothing_is_sent_when_an_older_version_kept_no_content() -> None:
    assert plan(row(), known=there(1, None)).unchanged == 1
    assert plan(row(revision=3), known=there(3, None)).unchanged == 1


def test_a_sighting_withdrawn_here_stays_withdrawn() -> None:
    found = plan(row(), known=there(2, None, retracted=True))
    assert (sent(found), found.left_out) == ([], {WITHDRAWN: 1})


def test_the_publishers_own_revision_decides() -> None:
    other = content(country="RW")
    assert sent(plan(row(revision=7), known=there(6, other))) == [("revised", "desk/1", 7, False)]
    assert sent(plan(row(revision=7), known=there(6, None))) == [("revised", "desk/1", 7, False)]
    assert sent(plan(row(revision=7), known=there(6, None, retracted=True))) == [("revised", "desk/1", 7, False)]
    assert plan(row(revision=7), known=there(6, content())).unchanged == 1
    assert plan(row(revision=7), known=there(7, content())).unchanged == 1
    assert plan(row(revision=7), known=there(7, other)).left_out == {CONFLICT: 1}
    assert plan(row(revision=7), known=there(8, other)).left_out == {OLDER: 1}


def test_a_repeated_row_is_compared_with_itself() -> None:
    assert sent(plan(row(), row())) == [("new", "desk/1", 1, False)]


def test_only_the_last_row_of_an_id_is_sent() -> None:
    first = plan(row(), row(title="Corrected"))
    assert sent(first) == [("new", "desk/1", 1, False)]
    assert Sighting.from_bytes(first.records[0].value).title == "Corrected"
    assert first.left_out == {DUPLICATE_ID: 1}
    again = plan(row(), row(title="Corrected"), known=first.known)
    assert (sent(again), again.unchanged, again.left_out) == ([], 1, {DUPLICATE_ID: 1})


def test_all_rows_of_an_id_with_revisions_of_their_own_are_sent() -> None:
    assert sent(plan(row(revision=1), row(revision=2, title="Corrected"))) == [
        ("new", "desk/1", 1, False), ("revised", "desk/1", 2, False),
    ]  # fmt: skip


def test_sent_versions_are_known_to_the_next_batch_and_the_argument_is_unchanged() -> None:
    known = there(1, content())
    first = plan(row(title="Corrected"), row("2"), known=known)
    assert plan(row(title="Corrected"), row("2"), known=first.known).unchanged == 2
    assert known == there(1, content())


def test_a_retraction_in_the_feed_is_sent_once() -> None:
    gone = {"source": "desk", "id": "1", "retracted": True}
    found = plan(gone, known=there(2, content()))
    assert sent(found) == [("withdrawn", "desk/1", 3, True)]
    assert sent(plan(gone, known=found.known)) == []


def test_the_revision_of_a_cloud_event_is_a_plain_sighting() -> None:
    event = {"specversion": "1.0", "type": "x", "source": "desk", "id": "1", "data": row()}
    found = plan(event, known=there(1, content(country="RW")))
    assert sent(found) == [("revised", "desk/1", 2, False)]


def test_a_deleted_event_withdraws_the_sightings_of_all_its_actors_and_no_others() -> None:
    known = {
        "acled": {
            id_: RecordedVersion(100, False, "x")
            for id_ in ("MLI12", "MLI12-1", "MLI12-2-invented-wire", "MLI123", "MLI123-1", "MLI1", "x-MLI12")
        }
    }
    found = plan(known=known, deleted=(Event("acled", "MLI12", 200),))
    assert sent(found) == [
        ("withdrawn", f"acled/{id_}", 200, True) for id_ in ("MLI12", "MLI12-1", "MLI12-2-invented-wire")
    ]
    assert sent(plan(known=found.known, deleted=(Event("acled", "MLI12", 200),))) == []


def test_a_deletion_that_is_older_than_what_is_on_record_changes_nothing() -> None:
    known = {"acled": {"MLI1": RecordedVersion(300, False, "x")}}
    assert sent(plan(known=known, deleted=(Event("acled", "MLI1", 200),))) == []
    assert sent(plan(known=known, deleted=(Event("acled", "MLI1", 300),))) == [("withdrawn", "acled/MLI1", 301, True)]
    assert sent(plan(deleted=(Event("acled", "MLI1", 200),))) == []


def of_event(*ids: str, revision: int = 1) -> Known:
    return {"ucdp": {id_: RecordedVersion(revision, False, "x") for id_ in ids}}


def test_a_changed_event_withdraws_the_sightings_that_it_no_longer_has() -> None:
    known = of_event("ged-7-a", "ged-7-b", "ged-7-b-invented-wire", "ged-70-a", "ged-8-a", revision=3)
    found = plan(row("ged-7-b", source="ucdp"), known=known, events=(Event("ucdp", "ged-7"),))
    assert sent(found) == [
        ("revised", "ucdp/ged-7-b", 4, False),
        ("withdrawn", "ucdp/ged-7-a", 4, True),
        ("withdrawn", "ucdp/ged-7-b-invented-wire", 4, True),
    ]


def test_an_event_without_sightings_withdraws_all_of_its_own() -> None:
    left_out = Reading([], frozenset(), frozenset(), 0, 1, Counter({"no side is a group": 1}), [])
    found = compare(left_out, Batch(events={1: Event("ucdp", "ged-7")}), of_event("ged-7-a", "ged-8-a"))
    assert sent(found) == [("withdrawn", "ucdp/ged-7-a", 2, True)]


def test_a_rejected_or_malformed_row_withdraws_nothing() -> None:
    rejected = read(import_jsonl([to_json(row("ged-7-a", source="ucdp", country="Atlantis"))]), NOW, DEFAULT_DAYS)
    unreadable = read(import_jsonl([b"not json"]), NOW, DEFAULT_DAYS, {1})
    for reading in (rejected, unreadable):
        assert sent(compare(reading, Batch(events={1: Event("ucdp", "ged-7")}), of_event("ged-7-a"))) == []


def test_a_mass_of_missing_sightings_is_not_withdrawn() -> None:
    for count, kept in ((20, 0), (21, 21)):
        known = of_event(*(f"ged-{n}-a" for n in range(count)))
        found = plan(known=known, events=tuple(Event("ucdp", f"ged-{n}") for n in range(count)))
        assert (len(found.records), found.left_out[MANY]) == (count - kept, kept)


def test_an_older_state_of_an_event_withdraws_nothing() -> None:
    known = of_event("ged-7-a", revision=300)
    assert sent(plan(known=known, events=(Event("ucdp", "ged-7", 299),))) == []
    assert sent(plan(known=known, events=(Event("ucdp", "ged-7", 400),))) == [("withdrawn", "ucdp/ged-7-a", 400, True)]


def test_rows_that_would_be_rejected_are_counted_by_reason_and_the_first_are_shown() -> None:
    lines = [to_json(row(str(n), country="Atlantis")) for n in range(5)]
    lines += [b"not json", to_json(row("9")), b"", to_json(row("10", occurred="2031-01-01"))]
    reading = read(import_jsonl(lines), NOW, DEFAULT_DAYS)
    assert (reading.rows, len(reading.accepted)) == (8, 1)
    assert reading.left_out == {
        "rejected: country_unresolved": 5, "cannot be read": 1, "rejected: bad_days": 1,
    }  # fmt: skip
    assert len(reading.examples) == MAX_EXAMPLES
    assert reading.examples[0].startswith("line 1: country_unresolved: ")
    assert not reading.has_no_sighting


def test_a_document_without_a_readable_row_has_no_sighting() -> None:
    page = [b"<html>", b"<title>Please sign in</title>", b"", b"</html>"]
    reading = read(import_jsonl(page), NOW, DEFAULT_DAYS)
    assert reading.has_no_sighting
    assert reading.examples[0].startswith("line 1: ")
    assert not read(import_jsonl([]), NOW, DEFAULT_DAYS).has_no_sighting


def test_a_large_document_without_a_sighting_is_not_read_to_its_end() -> None:
    endless = import_jsonl(repeat(b"noise"))
    reading = read(endless, NOW, DEFAULT_DAYS)
    assert (reading.has_no_sighting, reading.rows, len(reading.examples)) == (True, 10_000, MAX_EXAMPLES)


def test_an_error_object_has_no_sighting_unlike_a_document_with_one_row_without_an_id() -> None:
    assert read(import_jsonl([b'{"error": "quota exceeded"}']), NOW, DEFAULT_DAYS).has_no_sighting
    lines = [to_json(row("")), to_json(row(country="Atlantis"))]
    assert not read(import_jsonl(lines), NOW, DEFAULT_DAYS).has_no_sighting


def test_a_sighting_with_the_largest_revision_is_neither_revised_nor_withdrawn() -> None:
    last = there(LARGEST_REVISION, content())
    for found in (
        plan(row(country="UG"), known=last),
        plan(known=last, deleted=(Event("desk", "1"),)),
        plan(known=last, events=(Event("desk", "1", LARGEST_REVISION),)),
    ):
        assert (sent(found), found.left_out) == ([], Counter({LAST_REVISION: 1}))
