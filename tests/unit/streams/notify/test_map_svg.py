"""The map of an alert."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from resvg_py import svg_to_bytes

from places.countries import countries
from places.shapes import outlines
from schemas.alert import AlertEvidence
from streams.notify.map_svg import HEIGHT, WIDTH, alt_text, render_map
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

SVG = "{http://www.w3.org/2000/svg}"


def map_of(**alert: Any) -> ET.Element:
    svg = render_map(alert_event(**alert))
    assert svg
    return ET.fromstring(svg)


def test_every_country_has_a_place_on_the_map() -> None:
    assert countries().keys() <= outlines().keys()
    for code in sorted(countries())[::12]:
        fills = [element.get("fill") for element in map_of(country=code)]
        assert "#6a3fc4" in fills, code


def test_no_shape_jumps_at_the_antimeridian() -> None:
    for code in ("RU", "FJ", "US", "NZ", "ML"):
        for path in map_of(country=code).iter(f"{SVG}path"):
            xs = [
                float(point.split(",")[0])
                for point in path.get("d", "").replace("Z", "").replace("M", "L").split("L")
                if point
            ]
            jumps = [abs(a - b) for a, b in zip(xs, xs[1:], strict=False)]
            assert max(jumps, default=0) < 4 * WIDTH, code


def test_all_countries_of_a_spread_are_labelled() -> None:
    names = [
        element.text for element in map_of(kind="spread", country="NE", countries=("ML", "BF", "NE")).iter(f"{SVG}text")
    ]
    assert {"Mali", "Burkina Faso", "Niger"} <= set(names)


def test_reported_places_are_marked_and_described() -> None:
    sighting = evidence(latitude=16.3, longitude=-0.05)
    alert = alert_event(why=AlertEvidence(sightings=(sighting, evidence(id="2")), origins=2))
    svg = render_map(alert)
    assert svg
    [mark] = [element for element in ET.fromstring(svg).iter(f"{SVG}circle") if element.get("r") == "6"]
    assert 0 < float(mark.get("cx", "")) < WIDTH
    assert 0 < float(mark.get("cy", "")) < HEIGHT
    assert alt_text(alert) == ("Map of Mali and its neighbours in Western Africa, with 1 reported place.")


def test_the_map_contains_no_text_of_producers() -> None:
    hostile = evidence(title="<script>", place="<script>", latitude=16.3, longitude=-0.05)
    svg = render_map(alert_event(group="<script>", why=AlertEvidence(sightings=(hostile,), origins=1)))
    assert svg
    assert "script" not in svg


@each_row("code", ["ML", "VA", "RU"])
def test_the_map_renders_to_a_png(code: str) -> None:
    svg = render_map(alert_event(country=code))
    assert bytes(svg_to_bytes(svg_string=svg)).startswith(b"\x89PNG")
