"""One display name per group for rows of several regions."""

from __future__ import annotations

from datetime import date

from schemas.presence import Presence, Run, SightingRef
from streams.presence.display_names import display_names, with_display_name


def row(group: str, country: str, day: str | None) -> Presence:
    days = date.fromisoformat(day) if day else None
    runs = (Run(first_day=days, last_day=days, trigger=SightingRef(source="a", id="1")),) if days else ()
    return Presence(group=group, country=country, region="Western Africa", unproven=runs)


def test_the_spelling_of_the_earliest_row_is_the_display_name() -> None:
    rows = [row("AL-SHABAAB", "KE", "2024-03-02"), row("Al-Shabaab", "FR", "2024-03-01"), row("al shabaab", "BE", None)]
    names = display_names(rows)

    assert {with_display_name(row, names).group for row in rows} == {"Al-Shabaab"}
    assert display_names(reversed(rows)) == names
    assert with_display_name(row("Other", "KE", None), names).group == "Other"
