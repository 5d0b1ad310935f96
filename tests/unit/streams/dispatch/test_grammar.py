"""Filters as people write them: what they mean, and what is said to a mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from places.areas import packaged
from schemas.subscription import Clause, Daily, Mute, Subscription
from streams.dispatch.grammar import LONGEST, Mistake, Parsed, parse, told, written
from streams.dispatch.muting import parse_mute

AREAS = packaged()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def meant(text: str) -> Subscription:
    parsed = parse(text, AREAS)
    assert isinstance(parsed, Parsed), parsed
    return parsed.subscription


def mistaken(text: str) -> Mistake:
    parsed = parse(text, AREAS)
    assert isinstance(parsed, Mistake), parsed
    return parsed


def test_everything_at_once() -> None:
    text = (
        'group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2 '
        "digest:daily@08:00 Europe/Brussels"
    )
    assert meant(text) == Subscription(
        clauses=(
            Clause(
                groups=("IS",), not_countries=("SY", "IQ"), regions=("Western Africa",),
                kinds=("first_ever", "re_emergence"), least_origins=2,
            ),
        ),
        daily=Daily(at="08:00", zone="Europe/Brussels"),
    )  # fmt: skip
    assert written(meant(text)) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("", "kind:first,re-emergence,spread"),
        ("country:Belgique,Congo-Kinshasa", "country:BE,CD"),
        ("in:sahel,WESTERN\u00a0AFRICA", "in:Sahel,\u201cwestern africa\u201d"),
        ("-group:IS", "group:!IS"),
        ("NOT country:SY,IQ", "country:!SY,!IQ"),
        ("group:IS AND country:ML", "country:Mali group:IS"),
        ("origins>1", "origins>=2"),
        ("kind:!spread", "kind:first,back"),
        ("kind:all", "kind:spread,returned,re_emergence,first"),
        ("digest:daily@08:00 group:IS", "group:IS digest:daily@08:00 UTC"),
        ("group:is,IS", "group:is"),
        ('region:"Western Africa"', 'in:"Western Africa"'),
    ],
)
def test_two_ways_to_write_the_same(text: str, same: str) -> None:
    if "\u00a0" in text:
        text = text.replace("WESTERN\u00a0AFRICA", '"WESTERN AFRICA"')
    assert meant(text) == meant(same)


def test_or_stands_between_clauses() -> None:
    assert meant("group:IS in:Sahel OR country:Belgium").clauses == (
        Clause(groups=("IS",), regions=("Sahel",)),
        Clause(countries=("BE",)),
    )


def test_a_group_may_be_asked_for_before_it_was_seen_and_the_nearest_is_named() -> None:
    parsed = parse("group:Boko-Haram,IS", AREAS, ["Boko Haram", "IS"])
    assert isinstance(parsed, Parsed)
    assert parsed.remarks == ("No group is known as Boko-Haram yet. Perhaps you mean Boko Haram.",)


@pytest.mark.parametrize(
    ("text", "what", "nearest"),
    [
        ("country:Burkina Faso", "Faso", 'country:"Burkina Faso"'),
        ("country:Sierra Leone origins>=2", "Sierra", 'country:"Sierra Leone" origins>=2'),
        ("group:Boko Haram", "Haram", 'group:"Boko Haram"'),
        ("in:Western Africa kind:spread", "Western", 'in:"Western Africa" kind:spread'),
        ("Niger", "Niger", "country:Niger"),
        ("ISWAP in Niger", "ISWAP", "group:ISWAP country:Niger"),
        ("JNIM", "JNIM", "group:JNIM"),
        ("contry:Mali", "contry:", "country:Mali"),
        ("country:Nigr,Mali", "Nigr", "country:Niger,Mali"),
        ("in:Sahl", "Sahl", "in:Sahel"),
        ("in:Niger", "Niger", "country:Niger"),
        ("country:Sahel", "Sahel", "in:Sahel"),
        ("kind:frist", "frist", "kind:first"),
        ("country:ML country:NE", "country:NE", "country:ML,NE"),
        ("group:IS OR", "OR", "group:IS"),
        ("group:IS OR country:BE digest:daily@8:00", "digest:daily@8:00", "group:IS OR country:BE digest:daily@08:00"),
        ("digest:daily@08:00 Europe/Brusels", "Europe/Brusels", "digest:daily@08:00 Europe/Brussels"),
        ("origins>=0", "origins>=0", ""),
        ("country:", "country:", ""),
        ("contry:Nigr", "contry:", "country:Niger"),
    ],
)
def test_a_mistake_names_the_part_and_the_nearest_form(text: str, what: str, nearest: str) -> None:
    mistake = mistaken(text)
    assert (mistake.what, mistake.nearest) == (what, nearest)
    assert what in told(mistake)


def test_what_nobody_can_read_is_refused() -> None:
    assert "2,000" in mistaken("group:" + "x" * LONGEST).why


@pytest.mark.parametrize(
    ("text", "mute"),
    [
        ("ISWAP 7d", Mute(group="ISWAP", until=NOW + timedelta(7))),
        ("Niger", Mute(country="NE", until=NOW + timedelta(7))),
        ('group:"Boko Haram" country:NE 12h', Mute(group="Boko Haram", country="NE", until=NOW + timedelta(hours=12))),
        ("all 2w", Mute(until=NOW + timedelta(14))),
    ],
)
def test_a_mute_has_an_end(text: str, mute: Mute) -> None:
    assert parse_mute(text, NOW) == mute


@pytest.mark.parametrize("text", ["", "7d", "all 0h", "all 9999d", "country:Nowhere 1d", "a b c 1d"])
def test_a_mute_that_says_too_little_or_too_much_is_a_mistake(text: str) -> None:
    assert isinstance(parse_mute(text, NOW), Mistake)
