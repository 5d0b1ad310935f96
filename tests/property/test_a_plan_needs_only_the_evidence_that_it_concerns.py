"""A plan of a file of groups is the same from the evidence under the names that it concerns as from all evidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstseen.config.group_files import GroupsFile
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.evidence_log import EvidenceLog
from firstseen.groups.plans import GroupsPlan, groups_plan, names_concerned
from history.known_groups import KnownGroups
from tests.property.histories import GROUP_IDS, SCENES, Scene, groups, histories
from tests.property.outcomes import POLICY
from tests.support.read_model import filled, in_order_of_each_subject, log_of


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_a_plan_from_a_part_of_the_evidence(scene: Scene, data: st.DataObject) -> None:
    changes = in_order_of_each_subject(data.draw(histories(scene)))
    if not changes:
        return
    log, connection = log_of(changes), filled(changes, POLICY)
    periods = KnownGroups.load(connection).since("")
    connection.close()
    ids = data.draw(st.lists(st.sampled_from(GROUP_IDS), max_size=2, unique=True))
    wanted = tuple(data.draw(groups(group_id)) for group_id in ids)
    file = GroupsFile(Path("groups.yaml"), wanted, {group.id: f"groups.yaml: {group.id}" for group in wanted})
    prune = data.draw(st.booleans())

    def planned(log: EvidenceLog) -> GroupsPlan:
        arrived = max(change.arrived for change in changes)
        return groups_plan(log.groups().by_id, log.histories(POLICY), file, arrived, POLICY, prune=prune)

    try:
        names = names_concerned(periods, file, prune=prune)
    except ConfigurationError:
        return
    assert planned(log.about(names)) == planned(log)
