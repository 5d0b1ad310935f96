"""The canonical text of a filter."""

from __future__ import annotations

from places.areas import packaged
from schemas.subscription import Clause, Daily, Subscription
from streams.dispatch.filters.parser import ParsedFilter, parse_filter, rename_groups
from streams.dispatch.filters.printer import format_filter
from tests.support.tables import each_row

AREAS = packaged()


def parsed(text: str) -> Subscription:
    result = parse_filter(text, AREAS)
    assert isinstance(result, ParsedFilter), result
    return result.subscription


def test_a_complete_filter_prints_as_it_was_written() -> None:
    text = (
        'group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2'
        " OR group:JNIM digest:daily@08:00 Europe/Brussels"
    )

    assert parsed(text) == Subscription(
        clauses=(
            Clause(
                groups=("IS",),
                not_countries=("SY", "IQ"),
                regions=("Western Africa",),
                kinds=("first_ever", "re_emergence"),
                least_origins=2,
            ),
            Clause(groups=("JNIM",)),
        ),
        daily=Daily(at="08:00", zone="Europe/Brussels"),
    )
    assert format_filter(parsed(text)) == text


def test_an_empty_filter_prints_as_an_empty_text_but_an_empty_clause_does_not() -> None:
    assert format_filter(Subscription()) == ""
    assert format_filter(Subscription(clauses=(Clause(groups=("IS",)), Clause()))) == (
        "group:IS OR kind:first,re-emergence,spread"
    )


def test_groups_are_renamed_in_every_clause() -> None:
    subscription = parsed("group:ISSI,Zzz,isis OR group:!ISSI in:Sahel digest:daily@08:00")

    assert format_filter(rename_groups(subscription, {"ISSI": "ISIS"})) == (
        "group:ISIS,Zzz OR group:!ISIS in:Sahel digest:daily@08:00 UTC"
    )


@each_row(
    ("text", "canonical"),
    [
        ("in:africa", "in:Africa"),
        ("-in:Africa", "in:!Africa"),
        ("in:Europe,Asia,Americas,Oceania", "in:Europe,Asia,Americas,Oceania"),
        ('in:"sub-saharan africa",!Sahel', 'in:"Sub-Saharan Africa",!Sahel'),
        ('in:"North America","Northern America"', 'in:"North America","Northern America"'),
        ('in:"Horn of Africa",Caucasus', 'in:"Horn of Africa",Caucasus'),
        ('in:"West Africa","Western Africa"', 'in:"Western Africa"'),
        ("in:002", "in:Africa"),
    ],
)
def test_regions_of_every_level_may_have_any_of_their_names(text: str, canonical: str) -> None:
    subscription = parsed(text)

    assert format_filter(subscription) == canonical
