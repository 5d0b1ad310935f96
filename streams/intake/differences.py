"""Two versions of a sighting with the same revision -> their differences, in words for the producer."""

from __future__ import annotations

from collections.abc import Iterator

from places.countries import country_name
from schemas.evidence import Evidence
from schemas.intake_tables import Version
from schemas.labels import join_words
from schemas.limits import shorten
from schemas.names import comparable

_SHOWN = 60
_MAX_NAMED = 4

_TEXTS = {
    "group": ("another group", "no group"),
    "kind": ("another evidence kind", ""),
    "origin": ("another origin", "no origin"),
    "grade": ("another grade", "no grade"),
    "admin1": ("another province", "no province"),
    "place": ("another place", "no place"),
    "title": ("another title", "no title"),
    "url": ("another address", "no address"),
}
"""By field: the phrase if the recorded version has a different value, and if it has none."""


_NAMES = frozenset({"group", "origin"})
"""Fields whose spellings are equal if their comparable forms are."""


def describe_difference(known: Version, sent: Version) -> str | None:
    """Describe how the recorded version differs, as in ``with another country (Mali)``. None if they are equal.

    Different spellings of the same country or group are equal. Rows of older Firstseen versions hold only evidence.
    They are compared on the fields that both versions recorded in the same way; their retractions and tests equal any
    other.
    """
    if known.content == sent.content:
        return None
    if known.evidence and sent.evidence:
        phrases = list(
            _differences(known.evidence.within_limits, sent.evidence.within_limits, old=known.content is None)
        )
        return f"with {_join_some(phrases)}" if phrases else None
    if sent.evidence:
        return "as a test"
    if known.evidence:
        return "as a sighting that is not a test"
    return None if known.content is None else "with other content"


def _differences(known: Evidence, sent: Evidence, *, old: bool) -> Iterator[str]:
    if known.country != sent.country:
        yield f"another country ({country_name(known.country)})"
    if _days(known, old=old) != _days(sent, old=old):
        yield f"other days ({_iso_days(known)})"
    for field, (another, none) in _TEXTS.items():
        recorded, new = getattr(known, field) or None, getattr(sent, field) or None
        if recorded != new and not (field in _NAMES and recorded and new and comparable(recorded) == comparable(new)):
            yield f"{another} ({shorten(recorded, _SHOWN)})" if recorded else none
    if (known.latitude, known.longitude) != (sent.latitude, sent.longitude):
        yield "no point" if known.latitude is None else f"another point ({known.latitude}, {known.longitude})"
    if known.archival != sent.archival:
        yield f"archival {str(known.archival).lower()}"
    same_names = (known.group, known.origin, known.country) == (sent.group, sent.origin, sent.country)
    if not old and same_names and known.doubt != sent.doubt:
        yield "another doubt about its country" if known.doubt else "no doubt about its country"


def _days(evidence: Evidence, *, old: bool) -> tuple[object, ...]:
    # Older versions of Firstseen did not record ends_from.
    ends_from = None if old else evidence.ends_from
    return evidence.first_day, evidence.last_day, evidence.begins_by, ends_from


def _iso_days(evidence: Evidence) -> str:
    first, last = evidence.first_day, evidence.last_day
    some_day = "some day of " if evidence.begins_by != first else ""
    return f"{first}" if first == last else f"{some_day}{first}/{last}"


def _join_some(phrases: list[str]) -> str:
    if len(phrases) > _MAX_NAMED:
        phrases = [*phrases[:_MAX_NAMED], f"{len(phrases) - _MAX_NAMED} more"]
    return join_words(phrases)
