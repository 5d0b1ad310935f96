"""What is on record at an instant, and the names by which groups are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from history.database import instant_text
from history.known_groups import KnownGroups
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled, presence

AT = datetime(2026, 5, 1, tzinfo=UTC)


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
