"""Different content under a recorded revision is rejected, and a rejection has the source and id."""

from __future__ import annotations

from faust_batches.step import Headers
from schemas.intake_tables import Accounting
from schemas.rejection import Reason
from schemas.topics import REJECTED, VERSIONS
from tests.support.builders import incoming, read, sighting
from tests.support.intake import Intake
from tests.support.tables import each_row


def test_other_content_under_a_recorded_revision_is_rejected_each_time_and_the_first_counts() -> None:
    intake = Intake()
    intake.take(sighting())
    before = intake.version()

    rejections = read(intake.take(*[sighting(country="Niger", grade="B2")] * 2), REJECTED)

    assert [(rejection.reason, rejection.source, rejection.id) for rejection in rejections] == [
        (Reason.CONFLICT, "wire", "1")
    ] * 2
    assert (
        rejections[0].detail
        == "revision 1 is already recorded with another country (Mali) and no grade: send revision 2"
    )
    assert intake.version() == before
    assert intake.counts() == Accounting(accepted=1, rejected={Reason.CONFLICT: 2})
    assert intake.changes(sighting(country="Niger", revision=2)) == ["Western Africa: -ML r1 +NE r2"]


def test_a_test_and_the_real_sighting_of_one_revision_are_a_conflict() -> None:
    for first, then, words in (
        ({"test": True}, {}, "as a test"),
        ({}, {"test": True}, "as a sighting that is not a test"),
    ):
        [rejection] = read(Intake().take(sighting(**first), sighting(**then)), REJECTED)

        assert rejection.detail == f"revision 1 is already recorded {words}: send revision 2"


def test_two_tests_of_one_revision_with_other_content_are_a_conflict() -> None:
    [rejection] = read(Intake().take(sighting(test=True), sighting(test=True, country="Niger")), REJECTED)

    assert rejection.detail == "revision 1 is already recorded with other content: send revision 2"


def test_a_version_of_an_older_firstseen_is_compared_by_its_evidence() -> None:
    intake = Intake()
    intake.take(sighting(occurred="2017-10"))
    older = intake.version()
    assert older.evidence is not None
    intake.tables[VERSIONS]["wire/1"] = older.replace(content=None, evidence=older.evidence.replace(ends_from=None))

    [rejection] = read(intake.take(sighting(occurred="2017-10"), sighting(occurred="2017-10", group="Other")), REJECTED)

    assert rejection.detail == "revision 1 is already recorded with another group (JNIM): send revision 2"
    assert intake.counts() == Accounting(accepted=1, duplicate=1, rejected={Reason.CONFLICT: 1})


@each_row(
    ("value", "headers", "who"),
    [
        (b'{"source":"wire","id":"7","group":5}', (), ("wire", "7")),
        (b'{"source":"wire","id":"7","group":"', (), ("wire", "7")),
        (b'{"source":"wire","id":7}', (), ("wire", None)),
        (b'{"source":" ","id":"7\\u0000"}', (), (None, None)),
        (b'{"source":"wire","id":"7","id":"8"}', (), ("wire", None)),
        (b'{"source":"wire","id":"7","country":"ML","country":"NE"}', (), ("wire", "7")),
        (b'{"specversion":"1.0","source":"wire","id":"7","data":{"source":"x","group":5}}', (), ("wire", "7")),
        (b'{"specversion":"0.3","source":"wire","id":"7"}', (), ("wire", "7")),
        (b"{", (("ce_specversion", b"1.0"), ("ce_source", b"wire"), ("ce_id", b"7")), ("wire", "7")),
        (b'{"id":"8"}', (("ce_specversion", b"1.0"), ("ce_source", b"wire"), ("ce_id", b"7")), ("wire", "7")),
        (b'{"id":"8"}', (("ce_specversion", b"\xff"),), (None, "8")),
        (b'[{"source":"wire","id":"7"}]', (), (None, None)),
        (b'{"source":"wire","id":"7","title":"' + b"x" * 2**20, (), ("wire", "7")),
        (b"\xff", (), (None, None)),
        (None, (), (None, None)),
    ],
)
def test_a_rejection_has_the_source_and_id_that_the_record_contains(
    value: bytes | None, headers: Headers, who: tuple[str | None, str | None]
) -> None:
    [rejection] = read(Intake().take(incoming(value, headers=headers)), REJECTED)

    assert (rejection.source, rejection.id) == who


def test_a_rejection_for_place_or_days_has_the_source_and_id() -> None:
    rejections = read(Intake().take(sighting(country="West Africa"), sighting(occurred="2071-10-31")), REJECTED)

    assert [(rejection.source, rejection.id) for rejection in rejections] == [("wire", "1")] * 2
