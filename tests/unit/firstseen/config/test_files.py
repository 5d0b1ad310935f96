"""YAML files of subscriptions and areas: their content, and how mistakes are reported."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from firstseen.config.files import load_areas, load_groups, load_subscriptions
from firstseen.config.yaml_values import ConfigurationError
from places.areas import packaged
from streams.similar_names import Names
from tests.support.tables import each_row


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

    assert [(affiliation.since, affiliation.until) for affiliation in boko_haram.affiliations] == [
        (date(2015, 3, 7), date(2016, 8, 31)),
        (date(2018, 1, 1), date(2019, 12, 31)),
    ]


def test_groups_that_stand_alone_must_have_their_parents_among_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'A' belongs to 'C', which is not a group here"):
        load_groups(written(tmp_path, "- id: A\n  affiliations: [{parent: C}]"))
    assert load_groups(None) == []


def test_every_mistake_in_subscriptions_is_reported_with_its_entry_and_the_nearest_form(tmp_path: Path) -> None:
    text = """- {destination: console, filter: 'in:Sahl'}
- destination: foo
- destination: #alerts
- filter: in:Sahel
- {destination: console, groups: [IS]}
- {destination: console, filter: NO}
- {destination: console, filter: 'group:ISSI OR group:!Zzz'}
- {destination: console, filter: 'group:isis'}
"""
    file = written(tmp_path, text)

    with pytest.raises(ConfigurationError) as error:
        load_subscriptions(file, packaged(), Names(["ISIS"]))

    assert [line.removeprefix(f"{file}:")[:100] for line in str(error.value).splitlines()] == [
        "8 mistakes",
        "1: entry 1 (console), filter: Not understood: Sahl. It is neither a region of UN M49 nor a named are",
        "2: entry 2 (foo), destination: 'foo' is not a destination: write console, a Slack channel such as '#",
        "3: entry 3, destination: it is empty: a # starts a comment, unless the text is in quotes",
        "4: entry 4: `destination` is missing",
        "5: entry 5 (console): `groups` is not a field here: write `filter`",
        "6: entry 6 (console), filter: Not understood: NO. It has no key: write country:NO for Norway, or gro",
        "7: entry 7 (console), filter: No group is called ISSI yet. Did you mean ISIS? Write a known name, or",
        "7: entry 7 (console), filter: No group is called Zzz yet. Write a known name, or allow it with --all",
    ]


def test_any_group_may_be_subscribed_to_if_none_is_known_or_it_is_allowed(tmp_path: Path) -> None:
    file = written(tmp_path, "- {destination: console, filter: 'group:ISSI'}")

    for known in (None, Names([])):
        assert load_subscriptions(file, packaged(), known)["console"][0].clauses[0].groups == ("ISSI",)


def test_the_subscriptions_of_a_destination_are_grouped(tmp_path: Path) -> None:
    file = written(tmp_path, "- {destination: '#a', filter: 'in:Sahel'}\n- destination: console\n- destination: '#a'")

    found = load_subscriptions(file, packaged())

    assert {name: len(several) for name, several in found.items()} == {"#a": 2, "console": 1}
    assert load_subscriptions(None, packaged()) == {}


def test_own_areas_replace_the_built_in_ones(tmp_path: Path) -> None:
    file = written(tmp_path, "version: 7\nareas: [{name: Sahara, countries: [DZ, ML]}]")

    assert (load_areas(file).version, load_areas(file).of("ML")) == (7, ("Sahara",))
    assert load_areas(None) == packaged()


def test_the_built_in_areas_are_such_a_file() -> None:
    assert load_areas(Path(str(files("places") / "data" / "areas.yaml"))) == packaged()


@each_row(
    ("text", "message"),
    [
        ("[", ":1: a bracket that was opened is not closed"),
        ("[]", ":1: it must be fields, such as `version: ...`"),
        ("areas: []", ":1: `version` is missing"),
        ("version: one\nareas: []", ":1: version: 'one' is not a whole number"),
        ("version: 1\nareas: [{name: X}]", r":2: areas, entry 1 \(X\): `countries` is missing"),
        ("version: 1\nareas: [{name: X, countries: []}]", r":2: areas, entry 1 \(X\), countries: it names no country"),
        ("version: 1\nareas: [{countries: [ML]}]", ":2: areas, entry 1: `name` is missing"),
        ("version: 1\nareas: [{name: X, countries: [ZZ]}]", "'ZZ' is not an ISO 3166-1 alpha-2 code of a country"),
        ("version: 1\nareas: [{name: X, countries: [Mali]}]", "'Mali' is not an ISO 3166-1 .*: write ML"),
        ("version: 1\nareas: [{name: Nordic, countries: [NO]}]", 'YAML reads NO as a truth value: .* "NO"'),
        ("version: 1\nareas: [{name: X, contries: [ML]}]", "`contries` is not a field here: write `countries`"),
        ("version: 1\nareas: [{name: Western Africa, countries: [ML]}]", "name of another region or area"),
        ("version: 1\nareas: [{name: Europe, countries: [ML]}]", "name of another region or area"),
        (
            "version: 1\nareas: [{name: X, also: [West Africa], countries: [ML]}]",
            "'West Africa' is the name of another",
        ),
        ("version: 1\nareas: [{name: X, also: Y, countries: [ML]}]", r"entry 1 \(X\), also: it must be a list"),
        ("version: 1\nareas: [{name: X, countries: [ML]}, {name: X, countries: [NE]}]", "entry 2 .* another region"),
    ],
)
def test_a_mistake_in_areas_is_reported_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_areas(written(tmp_path, text))
