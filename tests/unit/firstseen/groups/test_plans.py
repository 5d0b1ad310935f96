"""The plan of a group file."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from firstseen.config.group_files import GroupsFile
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.evidence_log import EvidenceLog
from firstseen.groups.plans import GroupsPlan, effect_of, groups_plan
from firstseen.groups.text import plan_as_json, plan_lines
from schemas.alert import AlertChange, AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import alert_event, change, evidence, instant
from tests.support.folded_log import folded
from tests.support.tables import each_row

POLICY = Policy()
ARRIVED = instant("2017-11-03T00:00Z")
STATE = Group(id="Islamic State", names=["ISIS", {"name": "IS", "source": "UN"}])
PROVINCE = Group(id="ISWAP", affiliations=[{"parent": "ISIS", "since": "2015-03-07"}])

SEEN = [
    evidence("2017-10-20", id="1", group="GSIM"),
    evidence("2017-10-31", id="2", group="JNIM"),
    evidence("2017-10-25", id="3", group="ISWAP", country="NE"),
    evidence("2017-10-25", id="4", group="ISWAP", country="CM"),
]


def planned(
    *wanted: Group, known: tuple[Group, ...] = (), seen: list[Evidence] = SEEN, arrived: datetime = ARRIVED,
    prune: bool = False,
) -> GroupsPlan:  # fmt: skip
    """Plan on two partitions, as regions divide evidence."""
    log = log_of(known, seen)
    file = GroupsFile(Path("groups.yaml"), wanted, {group.id: f"groups.yaml: {group.id}" for group in wanted})
    return groups_plan(log.groups().by_id, log.histories(POLICY), file, arrived, POLICY, prune=prune)


def log_of(known: tuple[Group, ...], seen: list[Evidence], *later: EvidenceChange) -> EvidenceLog:
    first = EvidenceChange(arrived=instant("2017-01-01T00:00Z"), groups=GroupsChange(put=known))
    western = [change(sighting) for sighting in seen if sighting.region == "Western Africa"]
    middle = [change(sighting) for sighting in seen if sighting.region != "Western Africa"]
    return EvidenceLog(tuple((first, *changes, *later) for changes in (western, middle)))


@cache
def events_with(known: tuple[Group, ...]) -> frozenset[AlertEvent]:
    return frozenset(folded(log_of(known, SEEN), POLICY).events)


def text(plan: GroupsPlan) -> list[str]:
    return [f"{'  ' * line.depth}{line.text}" for line in plan_lines(plan, POLICY)]


def test_an_alias_is_listed_with_the_alerts_that_it_changes() -> None:
    plan = planned(Group(id="JNIM", names=["GSIM"]))

    assert text(plan)[:3] == ["+ JNIM: added", "  + name GSIM", "Alerts: 1 updated, 1 withdrawn"]
    assert [line.partition(", alert")[0] for line in text(plan)[3:5]] == [
        "  - withdrawn: first ever, GSIM in Mali, 2017-10-20",
        "  ~ updated: first ever, JNIM in Mali, 2017-10-20 to 2017-10-31",
    ]
    assert "first day: 2017-10-31 → 2017-10-20" in text(plan)[4]


def test_a_pledge_raises_alerts_of_the_parent_in_every_partition() -> None:
    plan = planned(STATE, PROVINCE)

    assert [(event.group, event.country, effect_of(event)) for event in plan.events] == [
        ("Islamic State", "NE", "raised"), ("Islamic State", "CM", "raised"),
    ]  # fmt: skip
    assert text(plan) == [
        "+ Islamic State: added",
        "  + name ISIS",
        "  + name IS (UN)",
        "+ ISWAP: added",
        "  + belongs to ISIS since 2015-03-07",
        "Alerts: 2 raised",
        "  + raised: first ever, Islamic State in Niger, 2017-10-25, by affiliation: ISWAP",
        "  + raised: first ever, Islamic State in Cameroon, 2017-10-25, by affiliation: ISWAP",
    ]


def test_a_changed_group_lists_old_and_new_values() -> None:
    after = Group(
        id="ISWAP",
        names=[{"name": "GSIM", "source": "desk"}, "New"],
        affiliations=[{"parent": "islamic state", "since": "2015-03-07"}, {"parent": "JNIM", "until": "2016"}],
    )
    before = Group(id="ISWAP", names=["GSIM", "Old"], affiliations=[{"parent": "Islamic State", "since": "2015"}])

    plan = planned(after, known=(STATE, Group(id="JNIM"), before), seen=[])

    assert text(plan) == [
        "~ ISWAP: changed",
        "  + name New",
        "  ~ name GSIM: source none → desk",
        "  - name Old",
        "  + belongs to JNIM until 2016-12-31",
        "  ~ belongs to islamic state: since 2015-01-01 → since 2015-03-07",
        "Alerts: none raised, updated or withdrawn",
        "  Episodes that began more than 30 days ago raise no alert.",
        "Kept, but not in the file: Islamic State, JNIM. --prune removes them.",
    ]


def test_pruned_groups_are_listed_with_their_alerts() -> None:
    plan = planned(known=(STATE, PROVINCE), prune=True)

    assert [(group.id, group.what) for group in plan.groups] == [("ISWAP", "removed"), ("Islamic State", "removed")]
    assert [(event.group, event.country, effect_of(event)) for event in plan.events] == [
        ("Islamic State", "NE", "withdrawn"), ("Islamic State", "CM", "withdrawn"),
    ]  # fmt: skip


def test_nothing_changes_if_the_groups_agree_with_the_file() -> None:
    plan = planned(STATE, PROVINCE, known=(STATE, PROVINCE))

    assert (plan.groups, plan.events) == ((), ())
    assert text(plan) == ["Nothing would change: the groups agree with the file."]


@each_row("prune", [False, True])
@each_row(
    "wanted",
    [
        (Group(id="JNIM", names=["GSIM", "ISWAP"]),),
        (STATE, PROVINCE),
        (Group(id="GSIM", affiliations=[{"parent": "ISWAP"}]), Group(id="ISWAP", names=["ISIS"])),
        (STATE, Group(id="ISWAP", affiliations=[{"parent": "IS", "since": "2017-10-26"}])),
        (),
    ],
)
@each_row("known", [(), (STATE, PROVINCE), (Group(id="JNIM", names=["GSIM"]),)])
@each_row("arrived", ["2017-11-03T00:00Z", "2018-06-01T00:00Z"])
def test_applying_the_file_causes_the_planned_events(
    wanted: tuple[Group, ...], known: tuple[Group, ...], arrived: str, prune: bool
) -> None:
    try:
        plan = planned(*wanted, known=known, arrived=instant(arrived), prune=prune)
    except ConfigurationError:
        return
    put = tuple(group for group in wanted if group not in known)
    remove = tuple(sorted({group.id for group in known} - {group.id for group in wanted})) if prune else ()
    applied = EvidenceChange(arrived=instant(arrived), groups=GroupsChange(put=put, remove=remove))

    before = events_with(known)
    after = folded(log_of(known, SEEN, applied), POLICY).events

    caused = [event for event in after if event not in before]
    assert sorted(plan.events, key=repr) == sorted(caused, key=repr)


def test_the_json_of_a_new_alert_has_no_id() -> None:
    plan = plan_as_json(planned(Group(id="JNIM", names=["GSIM"])))

    withdrawn, updated = plan["alerts"]
    assert (withdrawn["effect"], withdrawn["group"], withdrawn["country"]) == ("withdrawn", "GSIM", "ML")
    assert {"what": "first_day", "old": "2017-10-31", "new": "2017-10-20"} in updated["changes"]
    assert updated["alert_id"]
    [raised, _] = plan_as_json(planned(STATE, PROVINCE))["alerts"]
    assert (raised["effect"], raised["alert_id"], raised["first_day"]) == ("raised", None, "2017-10-25")


def test_the_effect_follows_from_the_status() -> None:
    def effect(old: str, new: str, type_: str = "update") -> str:
        return effect_of(alert_event(type=type_, status=new, changes=(AlertChange(what="status", old=old, new=new),)))

    assert effect_of(alert_event()) == "raised"
    assert effect_of(alert_event(status="candidate")) == "raised"
    assert effect("candidate", "confirmed") == "raised"
    assert effect("superseded", "confirmed") == "raised"
    assert effect("confirmed", "superseded") == "withdrawn"
    assert effect("confirmed", "retracted", "retraction") == "withdrawn"
    assert effect("confirmed", "candidate") == "updated"
    more = AlertChange(what="origins", old="1", new="2")
    assert effect_of(alert_event(type="update", changes=(more,))) == "updated"
    assert effect_of(alert_event(type="update", status="superseded", changes=(more,))) == "updated"


def test_contradicting_groups_have_no_plan() -> None:
    with pytest.raises(ConfigurationError, match="'GSIM' is a name of both 'JNIM' and 'A'"):
        planned(Group(id="A", names=["GSIM"]), known=(Group(id="JNIM", names=["GSIM"]),))
