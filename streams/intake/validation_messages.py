"""Validation errors of a sighting -> the reason for its rejection, and a message for its producer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.codes import EvidenceKind
from schemas.date_messages import ISO_FORMS, explain_days
from schemas.labels import join_words
from schemas.limits import shorten
from schemas.rejection import Reason
from schemas.sighting import LARGEST_REVISION
from streams.intake.misspelled_fields import intended_field, unknown_fields

_SHOWN = 40
_SHOWN_PROBLEMS = 5

_LIMITS = {"latitude": 90, "longitude": 180}
"""Maximum absolute value, in degrees."""

_DEGREES = r"[+-]?\d{1,3}(?:[.,]\d{1,15})?"
_DECIMAL_DEGREES = re.compile(rf"([NSEW])?\s*({_DEGREES})\s*°?\s*([NSEW])?", re.IGNORECASE)
_DEGREES_AND_MINUTES = re.compile(
    rf"([NSEW])?\s*(\d{{1,3}})\s*°\s*({_DEGREES})\s*['\u2019\u2032]\s*(?:({_DEGREES})\s*(?:\"|''|\u201d|\u2033))?\s*([NSEW])?",
    re.IGNORECASE,
)

_KINDS: tuple[str, ...] = get_args(EvidenceKind)
_KIND_SYNONYMS = {
    "attack": "attacks battle battles clash bombing explosion explosions shelling shooting airstrike raid ambush ied "
    "violence assault fighting suicide armed_clash remote_violence violence_against_civilians killing",
    "arrest": "arrests arrested detention detained detainees captured capture",
    "cell": "cells network sleeper_cell safehouse",
    "claim": "claims claimed claim_of_responsibility responsibility statement communique",
    "pledge": "pledges pledged allegiance bayah baya oath",
    "presence": "present sighting sighted seen movement checkpoint camp base patrol control",
    "other": "unknown none misc miscellaneous",
}
_KIND_MEANT = {synonym: kind for kind, names in _KIND_SYNONYMS.items() for synonym in names.split()}

_ALWAYS = ("source", "id")
_UNLESS_RETRACTED = ("group", "occurred")


def explain_errors(error: ValidationError, fields: Mapping[str, Any]) -> tuple[Reason, str]:
    """Return the reason and the detail of a rejection; ``fields`` is the object as its producer wrote it."""
    found = error.errors(include_url=False)
    unknown_names = [str(problem["loc"][0]) for problem in found if problem["type"] == "extra_forbidden"]
    missing = _missing(fields, {intended_field(name) for name in unknown_names})
    sentences = [missing] if missing else []
    reasons = [Reason.MISSING_FIELD] if missing else []
    invalid = [problem for problem in found if problem["type"] not in {"missing", "extra_forbidden", "incomplete"}]
    sentences += map(_sentence, invalid[:_SHOWN_PROBLEMS])
    if len(invalid) > _SHOWN_PROBLEMS:
        sentences.append(f"and {len(invalid) - _SHOWN_PROBLEMS} more")
    reasons += map(_reason, invalid)
    if unknown_names:
        sentences.append(unknown_fields(unknown_names))
        reasons.append(Reason.UNKNOWN_FIELD)
    return reasons[0], "; ".join(sentences)


def not_an_object(value: object, subject: str = "this") -> str:
    """Explain that a JSON value is not an object, and what to write."""
    if isinstance(value, list):
        return f"{subject} is a JSON array: write one object per line, one for each sighting"
    return f"{subject} is {_kind(value)}: write a JSON object with the fields of a sighting"


def _missing(fields: Mapping[str, Any], misnamed: set[str | None]) -> str | None:
    always = [name for name in _ALWAYS if fields.get(name) is None and name not in misnamed]
    unless = [] if fields.get("retracted") is True else list(_UNLESS_RETRACTED)
    unless = [name for name in unless if fields.get(name) is None and name not in misnamed]
    if not always and not unless:
        return None
    condition = " unless it is a retraction" if unless else ""
    return f"{join_words([*always, *unless])} must be given{condition}"


def _sentence(problem: ErrorDetails) -> str:
    field = str(problem["loc"][0]) if problem["loc"] else ""
    explain = _EXPLANATIONS.get(problem["type"], _invalid)
    sentence = explain(field, problem["input"], problem)
    return f"{field}: {sentence}" if field else sentence


def _text(_: str, value: Any, __: ErrorDetails) -> str:
    if isinstance(value, list):
        return f"it is {_kind(value)}: write one text{', and one sighting for each' if len(value) > 1 else ''}"
    if isinstance(value, bool | dict):
        return f"it is {_kind(value)}: write a text in quotes"
    return f"{_shown(value)} is a number: write it in quotes, {json.dumps(str(_shown(value)))}"


def _own_message(_: str, __: Any, problem: ErrorDetails) -> str:
    return str(problem["ctx"]["error"])


def _whole_number(_: str, value: Any, __: ErrorDetails) -> str:
    if isinstance(value, str):
        number = re.search("[1-9][0-9]{,14}", value)
        return f"{_shown(value)} is a text: write {number[0] if number else 1} without quotes"
    if isinstance(value, float) and value.is_integer() and 1 <= value <= LARGEST_REVISION:
        return f"{_shown(value)} has a decimal point: write {int(value)}"
    return f"{_shown(value)} is not a whole number: write 1 for the first version, 2 for the next"


def _revision_out_of_range(_: str, value: Any, __: ErrorDetails) -> str:
    return f"{_shown(value)} is not a revision: revisions range from 1 to 9,007,199,254,740,992 (2^53)"


def _flag(_: str, value: Any, __: ErrorDetails) -> str:
    plain = str(value).strip().lower()
    if isinstance(value, list | dict):
        return f"it is {_kind(value)}: write true or false"
    if plain in {"true", "yes", "1", "y"}:
        return f"{_shown(value)} is {_kind(value)}: write true, without quotes"
    if plain in {"false", "no", "0", "n"}:
        return f"{_shown(value)} is {_kind(value)}: write false, without quotes, or remove the field"
    return f"{_shown(value)} is {_kind(value)}: write true or false"


def _degrees(_: str, value: Any, __: ErrorDetails) -> str:
    if isinstance(value, str):
        number = parse_degrees(value)
        if number is None:
            return f"{_shown(value)} is a text: write decimal degrees without quotes, such as 13.5"
        return f"{_shown(value)} is a text: write {number:.10g}, a number without quotes"
    return f"it is {_kind(value)}: write decimal degrees, such as 13.5"


def parse_degrees(text: str) -> float | None:
    """Return the number for a text such as ``13,5``, ``13.5° N`` or ``13°30'00"S``; None if it is not understood.

    For messages only: intake accepts no such text.
    """
    text = text.strip()[:40].replace("\u2212", "-")
    if found := _DECIMAL_DEGREES.fullmatch(text):
        return _signed(_float(found[2]), found[1] or found[3])
    if found := _DEGREES_AND_MINUTES.fullmatch(text):
        whole = float(found[2]) + _float(found[3]) / 60 + _float(found[4] or "0") / 3600
        return round(_signed(whole, found[1] or found[5]), 6)
    return None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _signed(number: float, side: str | None) -> float:
    return -number if side and side.upper() in {"S", "W"} else number


def _not_finite(_: str, value: Any, __: ErrorDetails) -> str:
    return f"{_shown(value)} is not a number of degrees: remove latitude and longitude if the point is unknown"


def _out_of_range(field: str, value: Any, problem: ErrorDetails) -> str:
    if field == "revision":
        return _revision_out_of_range(field, value, problem)
    limit = _LIMITS[field]
    swapped = "; are latitude and longitude swapped?" if field == "latitude" and abs(value) <= 180 else ""
    return f"{_shown(value)} is not between -{limit} and {limit} degrees{swapped}"


def _choice(field: str, value: Any, _: ErrorDetails) -> str:
    if field == "precision":
        return f'{_shown(value)} is not a precision: write "some_day", or remove the field'
    listed = f"one of {', '.join(_KINDS)}"
    if not isinstance(value, str):
        return f"it is {_kind(value)}: write {listed}"
    plain = re.sub(r"[\W_]+", "_", value.strip().lower())[:_SHOWN].strip("_")
    near = _KIND_MEANT.get(plain) or next(iter(get_close_matches(plain, _KINDS, n=1, cutoff=0.7)), None)
    if near == plain:
        return f"{_shown(value)} is not spelled exactly: write {near}"
    return f"{_shown(value)} is not {listed}{f': did you mean {near}?' if near else ''}"


def _grade(_: str, value: Any, __: ErrorDetails) -> str:
    plain = re.sub(r"[\W_]+", "", str(value)).upper()
    letters, digits = re.findall("[A-F]", plain), re.findall("[1-6]", plain)
    if len(plain) == 2 and len(letters) == len(digits) == 1:
        return f"{_shown(value)} is not in the format of a grade: write {letters[0]}{digits[0]}"
    return f"{_shown(value)} is not an Admiralty grade: write a letter A to F and a digit 1 to 6, such as B2"


def _days(field: str, value: Any, _: ErrorDetails) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        message = explain_days(str(value))
        iso = message.rpartition("write ")[2] if not message.endswith(ISO_FORMS) else None
        year = f'"{value}"' if field == "occurred" and 1000 <= value <= 9999 else None
        example = json.dumps(iso) if iso else year or 'such as "2017-10-31"'
        return f"{_shown(value)} is a number: write a text, {example}"
    return f'it is {_kind(value)}: write a text in ISO 8601, such as "2017-10-31"'


def _invalid(_: str, value: Any, __: ErrorDetails) -> str:
    return f"{_shown(value)} is not valid"


def _half_a_point(_: str, __: Any, ___: ErrorDetails) -> str:
    return "latitude and longitude belong together: give both or neither"


_EXPLANATIONS: dict[str, Callable[[str, Any, ErrorDetails], str]] = {
    "string_type": _text,
    "value_error": _own_message,
    "int_type": _whole_number,
    "int_from_float": _whole_number,
    "bool_type": _flag,
    "float_type": _degrees,
    "finite_number": _not_finite,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "literal_error": _choice,
    "string_pattern_mismatch": _grade,
    "days_type": _days,
    "datetime_type": _days,
    "half_a_point": _half_a_point,
}
"""Explanation of each error type that the Sighting model raises for a value. A test checks that it is complete."""


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return _kind(value)
    return shorten(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f'"{value}"', _SHOWN)


def _reason(problem: ErrorDetails) -> Reason:
    field, kind = str(problem["loc"][0]) if problem["loc"] else "", problem["type"]
    if kind == "half_a_point" or (field in _LIMITS and not kind.endswith("_type")):
        return Reason.BAD_POINT
    if kind.endswith("_type") or (kind == "literal_error" and not isinstance(problem["input"], str)):
        return Reason.WRONG_TYPE
    if kind == "value_error":
        return Reason.BAD_DAYS if field in {"occurred", "reported"} else Reason.BAD_TEXT
    return Reason.BAD_VALUE
