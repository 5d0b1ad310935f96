"""Sightings in; evidence, rejections, versions and counts out."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic_core import from_json, to_json

from faust_batches.step import Failed, Headers
from schemas.intake_tables import Accounting
from schemas.rejection import REMEDIES, Reason, Rejection
from schemas.topics import ACCOUNTING, EVIDENCE, REJECTED, SIGHTINGS
from streams.intake.fold import count_quarantined, fold
from tests.support.builders import incoming, read, sighting, tables_of
from tests.support.intake import Intake


def test_a_sighting_becomes_evidence_in_its_region_under_the_groups_name_as_written() -> None:
    intake = Intake()

    [out] = intake.take(
        incoming(
            sighting(
                group="nusrat al-islam", occurred="2017-10", archival=True, evidence="attack", origin="AFP", grade="B2",
                admin1="Mopti", place="Douentza", title="Attack", url="https://example.org/1", revision=4,
            ),
            arrived="2017-11-02T08:00Z",
        )
    )  # fmt: skip

    [change] = read([out], EVIDENCE)
    assert (out.key, out.arrived, change.arrived) == (b"Western Africa", change.add.arrived, change.add.arrived)
    assert change.remove is None
    assert change.add.to_json() == {
        "source": "wire", "id": "1", "revision": 4, "group": "nusrat al-islam", "country": "ML", "region": "Western Africa",
        "first_day": "2017-10-01", "last_day": "2017-10-31", "begins_by": "2017-10-31",
        "ends_from": "2017-10-01",
        "arrived": "2017-11-02T08:00:00Z", "archival": True, "kind": "attack", "origin": "AFP", "grade": "B2",
        "admin1": "Mopti", "place": "Douentza", "latitude": None, "longitude": None, "title": "Attack",
        "url": "https://example.org/1", "doubt": None,
    }  # fmt: skip
    assert intake.version().evidence == change.add


def test_a_doubt_about_the_country_travels_with_the_evidence() -> None:
    [change] = read(Intake().take(sighting(country="Mali", latitude=50.85, longitude=4.35)), EVIDENCE)

    assert change.add.country == "ML"
    assert "Belgium" in change.add.doubt


def test_every_record_ends_in_exactly_one_count() -> None:
    intake = Intake()

    intake.take(
        sighting(revision=2), sighting(revision=2), sighting(revision=1), sighting(revision=3, retracted=True),
        sighting(id="2", test=True), sighting(id="3"), b"{", None, sighting(country="West Africa"), sighting(grade="Z"),
    )  # fmt: skip

    assert intake.counts() == Accounting(
        accepted=2, duplicate=1, stale=1, retracted=1, test=1,
        rejected={Reason.MALFORMED: 2, Reason.COUNTRY_UNRESOLVED: 1, Reason.BAD_VALUE: 1},
    )  # fmt: skip
    assert intake.counts().records == 10


def test_counts_continue_from_batch_to_batch() -> None:
    intake = Intake()
    for _ in range(3):
        intake.take(sighting(), b"{")

    assert intake.counts() == Accounting(accepted=1, duplicate=2, rejected={Reason.MALFORMED: 3})


def test_the_same_revision_again_changes_nothing_however_its_country_is_spelt_and_whenever_it_is_reported() -> None:
    intake = Intake()

    assert intake.changes(sighting(), sighting(country="ML"), sighting(reported="2017-11-01")) == [
        "Western Africa: +ML r1"
    ]
    assert intake.counts() == Accounting(accepted=1, duplicate=2)


def test_a_correction_within_a_region_is_one_change() -> None:
    assert Intake().changes(sighting(), sighting(revision=2, country="Burkina Faso")) == [
        "Western Africa: +ML r1",
        "Western Africa: -ML r1 +BF r2",
    ]


def test_a_correction_across_regions_removes_first_and_adds_then() -> None:
    assert Intake().changes(sighting(), sighting(revision=2, country="Belgium")) == [
        "Western Africa: +ML r1",
        "Western Africa: -ML r1",
        "Western Europe: +BE r2",
    ]


def test_the_two_halves_of_a_correction_across_regions_know_each_other() -> None:
    outgoing = Intake().take(incoming(sighting()), incoming(sighting(revision=2, country="Belgium")))

    first, removed, added = read(outgoing, EVIDENCE)
    assert first.elsewhere is None
    assert (removed.elsewhere, added.elsewhere) == (added.add, removed.remove)


def test_removed_evidence_equals_added_evidence() -> None:
    intake = Intake()
    first = incoming(sighting(title="first version"), arrived="2017-11-01T00:00Z")
    second = incoming(sighting(revision=2, retracted=True), arrived="2017-12-01T00:00Z")

    added, removed = read(intake.take(first, second), EVIDENCE)

    assert removed.remove == added.add
    assert f"{removed.arrived:%Y-%m-%d}" == "2017-12-01"


def test_a_lower_revision_that_comes_late_is_stale() -> None:
    assert Intake().changes(sighting(revision=7), sighting(revision=6, country="Belgium")) == ["Western Africa: +ML r7"]


def test_a_retraction_needs_no_place_and_may_have_an_unknown_one() -> None:
    bare = {"source": "wire", "id": "1", "revision": 1, "retracted": True}

    assert Intake().changes(sighting(), bare) == ["Western Africa: +ML r1", "Western Africa: -ML r1"]
    assert Intake().changes(sighting(), sighting(retracted=True, country="West Africa"))[1] == "Western Africa: -ML r1"


def test_a_retraction_that_arrives_first_waits_for_its_sighting() -> None:
    intake = Intake()

    assert intake.changes({"source": "wire", "id": "1", "retracted": True}, sighting()) == []
    assert intake.counts() == Accounting(retracted=1, stale=1)
    assert (intake.version().revision, intake.version().retracted, intake.version().evidence) == (1, True, None)


def test_a_higher_revision_counts_again_after_a_retraction() -> None:
    intake = Intake()
    intake.take(sighting(), sighting(retracted=True))

    assert intake.changes(sighting(revision=2)) == ["Western Africa: +ML r2"]


def test_a_test_never_becomes_evidence() -> None:
    intake = Intake()

    assert intake.take(sighting(test=True)) == []
    assert intake.counts() == Accounting(test=1)
    assert (intake.version().revision, intake.version().retracted, intake.version().evidence) == (1, False, None)


def test_a_test_is_checked_like_any_sighting() -> None:
    intake = Intake()
    intake.take(sighting(test=True, country="West Africa"))

    assert intake.counts() == Accounting(rejected={Reason.COUNTRY_UNRESOLVED: 1})


def test_a_test_that_replaces_a_real_sighting_takes_its_evidence_away() -> None:
    intake = Intake()

    assert intake.changes(sighting(), sighting(revision=2, test=True), sighting(revision=3)) == [
        "Western Africa: +ML r1",
        "Western Africa: -ML r1",
        "Western Africa: +ML r3",
    ]


def test_a_rejected_correction_changes_nothing() -> None:
    intake = Intake()
    intake.take(sighting())

    [out] = intake.take(sighting(revision=2, country="West Africa"))

    assert out.topic is REJECTED
    assert intake.version().revision == 1
    assert intake.version().evidence is not None


def test_a_rejection_has_the_original_bytes_position_reason_and_remedy() -> None:
    original = b'\xff\xfe{"a": '

    [out] = Intake().take(incoming(original, partition=3, offset=41, key=b"k", arrived="2017-11-02"))

    rejection = Rejection.from_bytes(out.value)
    assert (out.topic, out.key, f"{out.arrived:%Y-%m-%d}") == (REJECTED, b"k", "2017-11-02")
    assert rejection.original == original
    assert (rejection.topic, rejection.partition, rejection.offset) == (SIGHTINGS.full_name("test"), 3, 41)
    assert (rejection.reason, rejection.remedy) == (Reason.MALFORMED, REMEDIES[Reason.MALFORMED])


def test_a_rejection_of_nothing_keeps_nothing() -> None:
    [out] = Intake().take(None)

    assert Rejection.from_bytes(out.value).original == b""


def test_a_rejection_of_a_large_record_has_its_beginning_length_and_hash() -> None:
    original = bytes(range(256)) * 8192

    [out] = Intake().take(incoming(original, arrived="2017-11-02", key=b"k" * 100_000))

    rejection = Rejection.from_bytes(out.value)
    assert rejection.original == original[: 2**20]
    assert (rejection.original_bytes, rejection.sha256) == (2**21, hashlib.sha256(original).hexdigest())
    assert rejection.arrived == out.arrived
    assert out.key == b"k" * 4096
    assert len(out.value) + len(out.key) < REJECTED.largest_bytes


def test_a_truncated_record_is_rejected_by_its_full_size() -> None:
    cut = incoming(b"x" * 1000)._replace(size=40_000_000, sha256="ab" * 32)

    [rejection] = read(Intake().take(cut), REJECTED)

    assert (rejection.reason, rejection.original_bytes, rejection.sha256) == (Reason.TOO_LARGE, 40_000_000, "ab" * 32)
    assert "40,000,000 bytes" in rejection.detail
    assert rejection.original == b"x" * 1000


def test_an_unreadable_record_is_rejected_with_the_cause() -> None:
    [out] = Intake().take(incoming(None, offset=7)._replace(unreadable="its batch is corrupt"))

    rejection = Rejection.from_bytes(out.value)
    assert (out.key, rejection.reason, rejection.offset) == (None, Reason.UNREADABLE, 7)
    assert (rejection.detail, rejection.original_bytes) == ("its batch is corrupt", 0)


def test_an_older_rejection_is_read() -> None:
    [out] = Intake().take(b"{")
    older = {
        name: value for name, value in from_json(out.value).items()
        if name not in {"arrived", "original_bytes", "sha256"}
    }  # fmt: skip

    assert Rejection.from_bytes(to_json(older)).sha256 is None


def test_a_rejection_for_its_place_suggests_countries() -> None:
    [rejection] = read(Intake().take(sighting(country="Congo")), REJECTED)

    assert rejection.reason is Reason.COUNTRY_UNRESOLVED
    assert "DR Congo (CD)" in rejection.suggestions


def test_a_sighting_on_a_wrong_partition_is_forwarded_as_it_came_and_counted_at_home() -> None:
    astray = Intake(home=5)
    came = incoming(sighting(), key=b"any", headers=(("traceparent", b"00"), ("", None)), arrived="2017-11-02")

    [out] = astray.take(came)

    assert (out.topic, out.partition, out.key) == (SIGHTINGS, 5, b"wire/1")
    assert (out.value, out.arrived, out.headers) == (came.value, came.arrived, came.headers)
    assert astray.tables == tables_of("intake")

    home = Intake(home=5)
    home.take(incoming(out.value, partition=5, headers=out.headers))
    assert home.counts("5") == Accounting(accepted=1)


def test_no_header_keeps_a_sighting_from_its_home() -> None:
    headers: Headers = (("rehomed", b"1"),)
    elsewhere = Intake(home=5)

    [out] = elsewhere.take(incoming(sighting(), partition=0, headers=headers))

    assert (out.topic, out.partition) == (SIGHTINGS, 5)
    assert elsewhere.tables == tables_of("intake")


def test_a_forwarded_sighting_leaves_header_names_behind_that_are_not_utf8() -> None:
    headers: Headers = (("\udcff\udcfe", b"1"), ("é", b"\xff"), ("", b""), ("traceparent", None))

    [out] = Intake(home=5).take(incoming(sighting(), headers=headers))

    assert out.headers == headers[1:]


def test_a_rejected_record_is_counted_on_its_partition() -> None:
    intake = Intake(home=5)
    intake.take(b"{")

    assert intake.counts("0") == Accounting(rejected={Reason.MALFORMED: 1})


def test_impossible_days_are_rejected_and_counted() -> None:
    intake = Intake()

    outgoing = intake.take(sighting(id="1", occurred="2071-10-31"), sighting(id="2", occurred="0001-01-01"))

    assert {rejection.reason for rejection in read(outgoing, REJECTED)} == {Reason.BAD_DAYS}
    assert intake.counts() == Accounting(rejected={Reason.BAD_DAYS: 2})


def test_a_batch_of_nothing_changes_nothing() -> None:
    intake = Intake()

    assert intake.take() == []
    assert intake.tables == tables_of("intake")


def test_counts_that_cannot_be_read_begin_anew_and_fail_no_sighting() -> None:
    class Odd(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            raise ValueError("no counts")

    tables = {**tables_of("intake"), ACCOUNTING: Odd()}
    step = fold(tables, [incoming(sighting())], lambda _: 0)
    assert step.changes[ACCOUNTING] == {"0": Accounting(accepted=1)}


def test_quarantined_records_are_counted_with_the_others() -> None:
    tables = {**tables_of("intake"), ACCOUNTING: {"0": Accounting(accepted=3, quarantined=1)}}
    failed = [Failed(incoming(sighting()), ValueError())] * 2
    assert count_quarantined(tables, failed) == {ACCOUNTING: {"0": Accounting(accepted=3, quarantined=3)}}
