"""Finds the news offices that reported an event of UCDP or ACLED. Each office is an independent origin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from firstseen.importers.missing_values import present
from schemas.origins import named_origin

_LONGEST_ORIGIN = 200
_LONGEST_SUFFIX = 80
_ARTICLE = re.compile(r'(?:^|;)[\s"]*([^;"]*?)[\s"]*,[\s"]*(?:[0-9]{4}-[0-9]{2}-[0-9]{2})')


def offices(text: str) -> list[str]:
    """Return the offices in a text, separated by semicolons, bars or line breaks, in order and without repetition.

    Placeholders such as "Undisclosed Source" are left out.
    """
    return _distinct(re.split(r"[;|\r\n]", text))


def offices_of_articles(text: str) -> list[str]:
    """Return the offices of references such as ``Office, 2017-08-29, Headline``, else the whole text as one office."""
    return _distinct(_ARTICLE.findall(text)) or _distinct([text])


def with_origins(sighting: dict[str, object], offices: list[str]) -> list[dict[str, object]]:
    """Return the sighting once for each office that reported it.

    The alphabetically first office has the plain id, the others add their name to it. Ids are thus the same in every
    release, independent of the order of the offices.
    """
    first, *others = sorted(offices, key=suffix) or [""]
    plain = sighting | {"origin": first} if first else sighting
    return [plain, *(sighting | {"id": f"{sighting['id']}-{suffix(office)}", "origin": office} for office in others)]


def _distinct(texts: Iterable[str]) -> list[str]:
    named: dict[str, str] = {}
    for text in texts:
        line = " ".join(present(text.strip().strip('"')).split())
        if named_origin(line):
            named.setdefault(suffix(line), _cut(line))
    named.pop("", None)
    return list(named.values())


def suffix(office: str) -> str:
    """Return an office, or a group, as part of an id."""
    # Ids must not change when the comparison of names improves, so this has a rule of its own.
    plain = unicodedata.normalize("NFKC", office).casefold()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:_LONGEST_SUFFIX]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_ORIGIN else line[: _LONGEST_ORIGIN - 1] + "…"
