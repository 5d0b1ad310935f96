"""Removing every group gives the presence of unregistered names; adding them again restores the tables."""

from __future__ import annotations

from hypothesis import given

from schemas.evidence import EvidenceChange
from schemas.group import GroupsChange
from schemas.topics import AFFILIATIONS
from tests.property.histories import current_evidence, current_groups, histories, seen_in_evidence
from tests.property.outcomes import assert_tables_match, counts_after, run_presence
from tests.support import reference_model
from tests.support.builders import ARRIVED, tables_of


@given(histories())
def test_removing_all_groups_undoes_their_effect_and_adding_them_restores_it(
    changes: list[EvidenceChange],
) -> None:
    tables = tables_of("presence")
    run_presence(tables, changes)
    groups = current_groups(changes)

    removed = GroupsChange(remove=tuple(group.id for group in groups))
    run_presence(tables, [EvidenceChange(arrived=ARRIVED, groups=removed)])

    assert tables[AFFILIATIONS] == {}
    assert_tables_match(tables, reference_model.count(map(seen_in_evidence, current_evidence(changes))))

    run_presence(tables, [EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=tuple(groups)))])

    assert_tables_match(tables, counts_after(changes))
