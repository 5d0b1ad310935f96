"""Titles for events of UCDP: a row's sides, place and deaths -> one sentence that a reader understands. Pure."""

from __future__ import annotations

_CIVILIANS = "Civilians"
_WITH_ARTICLE = ("Government of ", "Forces of ")


def event_title(group: str, opponent: str, place: str, deaths: tuple[int, int] | None) -> str:
    """Return ``IS fought the Government of Iraq in Ba'qūbah town; up to 4 people were killed``.

    ``opponent`` and ``place`` may be empty. ``deaths``: the lowest and the highest estimate; None: not known.
    """
    if not group:
        return ""
    facts = " ".join(part for part in (group, _deed(opponent), f"in {place}" if place else "") if part)
    return f"{facts}; {_killed(*deaths)}" if deaths else facts


def _deed(opponent: str) -> str:
    if not opponent:
        return "was active"
    if opponent == _CIVILIANS:
        return "attacked civilians"
    return f"fought the {opponent}" if opponent.startswith(_WITH_ARTICLE) else f"fought {opponent}"


def _killed(low: int, high: int) -> str:
    if high == 0:
        return "nobody was killed"
    if low == high:
        return "1 person was killed" if low == 1 else f"{low:,} people were killed"
    if low == 0:
        return "up to 1 person was killed" if high == 1 else f"up to {high:,} people were killed"
    return f"{low:,} to {high:,} people were killed"
