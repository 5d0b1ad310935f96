"""The group that a name means."""

from __future__ import annotations

from history.from_files import history_of
from history.group_names import find_group, names_on_record, similar_groups
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, change, evidence


def test_groups_are_found_by_any_name_and_similar_ones_suggested() -> None:
    applied = EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(Group(id="JNIM", names=["GSIM"]),)))
    history = history_of([applied, change(evidence(group="Katiba"))], Policy())
    known, names = history.ask(names_on_record)
    assert find_group(known, names, "gsim") == "JNIM"
    assert find_group(known, names, "KATIBA") == "Katiba"
    assert find_group(known, names, "K\u0101tiba\u200b") == "Katiba"
    assert find_group(known, names, "GSIN") is None
    assert similar_groups(known, names, "GSIN") == ["GSIM"]
    assert similar_groups(known, names, "Katibah") == ["Katiba"]
