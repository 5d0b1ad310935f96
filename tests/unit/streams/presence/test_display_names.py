"""One name for a group where rows of several regions stand together."""

from __future__ import annotations

from datetime import date

from schemas.presence import Presence, Run, SightingRef
from streams.presence.display_names import names_shown, shown_as


def row(group: str, country: str, day: str | None) -> Presence:
    days = date.fromisoformat(day) if day else None
    runs = (Run(first_day=days, last_day=days, trigger=SightingRef(source="a", id="1")),) if days else ()
    return Presence(group=group, country=country, region="Western Africa", unproven=runs)


def test_of_several_spellings_that_of_the_row_that_begins_first_is_shown() -> None:
    rows = [row("AL-SHABAAB", "KE", "2024-03-02"), row("Al-Shabaab", "FR", "2024-03-01"), row("al shabaab", "BE", None)]
    names = names_shown(rows)

    assert {shown_as(one, names).group for one in rows} == {"Al-Shabaab"}
    assert names_shown(reversed(rows)) == names
    assert shown_as(row("Other", "KE", None), names).group == "Other"
