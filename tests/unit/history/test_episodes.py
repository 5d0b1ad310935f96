"""The episodes that the API lists: of groups in countries, now and as known at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from history.database import History, instant_text
from history.episode_selection import EpisodeQuery
from history.episodes import (
    counts_by_region,
    episode_key,
    episodes,
    episodes_of_country,
    groups_on_record,
)
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from tests.support.builders import change, evidence
from tests.support.pages import add_evidence

AT = datetime(2026, 5, 1, tzinfo=UTC)
IN_MALI = evidence("2017-10-01/2017-10-03", id="1")
IN_BELGIUM = evidence("2017-10-01", id="2", country="BE", group="IS")


@pytest.fixture
def history() -> Iterator[History]:
    opened = History(None, {})
    add_evidence(opened, change(IN_MALI), change(IN_BELGIUM))
    yield opened
    opened.close()


def found(history: History, **query: Any) -> list[str]:
    rows = history.ask(lambda asked: episodes(asked, EpisodeQuery(**query)))
    return [f"{row['group']} {row['country_name']}" for row in rows]


def test_an_episode_has_its_days_and_the_name_of_its_country(history: History) -> None:
    assert history.ask(lambda asked: episodes(asked, EpisodeQuery(group="JNIM"))) == [
        {
            "group": "JNIM", "country": "ML", "country_name": "Mali", "region": "Western Africa", "kind": "first_ever",
            "kind_name": "first",
            "first_day": "2017-10-01", "last_day": "2017-10-03", "begins_by": "2017-10-01", "ends_from": "2017-10-03",
            "by_affiliation": [],
        }
    ]  # fmt: skip


def test_filters_combine_and_a_withdrawn_episode_disappears(history: History) -> None:
    assert found(history) == ["IS Belgium", "JNIM Mali"]
    assert found(history, region="Western Africa") == found(history, region="Sub-Saharan Africa") == ["JNIM Mali"]
    assert found(history, group="IS", country="ML") == found(history, region="Nowhere") == []
    add_evidence(history, change(remove=IN_BELGIUM, arrived=AT))
    assert found(history) == ["JNIM Mali"]
    assert found(history, known_at=instant_text(AT)) == ["IS Belgium", "JNIM Mali"]


def test_spellings_of_a_group_are_one_group(history: History) -> None:
    add_evidence(history, change(evidence(id="3", group="Al-Shabaab")))
    add_evidence(history, change(evidence(id="4", group="al\u2011shab\u0101ab", country="KE")))
    assert found(history, group="AL SHABAAB\u200b") == ["Al-Shabaab Kenya", "Al-Shabaab Mali"]
    assert history.ask(groups_on_record) == ["Al-Shabaab", "IS", "JNIM"]


def test_an_episode_by_affiliation_names_the_factions(history: History) -> None:
    faction = Group(id="Katiba Macina", affiliations=(Affiliation(parent="JNIM"),))
    add_evidence(history, EvidenceChange(arrived=AT, groups=GroupsChange(put=(faction,))))
    add_evidence(history, change(evidence(id="9", group="Katiba Macina", country="BF")))
    rows = history.ask(lambda asked: episodes(asked, EpisodeQuery(country="BF")))
    assert {row["group"]: row["by_affiliation"] for row in rows} == {"JNIM": ["Katiba Macina"], "Katiba Macina": []}


def test_a_registered_group_has_the_name_that_it_had_at_the_time(history: History) -> None:
    group = Group(id="Jama'at Nusrat", names=("JNIM",))
    add_evidence(history, EvidenceChange(arrived=AT, groups=GroupsChange(put=(group,))))
    assert found(history, country="ML") == ["Jama'at Nusrat Mali"]
    assert found(history, country="ML", known_at=instant_text(AT)) == ["JNIM Mali"]


def test_a_parent_that_nobody_wrote_about_has_the_name_that_its_faction_uses(history: History) -> None:
    faction = Group(id="JNIM", affiliations=({"parent": "Al-Qaida"},))
    add_evidence(history, EvidenceChange(arrived=AT, groups=GroupsChange(put=(faction,))))
    assert found(history, country="ML") == ["Al-Qaida Mali", "JNIM Mali"]


def test_pages_follow_one_another_and_a_day_cuts_episodes(history: History) -> None:
    add_evidence(history, change(evidence("2017-10-01", id="5", group="IS", country="FR")))
    [first, second] = history.ask(lambda asked: episodes(asked, EpisodeQuery(limit=2)))
    assert [first["country"], second["country"]] == ["BE", "FR"]
    assert found(history, limit=2, after=episode_key(second)) == ["JNIM Mali"]
    query = EpisodeQuery(country="ML", as_of=date(2017, 10, 2))
    [cut] = history.ask(lambda asked: episodes_of_country(asked, query))
    assert (cut["last_day"], cut["ends_from"]) == ("2017-10-02", "2017-10-02")
    assert found(history, as_of=date(2017, 9, 30)) == []


def test_a_region_counts_its_groups_and_episodes(history: History) -> None:
    add_evidence(history, change(evidence("2015-01-01", id="6")))

    def counts(**query: Any) -> dict[str, tuple[int, int]]:
        return history.ask(lambda asked: counts_by_region(asked, EpisodeQuery(**query)))

    assert counts() == {"Western Africa": (1, 2), "Western Europe": (1, 1)}
    assert counts(group="IS") == {"Western Europe": (1, 1)}
    assert counts(as_of=date(2016, 1, 1)) == {"Western Africa": (1, 1)}
