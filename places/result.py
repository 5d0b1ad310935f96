"""What the gazetteer answers: a country with how we know it, or one reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unresolvable(StrEnum):
    """Why a place is in no country. The value is the word that records and counters show."""

    NOTHING_GIVEN = "nothing_given"
    """Neither a country nor a point, or only blank text."""
    UNKNOWN = "unknown"
    """The text is no country's name or code as it stands: a typo, a town, an adjective, something else."""
    MORE_THAN_A_NAME = "more_than_a_name"
    """One country's name with words or signs that limit or doubt it: "near Syria", "Iraq?"."""
    AMBIGUOUS = "ambiguous"
    """A name that two countries share, such as "Congo"."""
    SEVERAL_COUNTRIES = "several_countries"
    """Two or more countries are named: a sighting lies in one."""
    NOT_A_COUNTRY = "not_a_country"
    """A region, a continent, a part of a country, or a state that fell apart into several."""
    BAD_POINT = "bad_point"
    """Half a point, not a number, out of range, or 0, 0."""
    OPEN_SEA = "open_sea"
    """The point is more than about 5 km from any land."""
    NEAR_BORDER = "near_border"
    """The border sets name different countries here, or the point is on the line."""
    DISPUTED = "disputed"
    """Land that by our policy is counted to no country: ``places/data/README.md``."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """One country."""

    country: str
    """ISO 3166-1 alpha-2, or XK."""
    how: Literal["code", "name", "point"]
    """What it was known by."""
    doubt: str | None = None
    """What a reader should know before trusting it, as a sentence without capital and full stop; else None."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No country, and why."""

    why: Unresolvable
    detail: str
    """One sentence: what is wrong and what to write instead."""
    suggestions: tuple[str, ...] = ()
    """Countries that may have been meant, such as ``Nigeria (NG)``; each resolves when written as it stands."""
