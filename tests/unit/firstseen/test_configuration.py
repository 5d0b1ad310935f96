"""YAML files: what they may hold, and how a mistake is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from firstseen.configuration import ConfigurationError, load_areas, load_groups, load_subscriptions
from places.areas import packaged


def written(folder: Path, text: str) -> Path:
    file = folder / "file.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_days_months_and_years_are_spans_with_both_ends_in(tmp_path: Path) -> None:
    text = """
    - id: Islamic State
    - id: Boko Haram
      affiliations:
        - {parent: islamic state, since: 2015-03-07, until: 2016-08}
        - {parent: Islamic State, since: 2018, until: 2019}
    """
    _, boko_haram = load_groups(written(tmp_path, text))

    assert [(one.since, one.until) for one in boko_haram.affiliations] == [
        (date(2015, 3, 7), date(2016, 8, 31)),
        (date(2018, 1, 1), date(2019, 12, 31)),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- id: A\n- id: B\n  names: [a]", "'A' names both 'A' and 'B'"),
        ("- id: A\n  affiliations: [{parent: C}]", "'A' belongs to 'C', which is no group here"),
        ("- id: A\n  affiliations: [{parent: B}]\n- id: B\n  affiliations: [{parent: A}]", "belongs to itself"),
        ("- id: A\n- id: A", "'A' is there twice"),
        ("- id: A\n- id: B\n  affiliations: [{parent: A, since: 2016, until: 2015}]", "entry 2.*before it begins"),
        ("- id: A\n- id: B\n  affiliations: [{parent: A, since: last year}]", "entry 2.*since"),
        ("- id: A\n  alias: [B]", "entry 1.*alias"),
    ],
)
def test_a_mistake_about_groups_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load_groups(written(tmp_path, text))


def test_a_parent_may_be_elsewhere_when_the_file_adds_to_others(tmp_path: Path) -> None:
    file = written(tmp_path, "- id: A\n  affiliations: [{parent: C}]")

    assert [group.id for group in load_groups(file, alone=False)] == ["A"]


def test_a_filter_that_is_not_understood_is_told_with_its_entry_and_the_nearest_form(tmp_path: Path) -> None:
    file = written(tmp_path, "- destination: console\n- {destination: console, filter: 'in:Sahl'}")

    with pytest.raises(ConfigurationError, match="entry 2: Not understood: .*Sahl.* Write: in:Sahel"):
        load_subscriptions(file, packaged())


def test_the_subscriptions_of_one_destination_stand_together(tmp_path: Path) -> None:
    file = written(tmp_path, "- {destination: '#a', filter: 'in:Sahel'}\n- destination: console\n- destination: '#a'")

    found = load_subscriptions(file, packaged())

    assert {name: len(several) for name, several in found.items()} == {"#a": 2, "console": 1}
    assert load_subscriptions(None, packaged()) == {}


def test_the_keys_of_before_are_refused_by_name(tmp_path: Path) -> None:
    file = written(tmp_path, "- {destination: console, groups: [IS]}")

    with pytest.raises(ConfigurationError, match="entry 1: groups: Extra inputs are not permitted"):
        load_subscriptions(file, packaged())


def test_areas_of_ones_own_take_the_place_of_those_that_come_along(tmp_path: Path) -> None:
    file = written(tmp_path, "version: 7\nareas: [{name: Sahara, countries: [DZ, ML]}]")

    assert (load_areas(file).version, load_areas(file).of("ML")) == (7, ("Sahara",))
    assert load_areas(None) == packaged()
    with pytest.raises(ConfigurationError, match="file.yaml: it must hold"):
        load_areas(written(tmp_path, "[]"))
