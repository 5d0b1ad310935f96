"""Removing every group gives the presence of unregistered names; adding them again restores the tables."""

from __future__ import annotations

from hypothesis import given

from schemas.evidence import EvidenceChange
from schemas.group import GroupsChange
from schemas.topics import AFFILIATIONS
from tests.property.histories import as_seen, histories, what_counts, what_stands
from tests.property.outcomes import assert_tables_tell, counts_after, run_presence
from tests.support import reference_model
from tests.support.builders import ARRIVED, tables_of


@given(histories())
def test_removing_all_groups_undoes_all_that_they_did_and_putting_them_back_does_it_again(
    changes: list[EvidenceChange],
) -> None:
    tables = tables_of("presence")
    run_presence(tables, changes)
    groups = what_stands(changes)

    removed = GroupsChange(remove=tuple(group.id for group in groups))
    run_presence(tables, [EvidenceChange(arrived=ARRIVED, groups=removed)])

    assert tables[AFFILIATIONS] == {}
    assert_tables_tell(tables, reference_model.count(map(as_seen, what_counts(changes))))

    run_presence(tables, [EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=tuple(groups)))])

    assert_tables_tell(tables, counts_after(changes))
