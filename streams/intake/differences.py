"""What differs between two versions of a sighting that have the same revision, in words for its producer."""

from __future__ import annotations

from collections.abc import Iterator

from places.regions import country_name
from schemas.accounting import Version
from schemas.evidence import Evidence
from schemas.limits import shorten
from schemas.names import comparable

_SHOWN = 60
_MOST_NAMED = 4

_TEXTS = {
    "group": ("another group", "no group"),
    "kind": ("another kind of evidence", ""),
    "origin": ("another origin", "no origin"),
    "grade": ("another grade", "no grade"),
    "admin1": ("another province", "no province"),
    "place": ("another place", "no place"),
    "title": ("another title", "no title"),
    "url": ("another address", "no address"),
}
"""Fields of evidence, and what is said of one that is on record with another value, or without one."""


_NAMES = frozenset({"group", "origin"})
"""Fields that are alike in any spelling that is compared as one."""


def describe_difference(known: Version, sent: Version) -> str | None:
    """Say how a version is on record otherwise than it is sent now, as in ``with another country (Mali)``; None: alike.

    Alike is what makes no difference to anybody: the same country or group in another spelling is. Of a version that an
    older Firstseen took, only its evidence is known, and it is compared as far as both wrote it in the same way; what
    was a retraction or a test then is like any other.
    """
    if known.content == sent.content:
        return None
    if known.evidence and sent.evidence:
        named = list(_named(known.evidence.within_limits, sent.evidence.within_limits, of_old=known.content is None))
        return f"with {_listed(named)}" if named else None
    if sent.evidence:
        return "as a test"
    if known.evidence:
        return "as no test"
    return None if known.content is None else "with other content"


def _named(known: Evidence, sent: Evidence, *, of_old: bool) -> Iterator[str]:
    if known.country != sent.country:
        yield f"another country ({country_name(known.country)})"
    if _days(known, of_old=of_old) != _days(sent, of_old=of_old):
        yield f"other days ({_days_in_words(known)})"
    for field, (another, none) in _TEXTS.items():
        there, here = getattr(known, field) or None, getattr(sent, field) or None
        if there != here and not (field in _NAMES and there and here and comparable(there) == comparable(here)):
            yield f"{another} ({shorten(there, _SHOWN)})" if there else none
    if (known.latitude, known.longitude) != (sent.latitude, sent.longitude):
        yield "no point" if known.latitude is None else f"another point ({known.latitude}, {known.longitude})"
    if known.archival != sent.archival:
        yield f"archival {str(known.archival).lower()}"
    same_names = (known.group, known.origin, known.country) == (sent.group, sent.origin, sent.country)
    if not of_old and same_names and known.doubt != sent.doubt:
        yield "another doubt about its country" if known.doubt else "no doubt about its country"


def _days(evidence: Evidence, *, of_old: bool) -> tuple[object, ...]:
    # Older versions of Firstseen did not keep the earliest day of an end.
    ends_from = None if of_old else evidence.ends_from
    return evidence.first_day, evidence.last_day, evidence.begins_by, ends_from


def _days_in_words(evidence: Evidence) -> str:
    first, last = evidence.first_day, evidence.last_day
    some_day = "some day of " if evidence.begins_by != first else ""
    return f"{first}" if first == last else f"{some_day}{first}/{last}"


def _listed(named: list[str]) -> str:
    if len(named) > _MOST_NAMED:
        named = [*named[:_MOST_NAMED], f"{len(named) - _MOST_NAMED} more"]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
