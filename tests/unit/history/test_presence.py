"""What is on record at an instant, and the names by which groups are shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from history.database import END_OF_TIME, create, instant_text
from history.known_groups import KnownGroups
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled, presence

AT = datetime(2026, 5, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)


def test_an_unregistered_group_has_one_name_everywhere_the_one_of_the_sighting_that_arrived_first() -> None:
    faction = Group(id="ISWAP", affiliations=(Affiliation(parent="Isis"),))
    changes = [
        EvidenceChange(arrived=AT, groups=GroupsChange(put=(faction,))),
        change(evidence("2026-04-01", id="1", group="ISWAP", country="NG"), arrived=AT + timedelta(hours=1)),
        change(evidence("2026-04-30", id="2", group="isis\u200b", country="ML"), arrived=AT + timedelta(hours=3)),
        change(evidence("2026-04-02", id="3", group="ISIS", country="BE"), arrived=AT + timedelta(hours=4)),
    ]
    connection = filled(changes, Policy())
    groups = KnownGroups.load(connection)

    def names(hours: int) -> list[str]:
        at = instant_text(AT + timedelta(hours=hours))
        return [row.group for row in presence(connection, at, groups.before(at)).values()]

    assert names(2) == ["Isis", "ISWAP"]  # as the faction writes it
    assert names(9) == ["isis\u200b", "isis\u200b", "isis\u200b", "ISWAP"]


def test_an_affiliation_of_a_parent_counts_sightings_of_a_faction_under_its_other_names() -> None:
    known = GroupsChange(
        put=(Group(id="ISWAP", names=("Province",), affiliations=(Affiliation(parent="Boko Haram"),)),)
    )
    pledge = GroupsChange(put=(Group(id="Boko Haram", affiliations=(Affiliation(parent="ISIS"),)),))
    connection = filled([EvidenceChange(arrived=AT, groups=known)], Policy())
    filled([change(evidence("2026-04-30", group="Province"), arrived=AT + timedelta(hours=1))], Policy(), connection)
    filled([EvidenceChange(arrived=LATER, groups=pledge)], Policy(), connection)

    found = presence(connection, instant_text(LATER + timedelta(1)), KnownGroups.load(connection).before(END_OF_TIME))
    assert list(found) == ["boko haram|ML", "isis|ML", "iswap|ML"]


def test_a_vague_report_does_not_make_the_end_of_a_run_more_certain() -> None:
    until_december = evidence("2015-01-01/2015-12", id="1", grade="D4")
    one_day = evidence("2016-10-10", id="2", grade="D4")
    vague = evidence("2015-09-05/2016-10-09", precision="some_day", id="2", revision=2, grade="D4")
    changes = (change(one_day, arrived=AT), change(until_december, arrived=AT), change(vague, one_day, arrived=LATER))
    connection = create()

    for each in changes:
        filled([each], Policy(), connection)

    at = instant_text(LATER + timedelta(hours=1))
    [row] = presence(connection, at, KnownGroups.load(connection).before(at)).values()
    [run] = row.candidates
    assert (run.first_day, run.last_day, run.ends_from) == (date(2015, 1, 1), date(2016, 10, 9), date(2015, 12, 1))
