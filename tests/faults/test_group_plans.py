from __future__ import annotations

from itertools import chain, islice, pairwise

import pytest

from firstseen.config.group_problems import problems
from tests.faults.group_plans import Groups, group_plans


def files(seed: int, count: int = 60) -> list[Groups]:
    return list(islice(group_plans(seed), count))


def test_a_seed_always_gives_the_same_files() -> None:
    assert files(7) == files(7)
    assert files(7) != files(8)


@pytest.mark.parametrize("seed", range(3))
def test_every_file_is_valid_differs_from_the_one_before_and_some_undo_it(seed: int) -> None:
    of_seed = files(seed)
    assert not [problem for groups in of_seed for problem in problems(groups)]
    assert all(before != after for before, after in pairwise(of_seed))
    assert len(set(of_seed)) < len(of_seed)
    groups = set(chain.from_iterable(of_seed))
    assert any(group.names for group in groups)
    assert any(affiliation.since and affiliation.until for group in groups for affiliation in group.affiliations)
