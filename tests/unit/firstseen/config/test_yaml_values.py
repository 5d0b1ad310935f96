"""Values of YAML files keep their spelling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import ConfigurationError, Value, raise_mistakes
from tests.support.tables import each_row

FIELDS: dict[str, Sequence[str]] = {"id": ("name",), "names": ("alias", "aliases")}


def read(folder: Path, text: str) -> Value:
    file = folder / "f.yaml"
    file.write_text(text, encoding="utf-8")
    return read_yaml(file)


def mistakes(value: Value) -> list[str]:
    return [mistake.partition(": ")[2] for mistake in value.mistakes]


@each_row(
    ("written", "read_as"),
    [
        ("NO", "a truth value"), ("Yes", "a truth value"), ("ON", "a truth value"), ("true", "a truth value"),
        ("1920", "a number"), ("0x1A", "a number"), ("017", "a number"), ("12:30", "a number"), ("1_000", "a number"),
        ("1.5", "a number"), (".inf", "a number"), ("2014-02-03", "a date"), ("2014-02-30", "a date"),
        ("2014-02-03 10:00:00", "a date"),
    ],
)  # fmt: skip
def test_a_text_that_yaml_reads_as_another_type_needs_quotes(tmp_path: Path, written: str, read_as: str) -> None:
    value = read(tmp_path, written)

    value.text()

    assert mistakes(value) == [f'YAML reads {written} as {read_as}: write it in quotes, "{written}"']
    quoted = read(tmp_path, f'"{written}"')
    assert (quoted.text(), quoted.mistakes) == (written, [])


@each_row("written", ["26 September Movement", "17N", "2e3", "=", "<<", "!!str NO", "A#B", "n"])
def test_other_texts_need_no_quotes(tmp_path: Path, written: str) -> None:
    value = read(tmp_path, written)

    assert (value.text(), value.mistakes) == (written.removeprefix("!!str "), [])


def test_a_comment_in_place_of_a_text_is_reported_as_a_comment(tmp_path: Path) -> None:
    value = read(tmp_path, "- #alerts\n-\n- ~\n")

    for entry in value.entries():
        entry.text()

    assert mistakes(value) == [
        "entry 1: it is empty: a # starts a comment, unless the text is in quotes",
        "entry 2: it is empty",
        'entry 3: YAML reads ~ as nothing: write it in quotes, "~", if it is a text',
    ]


def test_each_mistake_in_fields_suggests_the_nearest_field(tmp_path: Path) -> None:
    value = read(
        tmp_path, "- {ID: A, alias: [B]}\n- {id: A, id: B}\n- {name: A}\n- {zzz: 1}\n- A\n- [A]\n- {<<: {id: A}}\n"
    )

    for entry in value.entries("id"):
        entry.fields(FIELDS, "id")

    assert mistakes(value) == [
        "entry 1: `ID` is not a field here: write `id`",
        "entry 1: `alias` is not a field here: write `names`",
        "entry 2 (A): `id` is repeated, first in line 2: merge the two",
        "entry 3: `name` is not a field here: write `id`",
        "entry 4: `zzz` is not a field here; the fields are `id`, `names`",
        "entry 4: `id` is missing",
        "entry 5: it must be fields, such as `id: A`",
        "entry 6: it must be fields, such as `id: ...`",
        "entry 7: a merge key (<<) is not supported: write its fields out",
        "entry 7: `id` is missing",
    ]


def test_the_name_of_a_field_cannot_control_a_terminal(tmp_path: Path) -> None:
    value = read(tmp_path, '{"a\\e[2Jb\\u202e": 1, id: A}')

    value.fields(FIELDS, "id")

    assert mistakes(value)[0].startswith("`a [2Jb` is not a field here")


@each_row(
    ("text", "message"),
    [
        ("A", "it must be a list: write each entry on a line of its own after a dash"),
        ("{a: b}", "it must be a list: write each entry on a line of its own after a dash"),
        ("~", "it is empty: write its entries below, each after a dash, or [] for none"),
        ("!!omap []", "the tag !!omap is not supported: leave it out"),
    ],
)
def test_a_value_that_is_not_a_list_is_reported(tmp_path: Path, text: str, message: str) -> None:
    value = read(tmp_path, text)

    assert value.entries() == []
    assert mistakes(value) == [message]


def test_no_tag_makes_anything_but_text(tmp_path: Path) -> None:
    value = read(tmp_path, "!!python/object/apply:os.system echo")

    value.text()

    assert mistakes(value) == ["the tag !!python/object/apply:os.system is not supported: leave it out"]


@each_row(("text", "number"), [("1", 1), ("2024", 2024), ("'3'", 3)])
def test_a_whole_number_is_read(tmp_path: Path, text: str, number: int) -> None:
    assert read(tmp_path, text).whole_number() == number


@each_row("text", ["1.0", "-1", "one", "1" * 20, "yes"])
def test_a_value_that_is_not_a_whole_number_is_reported(tmp_path: Path, text: str) -> None:
    value = read(tmp_path, text)

    assert value.whole_number() is None
    assert mistakes(value) == [f"{text!r} is not a whole number: write one such as 1"]


def test_aliases_are_followed_within_bounds(tmp_path: Path) -> None:
    once = read(tmp_path, "- &a [A, B]\n- *a\n")
    assert [[part.text() for part in entry.entries()] for entry in once.entries()] == [["A", "B"], ["A", "B"]]

    laughs = read(tmp_path, f"- &a [{'A, ' * 1000}A]\n" + "- *a\n" * 1000)
    with pytest.raises(ConfigurationError, match="more than 300,000 values"):
        for entry in laughs.entries():
            entry.entries()


def test_many_mistakes_are_counted_and_the_first_fifty_shown() -> None:
    with pytest.raises(ConfigurationError) as error:
        raise_mistakes([f"mistake {number}" for number in range(60)])

    lines = str(error.value).splitlines()
    assert (lines[0], lines[1], lines[50], lines[51]) == ("60 mistakes", "mistake 0", "mistake 49", "and 10 more")
    raise_mistakes([])
