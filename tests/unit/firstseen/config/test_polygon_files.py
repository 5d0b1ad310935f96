"""GeoJSON files of areas with a polygon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.config.files import load_areas
from firstseen.config.polygon_files import MAX_AREAS, MAX_POSITIONS, read_polygons
from firstseen.config.yaml_values import ConfigurationError
from tests.support.tables import each_row

EXAMPLE = Path(__file__).resolve().parents[4] / "docs" / "examples" / "areas.geojson"
SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]


def feature(name: Any = "x", rings: Any = (SQUARE,), **geometry: Any) -> dict[str, Any]:
    return {
        "type": "Feature", "id": 7, "properties": {"name": name, "colour": "red"},
        "geometry": {"type": "Polygon", "coordinates": rings, **geometry},
    }  # fmt: skip


def written(folder: Path, *features: Any) -> Path:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": None, "features": features}), encoding="utf-8")
    return file


def problem_of(file: Path) -> str:
    with pytest.raises(ConfigurationError) as error:
        read_polygons(file)
    return str(error.value)


def test_the_example_loads() -> None:
    areas = load_areas(None, EXAMPLE)

    assert {name: area.countries for name, area in areas.polygons.items()} == {
        "lake-chad": ("CM", "NE", "NG", "TD"),
        "Liptako": ("BF", "ML", "NE"),
        "Palmyra": ("SY",),
    }
    assert areas.polygons["Liptako"].source == "drawn where Burkina Faso, Mali and Niger meet"
    assert areas.covered("Sahel")


def test_yaml_multipolygons_heights_and_numbers_of_every_form_are_read(tmp_path: Path) -> None:
    file = tmp_path / "areas.yaml"
    file.write_text(
        """
type: FeatureCollection
features:
- type: Feature
  properties: {name: Lac Tchad}
  geometry:
    type: MultiPolygon
    coordinates:
    - [[[0, 0, 12.5], [+2.0, 0, 1], [2., 2e0, 1], [0, 0, 12.5]]]
    - [[[5, 5], [6, 5], [6, 6], [5, 5]]]
