"""The map beside an alert."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from resvg_py import svg_to_bytes

from places.regions import countries
from places.shapes import outlines
from streams.notify.map_svg import HEIGHT, WIDTH, alt_text, render_map
from tests.support.builders import alert_event, evidence

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**alert: object) -> ET.Element:
    svg = render_map(alert_event(**alert))
    assert svg
    return ET.fromstring(svg)


def test_every_country_has_a_place_on_the_map() -> None:
    assert countries().keys() <= outlines().keys()
    for code in sorted(countries())[::12]:
        fills = [one.get("fill") for one in drawn(country=code)]
        assert "#6a3fc4" in fills, code


def test_no_shape_is_drawn_across_the_far_side_of_the_world() -> None:
    for code in ("RU", "FJ", "US", "NZ", "ML"):
        for path in drawn(country=code).iter(f"{SVG}path"):
            xs = [
                float(point.split(",")[0])
                for point in path.get("d", "").replace("Z", "").replace("M", "L").split("L")
                if point
            ]
            jumps = [abs(a - b) for a, b in zip(xs, xs[1:], strict=False)]
            assert max(jumps, default=0) < 4 * WIDTH, code


def test_the_countries_of_a_spread_are_all_shown_and_named() -> None:
    names = [one.text for one in drawn(kind="spread", country="NE", countries=("ML", "BF", "NE")).iter(f"{SVG}text")]
    assert {"Mali", "Burkina Faso", "Niger"} <= set(names)


def test_places_that_were_reported_are_marked_and_described() -> None:
    seen = evidence(latitude=16.3, longitude=-0.05)
    alert = alert_event(why={"sightings": (seen, evidence(id="2")), "origins": 2})
    svg = render_map(alert)
    assert svg
    [mark] = [one for one in ET.fromstring(svg).iter(f"{SVG}circle") if one.get("r") == "6"]
    assert 0 < float(mark.get("cx", "")) < WIDTH
    assert 0 < float(mark.get("cy", "")) < HEIGHT
    assert alt_text(alert) == ("Map of Mali and its neighbours in Western Africa, with 1 reported place.")


def test_nothing_that_a_reporter_wrote_gets_into_the_picture() -> None:
    hostile = evidence(title="<script>", place="<script>", latitude=16.3, longitude=-0.05)
    svg = render_map(alert_event(group="<script>", why={"sightings": (hostile,), "origins": 1}))
    assert svg
    assert "script" not in svg


@pytest.mark.parametrize("code", ["ML", "VA", "RU"])
def test_it_can_be_drawn(code: str) -> None:
    svg = render_map(alert_event(country=code))
    assert bytes(svg_to_bytes(svg_string=svg)).startswith(b"\x89PNG")
