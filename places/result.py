"""Results of the gazetteer: a country and how it was found, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unresolvable(StrEnum):
    """Reason why a place has no country."""

    NOTHING_GIVEN = "nothing_given"
    """Neither a country nor a point is given, or only blank text."""
    UNKNOWN = "unknown"
    """The text is not the name or code of a country: a typing error, a town, an adjective."""
    MORE_THAN_A_NAME = "more_than_a_name"
    """The name of a country with words or signs that limit or doubt it: "near Syria", "Iraq?"."""
    AMBIGUOUS = "ambiguous"
    """A name that several countries share, such as "Congo"."""
    SEVERAL_COUNTRIES = "several_countries"
    """The text names several countries. A sighting is in one."""
    NOT_A_COUNTRY = "not_a_country"
    """A region, a continent, a part of a country, or a former state that split into several."""
    BAD_POINT = "bad_point"
    """The point is incomplete, not a number, out of range, or 0, 0."""
    OPEN_SEA = "open_sea"
    """The point is more than about 5 km from land."""
    NEAR_BORDER = "near_border"
    """The border sets disagree at the point, or it is on the border."""
    DISPUTED = "disputed"
    """Land that is assigned to no country (``places/data/README.md``)."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The country of a place."""

    country: str
    """ISO 3166-1 alpha-2 code, or XK."""
    how: Literal["code", "name", "point"]
    """How it was found."""
    doubt: str | None = None
    """Reason why the country is uncertain, as a sentence without capital and full stop; None if it is certain."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A place without a country."""

    why: Unresolvable
    detail: str
    """One sentence: what is wrong, and what to write instead."""
    suggestions: tuple[str, ...] = ()
    """Countries that may have been meant, such as ``Nigeria (NG)``. Each suggestion can be used as written."""