""",
        encoding="utf-8",
    )

    areas = load_areas(None, file)

    assert areas.polygon("LAC  tchad")
    assert areas.polygon("lac tchad").contains(0.5, 1.5)  # type: ignore[union-attr]
    assert areas.polygon("lac tchad").contains(5.5, 5.6)  # type: ignore[union-attr]


def test_every_mistake_is_reported_with_its_place(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        feature("a", [SQUARE[:4]]),
        feature("b", [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]),
        feature("A"),
        feature(None),
        feature("c", [[[12, 113], [12, 114], [13, 114], [12, 113]]]),
    )

    lines = problem_of(file).splitlines()

    assert [line.removeprefix(f"{file}:1: features, ")[:92] for line in lines] == [
        "5 mistakes",
        "entry 1, geometry, coordinates, entry 1: the ring is not closed: repeat its first position [",
        "entry 2: its border crosses itself, near longitude and latitude 1, 1",
        f"entry 3: 'A' is the name of another feature ({file}:1: features, entry 1)"[:92],
        "entry 4: its properties have no name: write {name: lake-chad}",
        "entry 5, geometry, coordinates, entry 1, entry 1: the latitude 113 is out of range: GeoJSON ",
    ]


@each_row(
    ("wrong", "message"),
    [
        (feature(rings=[[[0, 0], [1, 1], [0, 0]]]), "needs at least four positions"),
        (feature(rings=[]), "it has no ring"),
        (feature(rings=[[[0, 0], ["x", 1], [1, 0], [0, 0]]]), "'x' is not a number"),
        (feature(rings=[[[0, 0], [0], [1, 0], [0, 0]]]), r"a position is \[longitude, latitude\]"),
        (feature(rings=[[[0, 0], [190, 1], [1, 0], [0, 0]]]), r"\[190, 1\] is out of range: .*antimeridian"),
        (feature(rings=[[[351000, 4e6], [352000, 4e6], [1, 0], [351000, 4e6]]]), "in degrees, WGS 84"),
        (feature(rings=[[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]), "cut the area at the antimeridian"),
        (feature(type="Point", coordinates=[1, 2]), "type Point has no inside: write near:LAT,LON,KM"),
        (feature(type="LineString"), "type LineString has no inside: write a Polygon"),
        ({"type": "Feature", "properties": {"name": "x"}, "geometry": None}, "it has no geometry"),
        ({"type": "Feature", "geometry": None}, "its properties have no name"),
        (feature("x" * 301), "the limit is 300"),
        (feature("&"), "'&' has no letter or digit: write a readable name"),
        (feature("\u2014"), "has no letter or digit: write a readable name"),
        (feature("\ufdfa" * 17), "it has 306 characters with its ligatures written out; the limit is 300"),
        (feature("a|@b"), r"'a\|@b' holds \|: leave it out"),
        (feature(rings=[[*[[n / 1e4, 0] for n in range(MAX_POSITIONS)], [0, 1], [0, 0]]]), "simplify its border"),
    ],
)
def test_a_mistake_says_what_to_do(tmp_path: Path, wrong: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_polygons(written(tmp_path, wrong))


@each_row("source", ["x" * 301, "a\x1b[31mb"])
def test_a_source_that_no_record_can_hold_is_a_mistake(tmp_path: Path, source: str) -> None:
    wrong = feature()
    wrong["properties"]["source"] = source

    assert "properties, source: it " in problem_of(written(tmp_path, wrong))


def test_an_empty_source_is_none(tmp_path: Path) -> None:
    exported = feature()
    exported["properties"]["source"] = ""

    assert read_polygons(written(tmp_path, exported))["x"].source is None


def test_an_area_around_a_pole_is_read(tmp_path: Path) -> None:
    cap = feature(rings=[[[-180, 66], [180, 66], [180, 90], [-180, 90], [-180, 66]]])

    area = read_polygons(written(tmp_path, cap))["x"]

    assert area.contains(70, 0)
    assert area.contains(70, 180)
    assert not area.contains(60, 0)


def test_a_repeated_name_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    file.write_text(json.dumps(feature("a")).replace('"colour"', '"name"'), encoding="utf-8")
    file.write_text(f'{{"type": "FeatureCollection", "features": [{file.read_text()}]}}', encoding="utf-8")

    assert problem_of(file).endswith("`name` is repeated: keep one")


@each_row("text", ["[]", "{}", "{type: FeatureCollection}", "{type: Feature, features: []}", "type: [", ""])
def test_anything_else_is_no_file_of_areas(tmp_path: Path, text: str) -> None:
    file = tmp_path / "areas.geojson"
    file.write_text(text, encoding="utf-8")

    assert str(file) in problem_of(file)


def test_the_number_of_areas_has_a_limit(tmp_path: Path) -> None:
    assert problem_of(written(tmp_path, *[{}] * (MAX_AREAS + 1))).endswith("it has 501 features; the limit is 500")


def test_the_positions_of_an_area_that_is_too_large_are_not_read(tmp_path: Path) -> None:
    file = written(tmp_path, feature(rings=[[["not a position"]] * (MAX_POSITIONS + 1)]))

    assert problem_of(file) == (
        f"{file}:1: features, entry 1: it has 2,001 positions; the limit is 2,000: simplify its border"
    )


def test_the_command_checks_a_file_and_lists_its_areas() -> None:
    check = CliRunner().invoke(app, ["areas", "check", str(EXAMPLE)])
    listed = CliRunner(env={"FIRSTSEEN_POLYGONS": str(EXAMPLE)}).invoke(app, ["areas", "list"])

    assert check.exit_code == listed.exit_code == 0
    assert check.stdout.splitlines()[-1] == f"{EXAMPLE}: 3 areas, no mistakes"
    lines = [" ".join(line.split()) for line in listed.stdout.splitlines()]
    assert lines[1].startswith("within: lake-chad Cameroon, Niger, Nigeria, Chad drawn around the lake")
    assert any(line.startswith("in: Maghreb Algeria, Libya") for line in lines)
    assert CliRunner().invoke(app, ["areas", "check"]).exit_code == 2


def test_an_area_with_exchanged_coordinates_gets_a_hint(tmp_path: Path) -> None:
    exchanged = feature("kalahari", [[[-25, 23], [-24, 23], [-24, 24], [-25, 23]]])
    at_sea = feature("at sea", [[[-40, 30], [-39, 30], [-39, 31], [-40, 30]]])

    result = CliRunner().invoke(app, ["areas", "check", str(written(tmp_path, exchanged, at_sea))])

    assert result.exit_code == 0
    assert result.stderr == (
        "kalahari lies at sea; with longitude and latitude exchanged it would overlap Botswana. GeoJSON writes the "
        "longitude first.\n"
    )
