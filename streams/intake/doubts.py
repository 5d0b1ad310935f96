"""Doubts about a sighting, as sentences: an uncertain country, and names with look-alike letters."""

from __future__ import annotations

from schemas.evidence import LONGEST_DOUBT
from schemas.limits import shorten
from schemas.names import mixed_scripts
from schemas.sighting import Sighting


def doubt_of(sighting: Sighting, of_country: str | None) -> str | None:
    """Return all doubts as one text; None if there are none. ``of_country`` is the doubt about the country."""
    names = (("group", sighting.group), ("origin", sighting.origin))
    doubts = [_name_doubt(field, name) for field, name in names if name and not name.isascii()]
    if not any(doubts):
        return of_country
    return shorten("; ".join(filter(None, [*doubts, of_country])), LONGEST_DOUBT)


def _name_doubt(field: str, name: str) -> str | None:
    scripts = mixed_scripts(name)
    return f'the name of the {field} mixes {" and ".join(scripts)} letters: "{name}"' if scripts else None
