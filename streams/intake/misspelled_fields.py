"""Unknown field names -> the field of a sighting that the producer probably meant."""

from __future__ import annotations

import re
from difflib import get_close_matches

from schemas.labels import join_first
from schemas.limits import shorten
from schemas.sighting import Sighting

_SHOWN = 60
_MAX_NAMED = 20

_SYNONYMS = {
    "source": "src feed provider publisher newsroom",
    "id": "identifier uid uuid guid key event_id eventid record_id number no nr event_id_cnty",
    "revision": "rev version ver",
    "retracted": "retract retraction deleted delete withdrawn removed",
    "test": "is_test exercise drill",
    "archival": "archive archived historic historical backfile backfill",
    "group": "grp actor actor1 actor_1 side_a organisation organization org perpetrator gang faction militia gname",
    "country": "cntry ctry nation state iso iso2 iso3 country_code countrycode country_name land pays",
    "admin1": "adm1 admin adm_1 admin_1 province region district governorate oblast wilaya department",
    "place": "city town village location where_ site locality settlement where",
    "latitude": "lat y lat_dd y_coord",
    "longitude": "lon lng long x lon_dd x_coord",
    "occurred": "date event_date day days when time start start_date date_start occurred_at occured happened period",
    "precision": "date_precision time_precision",
    "reported": "ts timestamp reported_at published published_at publication_date report_date created created_at",
    "origin": "outlet agency wire news_source source_name first_source newspaper",
    "grade": "grading reliability credibility admiralty rating confidence",
    "evidence": "kind type event_type category",
    "title": "summary description text headline notes note subject details name comment",
    "url": "link href uri web website address permalink",
}
"""Names that other formats use for a field."""

_VAGUE = {"name", "id", "code", "type", "text", "event", "key", "no", "number", "x", "y", "kind"}
"""Words that identify a field only if they are the whole name."""

_BY_NAME = {name: name for name in Sighting.model_fields}
_MEANT = {synonym: field for field, names in _SYNONYMS.items() for synonym in names.split()} | _BY_NAME


def intended_field(name: str) -> str | None:
    """Return the field that a name probably means; None if nothing is similar."""
    plain = re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())).strip("_").lower()
    parts = [part for part in reversed(plain.split("_")) if part not in _VAGUE]
    for candidate in (plain, plain.replace("_", ""), *parts):
        if field := _MEANT.get(candidate):
            return field
    if close := get_close_matches(plain[:_SHOWN], _BY_NAME, n=1, cutoff=0.7):
        return close[0]
    return None


def unknown_fields(names: list[str]) -> str:
    """Return a message that one or more fields do not exist, with the fields that were probably meant."""
    if len(names) == 1:
        field = intended_field(names[0])
        return f"there is no field `{_shown(names[0])}`" + (f": did you mean `{field}`?" if field else ": remove it")
    listed = [
        f"`{_shown(name)}`" + (f" (did you mean `{field}`?)" if (field := intended_field(name)) else "")
        for name in names
    ]
    return f"there are no fields {join_first(listed, _MAX_NAMED)}"


def _shown(name: str) -> str:
    return shorten(name, _SHOWN)
