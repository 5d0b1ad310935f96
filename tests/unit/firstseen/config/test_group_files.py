"""Files of groups: all mistakes together, each with line, entry and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstseen.config.group_files import read_groups_file
from firstseen.config.yaml_values import ConfigurationError
from schemas.group import Group
from tests.support.tables import each_row


def message_of(folder: Path, text: str, *, alone: bool = True) -> list[str]:
    file = folder / "groups.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_groups_file(file, alone=alone)
    lines = str(error.value).splitlines()
    return [line.removeprefix(f"{file}:") for line in lines if not line.endswith(" mistakes")]


@each_row(
    ("written", "sentence"),
    [
        ("since: 2014-02-30", "there is no day 2014-02-30: February 2014 has 28 days"),
        ("until: 2023-06-31T10:00:00Z", "there is no day 2023-06-31: June 2023 has 30 days"),
        ("since: 2014-13-01", "'2014-13-01' is not a day, month or year: write 2014-02-03, 2014-02 or 2014"),
        ("since: 2014-00", "'2014-00' is not a day, month or year: write 2014-02-03, 2014-02 or 2014"),
        ("until: 03/02/2014", "'03/02/2014' is not a day, month or year: write 2014-02-03, 2014-02 or 2014"),
        ("since: yes", "'yes' is not a day, month or year: write 2014-02-03, 2014-02 or 2014"),
        ("since: 20140203", "'20140203' is not a day, month or year: write 2014-02-03, 2014-02 or 2014"),
        ("since: 2014-02/2014-05", "it is one day, month or year: write since: 2014-02 and until: 2014-05"),
        ("since: [2014]", "a list cannot be used here: write one text"),
        ("since:", "it is empty"),
    ],
)
def test_an_invalid_day_has_a_plain_message(tmp_path: Path, written: str, sentence: str) -> None:
    field = written.partition(":")[0]

    assert message_of(tmp_path, f"- id: AQ\n- id: IS\n  affiliations:\n    - parent: AQ\n      {written}\n") == [
        f"5: entry 2 (IS), affiliations, entry 1, {field}: {sentence}"
    ]


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    text = """- id: NO
  names: [ON, 1920, {name: X, sauce: UN}]
- id: A
  alias: [B]
  affiliations: [{parent: A, since: 2014-02-30}, {since: 2016}, B, {parent: C, since: 2016, until: 2015}]
- name: D
- id: E
  names: B
- id: a
- id: F
  names: [e]
"""
    first = tmp_path / "groups.yaml"

    assert message_of(tmp_path, text, alone=False) == [
        '1: entry 1 (NO), id: YAML reads NO as a truth value: write it in quotes, "NO"',
        '2: entry 1 (NO), names, entry 1: YAML reads ON as a truth value: write it in quotes, "ON"',
        '2: entry 1 (NO), names, entry 2: YAML reads 1920 as a number: write it in quotes, "1920"',
        "2: entry 1 (NO), names, entry 3: `sauce` is not a field here: write `source`",
        "4: entry 2 (A): `alias` is not a field here: write `names`",
        "5: entry 2 (A), affiliations, entry 1, since: there is no day 2014-02-30: February 2014 has 28 days",
        "5: entry 2 (A), affiliations, entry 2: `parent` is missing",
        "5: entry 2 (A), affiliations, entry 3: it must be fields, such as `parent: B`",
        "5: entry 2 (A), affiliations, entry 4: it ends (2015-12-31) before it begins (2016-01-01)",
        "6: entry 3: `name` is not a field here: write `id`",
        "8: entry 4 (E), names: it must be a list: write each entry on a line of its own after a dash",
        f"9: entry 5 (a): 'a' already has an entry, spelt 'A' ({first}:3: entry 2 (A)): merge the two",
        f"10: entry 6 (F): 'E' is a name of both 'E' and 'F': keep it for one of them ('E' is {first}:7: entry 4 (E))",
        "3: entry 2 (A): 'A' belongs to itself on some day: remove this affiliation",
    ]


def test_a_name_of_two_entries_is_reported_with_both(tmp_path: Path) -> None:
    first = tmp_path / "groups.yaml"

    assert message_of(tmp_path, "- id: A\n  names: [X]\n- id: B\n  names: [x]\n") == [
        f"3: entry 2 (B): 'X' is a name of both 'A' and 'B': keep it for one of them ('A' is {first}:1: entry 1 (A))"
    ]


def test_a_mistake_causes_no_second_message(tmp_path: Path) -> None:
    assert message_of(
        tmp_path, '- id: NO\n  names: [1920]\n- id: A\n  affiliations: [{parent: "1920"}, {parent: "no"}]\n'
    ) == [
        '1: entry 1 (NO), id: YAML reads NO as a truth value: write it in quotes, "NO"',
        '2: entry 1 (NO), names, entry 1: YAML reads 1920 as a number: write it in quotes, "1920"',
    ]


@each_row("text", ["id: A\n", "id,names\nA,B\n", "{groups: [], more: []}", "null"])
def test_a_file_without_a_list_is_reported(tmp_path: Path, text: str) -> None:
    assert message_of(tmp_path, text) == ["1: the file must be a list of groups, each starting with a dash"]


def test_a_text_that_is_too_long_is_reported(tmp_path: Path) -> None:
    names = ", ".join(f"n{number}" for number in range(201))

    assert message_of(tmp_path, f"- id: {'x' * 301}\n- id: A\n  names: [{names}]\n") == [
        f"1: entry 1 ({'x' * 59}…), id: name has 301 characters; the limit is 300",
        "3: entry 2 (A), names: it has 201 entries; the limit is 200",
    ]


def test_null_on_purpose_means_no_limit_and_no_source(tmp_path: Path) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text("groups:\n- id: A\n- id: B\n  affiliations: [{parent: A, since: ~, until: null, source: ~}]\n")

    [_, group] = read_groups_file(file, alone=True).groups

    [affiliation] = group.affiliations
    assert (affiliation.since, affiliation.until, affiliation.source) == (None, None, None)


def test_groups_of_the_running_system_are_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text("- id: al-shabaab\n- id: B\n  affiliations: [{parent: ISSI}]\n")
    read = read_groups_file(file, alone=False)

    with pytest.raises(ConfigurationError) as error:
        read.require_sound([Group(id="Al-Shabaab"), Group(id="ISIS")])

    claimed, unknown = str(error.value).splitlines()[1:]
    assert claimed == (
        f"{file}:1: entry 1 (al-shabaab): 'Al-Shabaab' is a name of both 'Al-Shabaab' and 'al-shabaab': write the id as "
        "'Al-Shabaab' ('Al-Shabaab' is a group of the running system)"
    )
    assert (
        unknown == f"{file}:2: entry 2 (B): 'B' belongs to 'ISSI', which is not a group here: write 'ISIS', or add it"
    )
    read.require_sound([Group(id="ISSI")])
