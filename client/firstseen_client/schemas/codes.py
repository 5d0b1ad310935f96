"""Validated strings that several records share."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from firstseen_client.schemas.limits import MaxLength, shorten
from firstseen_client.schemas.names import comparable, has_visible

LONGEST_NAME = 300
"""Unicode code points, like every length here, counted after NFC normalisation."""

LONGEST_TITLE = 1_000
LONGEST_URL = 2_000

Grade = Annotated[str, StringConstraints(pattern=r"^[A-F][1-6]$"), MaxLength(2)]
"""Admiralty code: reliability of the source, A to F, and credibility of the information, 1 to 6."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), MaxLength(2)]
"""ISO 3166-1 alpha-2 code, or XK for Kosovo."""

PlaceCode = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|@.+)$"), MaxLength(LONGEST_NAME + 1)]
"""Country code, or ``@`` and the name of an area in one form."""

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""Integer of at most 64 bits, the range that other languages read."""

EvidenceKind = Literal["attack", "arrest", "cell", "claim", "pledge", "presence", "other"]

EpisodeKind = Literal["first_ever", "re_emergence", "returned"]
"""Kind of an episode, given the earlier episodes of the same group and country (``docs/semantics.md``)."""

AlertKind = Literal["first_ever", "re_emergence", "returned", "spread", "first_in_area"]
"""Kind of an alert: that of its episode; ``spread`` for a third ``first_ever`` in a region within 30 days; or
``first_in_area`` for the first episode in the area of a user."""

OF_REGIONS: tuple[AlertKind, ...] = ("spread",)
"""Kinds of alerts about several countries of a region."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Unicode category Cc."""

_EMPTY = "it is empty"
_INVISIBLE = "it has no visible character: write a readable name"


def _without_controls(text: str) -> str:
    if text.isascii() and text.isprintable():  # fast path for almost every text
        return text.strip()
    if control := _CONTROL.search(text):
        msg = f"it contains the control character U+{ord(control[0]):04X}: remove it"
        raise ValueError(msg)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _not_empty(text: str) -> str:
    if text:
        return text
    raise ValueError(_EMPTY)


def _readable(name: str) -> str:
    if name.isascii() or has_visible(name):
        return name
    raise ValueError(_INVISIBLE)


def _checked_name(text: str) -> str:
    return _readable(_not_empty(_without_controls(text)))


def _given_address(text: str) -> str:
    return _not_empty(_within_length(text, LONGEST_URL))


def _checked_text(text: str) -> str:
    return _not_empty(_without_controls(text))


def _within_length(text: str, longest: int) -> str:
    text = _without_controls(text)
    if len(text) <= longest:
        return text
    msg = f"it has {len(text):,} characters in Unicode's composed form; the limit is {longest:,}"
    raise ValueError(msg)


def _given_name(text: str) -> str:
    # The fast path for almost every name: a producer's sighting has six of them.
    if text.isascii() and text.isprintable() and 0 < len(stripped := text.strip()) <= LONGEST_NAME:
        return stripped
    return _readable(_not_empty(_within_length(text, LONGEST_NAME)))


def _given_group(text: str) -> str:
    name = _given_name(text)
    if not name.isascii() and (length := len(comparable(name))) > LONGEST_NAME:  # the key of the group's rows
        msg = f"it has {length:,} characters with its ligatures written out; the limit is {LONGEST_NAME:,}"
        raise ValueError(msg)
    return name


Named = Annotated[str, MaxLength(LONGEST_NAME)]
"""Name in a record that Firstseen writes; it was validated on input."""

IdentityText = Annotated[str, MaxLength(4 * LONGEST_NAME + 1)]
"""Result of :func:`identity`. Percent-encoding turns one character of an id into three."""

AlertId = Annotated[str, MaxLength(36)]
"""UUID of an alert, a delivery or a digest."""

Region = Annotated[str, MaxLength(100)]
"""Name of a UN M49 region."""

Text = Annotated[str, AfterValidator(_without_controls)]
"""Untrusted text in NFC, without control characters and surrounding spaces. Escape it before inserting into markup."""

Name = Annotated[str, AfterValidator(_checked_name), MaxLength(LONGEST_NAME)]
"""Short text that names something; never empty."""

GivenName = Annotated[str, AfterValidator(_given_name), MaxLength(LONGEST_NAME)]
"""Name from a producer. A longer one is rejected, because a truncated identifier could match another one."""

GivenGroup = Annotated[str, AfterValidator(_given_group), MaxLength(LONGEST_NAME)]
"""Group name from a producer. The limit also applies to its comparable form."""

GivenAddress = Annotated[str, AfterValidator(_given_address), MaxLength(LONGEST_URL)]
"""Web address from a producer. A longer one is rejected."""

GivenOrigin = Annotated[str, AfterValidator(_given_name), MaxLength(LONGEST_NAME)]
"""Origin from a producer. A longer one is rejected."""

GivenPlace = Annotated[str, AfterValidator(lambda text: shorten(_checked_text(text), LONGEST_NAME))]
"""Place from a producer. A longer one is truncated: descriptions never cause a rejection."""

GivenTitle = Annotated[str, AfterValidator(lambda text: shorten(_checked_text(text), LONGEST_TITLE))]
"""Title from a producer. A longer one is truncated."""


def identity(source: str, sighting_id: str) -> str:
    """Return ``source/id``, the record key shared by all versions of a sighting.

    Slashes and percent signs in the id are percent-encoded, so that different pairs never share a key. A source may
    contain slashes, as in CloudEvents.
    """
    return f"{source}/{sighting_id.replace('%', '%25').replace('/', '%2F')}"
