"""What is on record about each group in each country, and one display name per group for rows of several regions."""

from __future__ import annotations

from datetime import date

from schemas.evidence import Evidence
from schemas.presence import Run, SightingRef, Spread
from schemas.topics import CANDIDATES, EPISODES, PRESENCE
from streams.on_record import OnRecord, display_names, on_record, with_display_name
from streams.presence.policy import Policy
from tests.support.builders import Story, evidence
from tests.unit.streams.presence.stories import weak_evidence


def row(group: str, country: str, day: str | None) -> OnRecord:
    days = date.fromisoformat(day) if day else None
    runs = (Run(first_day=days, last_day=days, trigger=SightingRef(source="a", id="1")),) if days else ()
    return OnRecord(group, country, "Western Africa", (), runs)


def found(*seen: Evidence) -> list[OnRecord]:
    story = Story()
    story.add(*seen)
    return on_record(story.tables[PRESENCE], story.tables[EPISODES], story.tables[CANDIDATES])


def test_the_spelling_of_the_earliest_row_is_the_display_name() -> None:
    rows = [row("AL-SHABAAB", "KE", "2024-03-02"), row("Al-Shabaab", "FR", "2024-03-01"), row("al shabaab", "BE", None)]
    names = display_names(rows)

    assert set(names.values()) == {"Al-Shabaab"}
    assert display_names(reversed(rows)) == names
    spread = Spread(group="AL-SHABAAB", region="Eastern Africa", first_days=())
    assert with_display_name(spread, names).group == "Al-Shabaab"
    assert with_display_name(spread.replace(group="Other"), names).group == "Other"


def test_each_group_in_each_country_has_its_runs_in_order_of_days() -> None:
    rows = found(
        evidence("2017-10-31", id="1"), evidence("2016-01-01", id="2"), weak_evidence("2015-01-01", id="3"),
        evidence("2017-10-31", id="4", country="TD"), evidence("2017-10-31", id="5", group="JNIM and others"),
    )  # fmt: skip

    mali, chad, other = sorted(rows, key=lambda row: (row.group, row.country))
    assert [str(episode.first_day) for episode in mali.episodes] == ["2016-01-01", "2017-10-31"]
    assert [str(run.first_day) for run in mali.candidates] == ["2015-01-01"]
    assert (mali.first_day, chad.first_day) == (date(2015, 1, 1), date(2017, 10, 31))
    assert (chad.group, chad.country, len(chad.episodes)) == ("JNIM", "TD", 1)
    assert (other.group, len(other.episodes)) == ("JNIM and others", 1)


def test_a_group_has_one_name_in_all_regions() -> None:
    rows = found(
        evidence("2024-03-02", id="1", group="AL-SHABAAB", country="KE"),
        evidence("2024-03-01", id="2", group="Al-Shabaab", country="FR"),
    )

    assert [each.group for each in rows] == ["Al-Shabaab", "Al-Shabaab"]


def test_a_group_in_a_country_has_its_episodes_and_candidates_as_appearances() -> None:
    [jnim] = found(evidence("2017-10-31", id="1"), weak_evidence("2015-01-01", id="2"))

    assert [(each.status, each.country) for each in jnim.appearances(Policy())] == [
        ("candidate", "ML"),
        ("confirmed", "ML"),
    ]
