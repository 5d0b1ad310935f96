"""What is doubtful of a sighting, in sentences: its country, and names that look like others but are not spelt so."""

from __future__ import annotations

from schemas.evidence import LONGEST_DOUBT
from schemas.limits import shorten
from schemas.names import mixed_scripts
from schemas.sighting import Sighting


def doubt_of(sighting: Sighting, of_country: str | None) -> str | None:
    """Return all doubts in one text; None when there is none. ``of_country`` is why the country is not certain."""
    names = (("group", sighting.group), ("origin", sighting.origin))
    doubts = [_of_name(what, name) for what, name in names if name and not name.isascii()]
    if not any(doubts):
        return of_country
    return shorten("; ".join(filter(None, [*doubts, of_country])), LONGEST_DOUBT)


def _of_name(what: str, name: str) -> str | None:
    scripts = mixed_scripts(name)
    return f'the name of the {what} mixes {" and ".join(scripts)} letters: "{name}"' if scripts else None
