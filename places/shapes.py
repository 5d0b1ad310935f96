"""Simplified outlines of countries, for the maps in alerts and on the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude in degrees (WGS 84); closed without repeating the first point. A single point represents a
country that is too small for an outline."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Outline of a country, or of land that is assigned to none (``unassigned:A:B``)."""

    polygons: tuple[tuple[Ring, ...], ...]
    """Polygons, the largest first; each with its outer ring, then its holes."""

    @property
    def main(self) -> Ring:
        """Outer ring of the largest polygon."""
        return self.polygons[0][0]


@cache
def outlines() -> dict[str, Outline]:
    """Return all outlines by alpha-2 code or label."""
    raw = json.loads((files("places") / "data" / "outlines.json").read_text(encoding="utf-8"))
    return {
        code: Outline(tuple(tuple(_ring(flat) for flat in polygon) for polygon in polygons))
        for code, polygons in raw.items()
    }


def middle(ring: Ring) -> tuple[float, float]:
    """Return the centre of a ring's bounding box."""
    longitudes, latitudes = zip(*ring, strict=True)
    return (min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2


def _ring(flat: list[int]) -> Ring:
    return tuple((x / 100, y / 100) for x, y in zip(flat[::2], flat[1::2], strict=True))
