"""Checked strings that several records share."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from schemas.limits import MaxLength, shorten
from schemas.names import comparable, has_visible

LONGEST_NAME = 300
"""Characters, as of every length here: Unicode code points, counted after normalisation, which makes three of some."""

LONGEST_TITLE = 1_000
LONGEST_URL = 2_000

Grade = Annotated[str, StringConstraints(pattern=r"^[A-F][1-6]$"), MaxLength(2)]
"""Admiralty code: reliability of the source A to F, credibility of the information 1 to 6."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), MaxLength(2)]
"""ISO 3166-1 alpha-2, plus XK for Kosovo."""

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""A whole number of at most 64 bits: what our JSON writes, and what other languages read."""

EvidenceKind = Literal["attack", "arrest", "cell", "claim", "pledge", "presence", "other"]

EpisodeKind = Literal["first_ever", "re_emergence", "returned"]
"""What an episode is at its place in the history of (group, country): DESIGN section 3."""

AlertKind = Literal["first_ever", "re_emergence", "returned", "spread"]
"""What an alert tells: an episode, or for a region the third country with a ``first_ever`` within thirty days."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Unicode's category Cc."""

_EMPTY = "it is empty"
_UNSEEN = "it has no visible character: write a name that can be read"


def _without_controls(text: str) -> str:
    if text.isascii() and text.isprintable():  # nearly every text; the rest only says what is wrong, or composes
        return text.strip()
    if control := _CONTROL.search(text):
        msg = f"it holds the control character U+{ord(control[0]):04X}: leave it out"
        raise ValueError(msg)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _filled(text: str) -> str:
    if text:
        return text
    raise ValueError(_EMPTY)


def _seen(name: str) -> str:
    if name.isascii() or has_visible(name):
        return name
    raise ValueError(_UNSEEN)


def _naming(text: str) -> str:
    return _seen(_filled(_without_controls(text)))


def _describing(text: str) -> str:
    return _filled(_without_controls(text))


def _given(text: str, longest: int) -> str:
    # The most frequent texts of all without another call.
    text = text.strip() if text.isascii() and text.isprintable() else _without_controls(text)
    if len(text) <= longest:
        return text
    msg = f"it has {len(text):,} characters in Unicode's composed form; at most {longest:,} are taken"
    raise ValueError(msg)


def _given_name(text: str) -> str:
    return _seen(_filled(_given(text, LONGEST_NAME)))


def _given_group(text: str) -> str:
    name = _given_name(text)
    if not name.isascii() and (length := len(comparable(name))) > LONGEST_NAME:  # rows are kept by that form
        msg = f"it has {length:,} characters with its ligatures written out; at most {LONGEST_NAME:,} are taken"
        raise ValueError(msg)
    return name


Named = Annotated[str, MaxLength(LONGEST_NAME)]
"""A name in a record of ours, as it was checked when it was given."""

IdentityText = Annotated[str, MaxLength(4 * LONGEST_NAME + 1)]
"""What :func:`identity` returns: a percent sign in an id takes three characters."""

AlertId = Annotated[str, MaxLength(36)]
"""A UUID; so are the ids of deliveries and digests."""

Region = Annotated[str, MaxLength(100)]
"""A region of UN M49, by name."""

Text = Annotated[str, AfterValidator(_without_controls)]
"""Untrusted text: no control characters; NFC; no space around it. Escape it before any mark-up."""

Name = Annotated[str, AfterValidator(_naming), MaxLength(LONGEST_NAME)]
"""A short text that names something and is never empty."""

GivenName = Annotated[str, AfterValidator(_given_name), MaxLength(LONGEST_NAME)]
"""A name that somebody writes now: a longer one is refused, for what identifies something must not be cut."""

GivenGroup = Annotated[str, AfterValidator(_given_group), MaxLength(LONGEST_NAME)]
"""The name of a group: so is one that is longer in the form in which names are compared."""

GivenAddress = Annotated[str, AfterValidator(lambda text: _filled(_given(text, LONGEST_URL))), MaxLength(LONGEST_URL)]
"""Where something can be read: a longer one is refused."""

GivenOrigin = Annotated[str, AfterValidator(_given_name), MaxLength(LONGEST_NAME)]
"""Who said something first: a longer one is refused."""

GivenPlace = Annotated[str, AfterValidator(lambda text: shorten(_describing(text), LONGEST_NAME))]
"""A longer one is cut, for what only describes must not cost a sighting."""

GivenTitle = Annotated[str, AfterValidator(lambda text: shorten(_describing(text), LONGEST_TITLE))]
"""A longer one is cut."""


def identity(source: str, sighting_id: str) -> str:
    """Return ``source/id``, the record key under which all versions of one sighting meet.

    A slash or a percent sign within the id is percent-encoded, so that no two pairs share a key although a source may
    hold slashes, as a CloudEvents ``source`` does.
    """
    return f"{source}/{sighting_id.replace('%', '%25').replace('/', '%2F')}"
