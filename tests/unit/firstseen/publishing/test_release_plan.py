from __future__ import annotations

from datetime import date

from pydantic_core import to_json

from firstseen.publishing.recorded_versions import RecordedVersion
from firstseen.publishing.release_plan import Plan, plan
from firstseen.publishing.releases import read_release
from schemas.sighting import Sighting

RELEASE = read_release("24.1")
NEXT = read_release("25.1")


def sighting(sighting_id: str = "ged-1-a", **fields: object) -> Sighting:
    usual = {
        "source": "ucdp",
        "id": sighting_id,
        "group": "Q",
        "country": "ML",
        "place": "Gao",
        "occurred": "2023-03-01",
    }
    return Sighting.from_bytes(to_json(usual | fields))


def known(recorded: Sighting, revision: int, **fields: object) -> RecordedVersion:
    assert recorded.occurred
    usual = {
        "revision": revision,
        "content": recorded.content,
        "group": recorded.group,
        "country": recorded.country,
        "place": recorded.place,
        "origin": recorded.origin,
        "first_day": recorded.occurred.first_day,
        "last_day": recorded.occurred.last_day,
    }
    return RecordedVersion(**(usual | fields))  # type: ignore[arg-type]


def planned(
    rows: list[Sighting], on_record: dict[str, RecordedVersion], release: str = "24.1", withdraw: str | None = None
) -> Plan:
    return plan([(row.id, row) for row in rows], on_record, read_release(release), withdraw=withdraw)


def sent(found: Plan) -> list[tuple[str, int, bool]]:
    sightings = [Sighting.from_bytes(record.value) for record in found.records]
    return [(each.id, each.revision, each.retracted) for each in sightings]


def test_a_row_that_is_not_on_record_is_new_with_the_revision_of_the_release() -> None:
    found = planned([sighting()], {})

    assert sent(found) == [("ged-1-a", RELEASE.revision, False)]
    assert (found.new, found.revised, found.unchanged) == (1, (), 0)


def test_an_equal_row_is_not_sent_whatever_its_report_and_revision() -> None:
    before = known(sighting(reported="2024-01-01"), 1)

    found = planned([sighting(reported="2025-01-01", revision=7)], {"ged-1-a": before})

    assert (sent(found), found.unchanged) == ([], 1)


def test_a_different_row_is_a_revision_with_the_old_and_the_new_value() -> None:
    before = known(sighting(), RELEASE.revision)

    found = planned([sighting(country="NE", occurred="2023-02-20")], {"ged-1-a": before}, "25.1")

    assert sent(found) == [("ged-1-a", NEXT.revision, False)]
    assert [(change.id, change.words) for change in found.revised] == [
        ("ged-1-a", "ML -> NE; 2023-03-01 -> 2023-02-20")
    ]


def test_a_corrected_import_of_the_same_release_has_the_next_revision() -> None:
    before = known(sighting(), RELEASE.revision)

    assert sent(planned([sighting(country="NE")], {"ged-1-a": before})) == [("ged-1-a", RELEASE.revision + 1, False)]


def test_a_newer_release_on_record_is_kept() -> None:
    before = known(sighting(), NEXT.revision)

    found = planned([sighting(country="NE")], {"ged-1-a": before})

    assert (sent(found), found.newer) == ([], 1)


def test_a_row_recorded_by_an_earlier_version_is_sent_again() -> None:
    found = planned([sighting()], {"ged-1-a": known(sighting(), 1, content=None)})

    assert sent(found) == [("ged-1-a", RELEASE.revision, False)]
    assert found.revised[0].words == "recorded by an earlier version of Firstseen"


def test_a_withdrawn_sighting_that_is_back_counts_again() -> None:
    found = planned([sighting()], {"ged-1-a": RecordedVersion(RELEASE.revision, retracted=True)}, "25.1")

    assert sent(found) == [("ged-1-a", NEXT.revision, False)]
    assert found.revised[0].words == "withdrawn -> on record again"


def test_a_missing_sighting_is_withdrawn_only_on_request() -> None:
    on_record = {"ged-1-a": known(sighting(), 1), "ged-2-a": known(sighting("ged-2-a"), RELEASE.revision)}

    assert sent(planned([sighting()], on_record, "25.1")) == []
    found = planned([sighting()], on_record, "25.1", withdraw="ged-")
    assert sent(found) == [("ged-2-a", NEXT.revision, True)]
    assert [(change.id, change.words) for change in found.withdrawn] == [("ged-2-a", "Q, ML, Gao, 2023-03-01")]


