from datetime import date

from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from streams.replay import FROM_THE_BEGINNING, events_after_regrouping, fold_evidence_log, merge, run_intake, select
from tests.support.builders import Story, change, evidence, incoming, instant, sighting

POLICY = Policy()


def test_sightings_become_the_changes_that_intake_writes():
    taken = run_intake([incoming(sighting(id="1")), incoming(sighting(id="1", revision=2, occurred="2017-10-30"))])
    first, second = taken.changes
    assert first.add and second.add
    assert (first.remove, first.add.first_day) == (None, date(2017, 10, 31))
    assert (second.remove, second.add.first_day) == (first.add, date(2017, 10, 30))


def test_rejections_are_returned():
    taken = run_intake([incoming(sighting(country="Atlantis"))])
    assert taken.changes == ()
    assert [rejection.reason for rejection in taken.rejections] == ["country_unresolved"]


def test_groups_are_known_before_the_first_sighting():
    taken = run_intake([incoming(sighting(group="GSIM"))], [Group(id="JNIM", names=["GSIM"])])
    assert taken.changes[0].arrived == FROM_THE_BEGINNING
    assert list(fold_evidence_log(taken.changes, POLICY).presences) == ["jnim|ML"]


def test_a_history_equals_the_tables_of_the_workers():
    seen = [evidence("2017-10-01", id="1"), evidence("2017-10-20", id="2"), evidence("2016-05-01", id="3", grade="F6")]
    story = Story()
    story.add(*seen)
    story.withdraw(seen[0])
    changes = [*(change(add=sighting) for sighting in seen), change(remove=seen[0])]
    history = fold_evidence_log(changes, POLICY)
    assert list(history.events) == story.events
    assert history.presences == {"jnim|ML": story.presence()}
    assert {entry.evidence.id for entry in history.entries(history.presences["jnim|ML"])} == {"2", "3"}


def test_later_arrivals_are_excluded():
    early, late = (
        change(evidence(id="1", arrived="2017-11-01T00:00Z")),
        change(evidence(id="2", arrived="2017-11-02T00:00Z")),
    )
    assert list(select([early, late], before=instant("2017-11-02T00:00Z"))) == [early]
    assert list(select([early, late])) == [early, late]


def test_only_evidence_up_to_a_day_counts_whatever_its_change_brought_with_it():
    before, after = evidence("2017-10-31"), evidence("2017-11-05", revision=2)
    [half] = select([change(add=after, remove=before)], up_to=date(2017, 11, 1))
    assert (half.remove, half.add) == (before, None)
    assert list(select([change(add=after)], up_to=date(2017, 11, 1))) == []


def test_partitions_come_together_with_their_events_by_arrival():
    groups = EvidenceChange(arrived=FROM_THE_BEGINNING, groups=GroupsChange(put=(Group(id="JNIM"),)))
    late = fold_evidence_log([groups, change(evidence("2017-11-20"))], POLICY)
    early = fold_evidence_log([groups, change(evidence("2017-11-01", id="2", country="TD"))], POLICY)
    whole = merge([late, early], POLICY)
    assert [event.country for event in whole.events] == ["TD", "ML"]
    assert set(whole.presences) == {"jnim|ML", "jnim|TD"}
    assert list(whole.groups.by_id) == ["JNIM"]


def test_a_change_of_groups_after_a_history_equals_the_same_change_in_its_log():
    seen = [evidence("2017-10-31", id="1", group="GSIM"), evidence("2017-10-25", id="2", country="NE", group="Ansar")]
    changes = [change(add=sighting) for sighting in seen]
    put = (Group(id="JNIM", names=["GSIM"]), Group(id="Ansar", affiliations=[{"parent": "JNIM"}]))
    arrived = instant("2017-11-03T00:00Z")
    after = EvidenceChange(arrived=arrived, groups=GroupsChange(put=put))

    before, whole = fold_evidence_log(changes, POLICY), fold_evidence_log([*changes, after], POLICY)

    assert after.groups
    events = events_after_regrouping(before, after.groups, arrived, POLICY)
    assert events == whole.events[len(before.events) :]
    assert sorted((event.type, event.group, event.country) for event in events) == [
        ("initial", "JNIM", "ML"), ("initial", "JNIM", "NE"), ("retraction", "GSIM", "ML"),
    ]  # fmt: skip
    assert fold_evidence_log(changes, POLICY) == before, "the history stays as it was"
