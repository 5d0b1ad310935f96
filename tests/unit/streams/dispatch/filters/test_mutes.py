"""Mutes: their scope, their end, and corrections of invalid ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from places.areas import Areas, packaged
from schemas.subscription import Mute
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.mutes import find_mutes, format_mute, name_of_mute, parse_mute
from tests.support.tables import each_row

AREAS = packaged()
NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)


@each_row(
    ("text", "group", "country", "hours"),
    [
        ("ISWAP 7d", "ISWAP", None, 168),
        ("ISWAP", "ISWAP", None, 168),
        ("3h ISWAP", "ISWAP", None, 3),
        ("IS 7d", "IS", None, 168),
        ("country:Niger 7d", None, "NE", 168),
        ("Niger 2W", None, "NE", 336),
        ("Burkina Faso 1d", None, "BF", 24),
        ('group:"Boko Haram" country:NE 12h', "Boko Haram", "NE", 12),
        ("group:IS AND country:NE", "IS", "NE", 168),
        ("\u201cBoko Haram\u201d 365d", "Boko Haram", None, 8760),
        ("all 1d", None, None, 24),
    ],
)
def test_a_mute(text: str, group: str | None, country: str | None, hours: int) -> None:
    mute = parse_mute(text, NOW, AREAS)
    assert mute == Mute(group=group, country=country, until=NOW + timedelta(hours=hours))
    assert parse_mute(f"{format_mute(mute)} {hours}h", NOW, AREAS) == mute


@each_row(
    ("text", "part", "nearest"),
    [
        ("", '""', None),
        ("7d", "7d", None),
        ("ML 7d", "ML", "country:ML 7d"),
        ("Boko Haram 3w", "Boko Haram", 'group:"Boko Haram" 3w'),
        ("ISWAP in Niger 7d", "ISWAP", "group:ISWAP country:Niger 7d"),
        ("400d ISWAP", "400d", "365d ISWAP"),
        ("ISWAP 0h", "0h", "ISWAP 1h"),
        ("ISWAP 30m", "30m", None),
        ("ISWAP 7d 8d", "8d", "ISWAP 7d"),
        ("all group:x", "all", "group:x"),
        ("group:a,b 7d", "group:a,b", "group:a 7d"),
        ("group:a group:b", "group:b", "group:a"),
        ("country:!NE", "country:!NE", None),
        ("Sahel 7d", "Sahel", None),
        ("in:Niger", "Niger", "country:Niger"),
        ("in:Sahel", "in:Sahel", None),
        ("spread", "spread", None),
        ("group:x kind:first", "kind:first", None),
        ("contry:ML 7d", "contry:ML", "country:ML 7d"),
        ("-ISWAP", "ISWAP", None),
    ],
)
def test_a_corrected_mute_never_covers_more_than_was_asked_for(text: str, part: str, nearest: str | None) -> None:
    error = parse_mute(text, NOW, AREAS)

    assert isinstance(error, FilterError)
    assert (error.part, error.nearest) == (part, nearest)


def test_hints_use_the_areas_of_the_operator() -> None:
    areas = Areas(1, {"Karst": frozenset({"SI"})})

    assert parse_mute("Karst", NOW, AREAS) == Mute(group="Karst", until=NOW + timedelta(days=7))
    assert isinstance(parse_mute("Karst", NOW, areas), FilterError)


def test_the_name_of_a_mute_finds_it_alone() -> None:
    everything, jnim = (Mute(group=group, until=NOW + timedelta(1)) for group in (None, "JNIM"))
    for mutes in ((everything,), (jnim,), (jnim, everything), (everything, jnim)):
        for mute in mutes:
            assert find_mutes(mutes, name_of_mute(mute, mutes), NOW, AREAS) == (mute,)