def test_sightings_that_the_release_does_not_cover_are_not_withdrawn() -> None:
    on_record = {
        "own-1": known(sighting("own-1"), 1),
        "ged-2-a": known(sighting("ged-2-a", occurred="2024-01-01"), 24_003_000),
        "ged-3-a": known(sighting("ged-3-a"), NEXT.revision),
        "ged-4-a": RecordedVersion(1, retracted=True),
        "ged-5-a": known(sighting("ged-5-a", occurred="2023-12-30/2024-01-02"), 1),
    }

    assert sent(planned([], on_record, "24.1", withdraw="ged-")) == []


def test_candidates_withdraw_candidates_of_their_months_only() -> None:
    in_march = {"occurred": "2024-03-05"}
    on_record = {
        "ged-1-a": known(sighting("ged-1-a", **in_march), 24_003_000),
        "ged-2-a": known(sighting("ged-2-a", occurred="2024-02-05"), 24_002_000),
        "ged-3-a": known(sighting("ged-3-a", **in_march), 1),
        "ged-4-a": known(sighting("ged-4-a", **in_march), 23_100_000),
    }

    assert sent(planned([], on_record, "24.0.3", withdraw="ged-")) == [("ged-1-a", 24_003_001, True)]
    assert [sighting_id for sighting_id, _, _ in sent(planned([], on_record, "24.01.24.03", withdraw="ged-"))] == [
        "ged-1-a",
        "ged-2-a",
    ]


def test_a_yearly_release_withdraws_the_candidates_of_its_years() -> None:
    on_record = {"ged-1-a": known(sighting(occurred="2024-03-05"), 24_003_000)}

    assert sent(planned([], on_record, "25.1", withdraw="ged-")) == [("ged-1-a", NEXT.revision, True)]


def test_a_row_that_intake_would_reject_is_neither_sent_nor_missing() -> None:
    on_record = {"ged-1-a": known(sighting(), 1)}

    found = plan([("ged-1-a", None)], on_record, RELEASE, withdraw="ged-")

    assert found.records == ()


def test_withdrawing_more_than_a_tenth_is_much() -> None:
    rows = [sighting(f"ged-{number}-a") for number in range(100)]
    on_record = {row.id: known(row, RELEASE.revision) for row in rows}

    assert not planned(rows[10:], on_record, "25.1", withdraw="ged-").withdraws_much
    assert planned(rows[11:], on_record, "25.1", withdraw="ged-").withdraws_much
    assert planned([], on_record, "25.1", withdraw="ged-").withdraws_much
    assert not planned(rows, on_record, "25.1", withdraw="ged-").withdraws_much


def test_the_plan_lists_the_numbers_and_the_first_changes_of_each_kind() -> None:
    rows = [sighting(f"ged-{number}-a") for number in range(30)]
    on_record = {row.id: known(row, RELEASE.revision) for row in rows[:28]}
    changed = [row.replace(country="NE") for row in rows[:12]]

    lines = list(planned([*changed, *rows[13:]], on_record, "25.1", withdraw="ged-").lines())

    assert lines[0] == "Release 25.1: 2 new, 12 revised, 1 withdrawn, 15 unchanged."
    assert lines[1] == "  revised ged-0-a: ML -> NE"
    assert lines[11:] == ["  and 2 more revised", "  withdrawn ged-12-a: Q, ML, Gao, 2023-03-01"]


def test_days_are_shown_in_full() -> None:
    before = known(sighting(occurred="2023"), RELEASE.revision)

    found = planned([sighting(occurred="2023-05-01/2023-05-03")], {"ged-1-a": before}, "25.1")

    assert found.revised[0].words == "2023-01-01/2023-12-31 -> 2023-05-01/2023-05-03"
    assert date(2023, 1, 1) == before.first_day


def test_an_event_that_moves_takes_every_office_with_it() -> None:
    event, office = sighting("ged-1-b"), sighting("ged-1-b-wire")
    on_record = {row.id: known(row, RELEASE.revision) for row in (event, office)}

    found = planned([sighting("ged-1-b", country="NE")], on_record, "25.1")

    assert sent(found) == [("ged-1-b", NEXT.revision, False), ("ged-1-b-wire", NEXT.revision, True)]
    assert [change.words for change in found.revised] == [
        "ML -> NE",
        "Q, ML, Gao, 2023-03-01 -> withdrawn: the release has the event without it",
    ]


def test_an_older_release_adds_nothing_to_an_event_of_a_newer_one() -> None:
    on_record = {"ged-1-b": known(sighting("ged-1-b", country="NE"), NEXT.revision)}

    found = planned([sighting("ged-1-b"), sighting("ged-1-b-wire"), sighting("ged-10-b")], on_record)

    assert (sent(found), found.newer) == ([("ged-10-b", RELEASE.revision, False)], 2)
