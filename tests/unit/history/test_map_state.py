"""Two maps of a window of days, as known at two times."""

from datetime import date

from history.map_state import MapQuery, map_state
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence, instant
from tests.support.read_model import filled

AS_OF = date(2017, 11, 24)


def state(changes, **query):
    return map_state(filled(changes, Policy()), MapQuery(AS_OF, **query), Policy())


def rows(map_rows):
    return [(row.category, row.country, str(row.first_day)) for row in map_rows]


def test_evidence_of_a_later_day_does_not_count():
    seen = [evidence("2017-11-25")]
    assert state(map(change, seen)).now == ()


def test_then_counts_evidence_that_arrived_by_the_end_of_the_day():
    seen = [
        evidence("2017-11-10", id="1", arrived="2017-11-24T23:59:59Z"),
        evidence("2017-11-10", id="2", country="NE", arrived="2017-11-25T00:00Z"),
    ]
    found = state(map(change, seen))
    assert rows(found.then) == [("new", "ML", "2017-11-10")]
    assert rows(found.now) == [("new", "ML", "2017-11-10"), ("new", "NE", "2017-11-10")]
    [difference] = found.differences
    assert difference.what == "then nothing known; now new on 2017-11-10"
    assert difference.because == ("of evidence that arrived on 2017-11-25: wire/2 of 2017-11-10",)


def test_late_evidence_of_an_earlier_presence_changes_new_to_back():
    seen = [evidence("2017-11-10"), evidence("2015-03-01", id="old", arrived="2018-02-01T00:00Z")]
    [difference] = state(map(change, seen)).differences
    assert difference.what == ("then new on 2017-11-10; now known since 2015-03-01: back on 2017-11-10 after 985 days")
    assert difference.because == ("of evidence that arrived on 2018-02-01: wire/old of 2015-03-01",)


def test_known_by_limits_the_evidence_of_now():
    seen = [evidence("2017-11-10"), evidence("2015-03-01", id="old", arrived="2018-02-01T00:00Z")]
    assert state(map(change, seen), known_by=date(2018, 1, 31)).differences == ()
    assert len(state(map(change, seen), known_by=date(2018, 2, 1)).differences) == 1


def test_a_sighting_withdrawn_later_counts_then():
    seen = evidence("2017-11-10")
    found = state([change(seen), change(remove=seen, arrived="2017-12-01T00:00Z")])
    assert (rows(found.then), found.now) == ([("new", "ML", "2017-11-10")], ())
    [difference] = found.differences
    assert difference.what == "then new on 2017-11-10; now no longer on record"
    assert difference.because == ("a sighting was withdrawn on 2017-12-01: wire/1 of 2017-11-10",)


def test_a_correction_lists_the_old_and_the_new_value():
    before, after = evidence("2017-11-10"), evidence("2017-11-12", revision=2, arrived="2017-12-01T00:00Z")
    [difference] = state([change(before), change(add=after, remove=before)]).differences
    assert difference.what == "then new on 2017-11-10; now new on 2017-11-12 instead"
    assert difference.because[0].endswith("days: 2017-11-10 → 2017-11-12")


def test_a_change_of_groups_is_the_reason_if_the_evidence_is_the_same():
    pledge = Group(id="Ansar", affiliations=[{"parent": "JNIM", "since": "2017"}])
    applied = EvidenceChange(arrived=instant("2018-01-05T00:00Z"), groups=GroupsChange(put=(Group(id="JNIM"), pledge)))
    found = state([change(evidence("2017-11-10", group="Ansar")), applied])
    [difference] = found.differences
    assert difference.group == "JNIM"
    assert difference.what == "then nothing known; now new on 2017-11-10, by affiliation: Ansar"
    assert difference.because == (
        "names or affiliations changed on 2018-01-05 (JNIM, Ansar), so this sighting now counts: wire/1 of 2017-11-10",
    )


def test_candidates_are_shown_on_request():
    weak = [evidence("2017-11-10", grade="E5")]
    assert state(map(change, weak)).now == ()
    assert rows(state(map(change, weak), candidates=True).now) == [("candidate", "ML", "2017-11-10")]


def test_a_candidate_that_is_confirmed_now_is_a_difference():
    seen = [
        evidence("2017-11-10", id="1", grade="D4", origin="reuters"),
        evidence("2017-11-11", id="2", grade="D4", origin="afp", arrived="2017-12-01T00:00Z"),
    ]
    [difference] = state(map(change, seen)).differences
    assert difference.what == ("then a candidate, seen 2017-11-10 and not confirmed; now new on 2017-11-10")
    assert difference.because == ("of evidence that arrived on 2017-12-01: wire/2 of 2017-11-11",)


def test_rows_are_sorted_by_category_then_first_day_then_country():
    seen = [
        evidence("2017-11-20", id="1", country="NE"), evidence("2017-11-10", id="2", country="TD"),
        evidence("2017-11-20", id="3", country="ML"), evidence("2017-05-01", id="4", country="BF"),
    ]  # fmt: skip
    assert [row.country for row in state(map(change, seen)).now] == ["TD", "ML", "NE", "BF"]


def test_only_the_requested_groups_are_shown():
    seen = [evidence("2017-11-10"), evidence("2017-11-10", id="2", group="Katiba")]
    assert [row.group for row in state(map(change, seen), groups={"Katiba"}).now] == ["Katiba"]
