"""Names of groups."""

from __future__ import annotations

import pytest

from schemas.group import Group
from streams.intake.groups import GroupConflictError, GroupNames

NAMES = GroupNames.of(
    [
        Group(id="Boko Haram", names=("JAS", "Jama'atu Ahlis Sunna")),
        Group(id="ISWAP", names=("Islamic State West Africa Province",)),
    ]
)


@pytest.mark.parametrize(
    "written", ["Boko Haram", "boko haram", "BOKO  HARAM", " JAS ", "jas", "jama'atu ahlis sunna", "\uff2a\uff21\uff33"]
)
def test_every_name_and_spelling_means_the_group(written: str) -> None:
    assert NAMES.resolve(written) == "Boko Haram"


def test_a_name_that_no_group_has_is_a_group_of_its_own_as_written() -> None:
    assert NAMES.resolve("Boko  Haraam") == "Boko  Haraam"
    assert GroupNames.of([]).resolve("ISWAP") == "ISWAP"


def test_a_name_that_two_groups_claim_is_a_conflict_that_names_all_three() -> None:
    with pytest.raises(GroupConflictError, match="'jas' names both 'Boko Haram' and 'Other'"):
        GroupNames.of([Group(id="Boko Haram", names=("JAS",)), Group(id="Other", names=("jas",))])


def test_an_id_that_is_another_groups_name_is_a_conflict() -> None:
    with pytest.raises(GroupConflictError):
        GroupNames.of([Group(id="Boko Haram", names=("ISWAP",)), Group(id="iswap")])


def test_a_group_may_repeat_its_own_name() -> None:
    assert GroupNames.of([Group(id="ISWAP", names=("iswap", "ISWAP"))]).resolve("Iswap") == "ISWAP"
