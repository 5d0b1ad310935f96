"""What may stand at the cursor of a filter that is being written."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from places.areas import packaged
from places.polygons import polygon_area
from streams.dispatch.filters.completion import Choice, Completion, complete
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from tests.support.examples import examples
from tests.support.tables import each_row

LAKE = [(13.0, 12.0), (15.0, 12.0), (15.0, 14.0), (13.0, 12.0)]
AREAS = replace(packaged(), polygons={name: polygon_area(name, [[LAKE]]) for name in ("lagoon", "Upper Nile")})
GROUPS = (
    Choice("group", "Islamic State", "also ISIS", ("ISIS", "IS", "Daesh")),
    Choice("group", "JNIM", "", ("GSIM",)),
    Choice("group", "Boko Haram", ""),
)


def texts(text: str, cursor: int | None = None, limit: int = 4) -> list[str]:
    """Return the whole text as each completion makes it."""
    found = complete(text, len(text) if cursor is None else cursor, GROUPS, AREAS, limit)
    return [f"{text[: found.start]}{choice.text}{text[found.end :]}" for choice in found.completions]


@each_row(
    ("text", "first"),
    [
        ("", "group:"),
        ("g", "group:"),
        ("kind:first or ", "kind:first or group:"),
        ("group:isi", 'group:"Islamic State"'),
        ('group:"Isl', 'group:"Islamic State"'),
        ("group:islamic st", 'group:"Islamic State"'),
        ("group:JNIM, da", 'group:JNIM, "Islamic State"'),
        ("group:!d", 'group:!"Islamic State"'),
        ("-jn", "-group:JNIM"),
        ("mali", "country:Mali"),
        ("country:COD", 'country:"DR Congo"'),
        ("country:dr c", 'country:"DR Congo"'),
        ("country:ivory", 'country:"Côte d\'Ivoire"'),
        ("country:!Mali,belg", "country:!Mali,Belgium"),
        ("region:western a", 'region:"Western Africa"'),
        ("in:145", 'in:"Western Asia"'),
        ("in:shael", "in:Sahel"),
        ("within:", 'within:"Upper Nile"'),
        ("within:upp", 'within:"Upper Nile"'),
        ("within:upper n", 'within:"Upper Nile"'),
        ("within:!lgaoon", "within:!lagoon"),
        ("lago", "within:lagoon"),
        ("ne", "near:"),
        ("prov", "province:"),
        ("kind:re", "kind:re-emergence"),
        ("kind:", "kind:first"),
        ("origins>", "origins>=2"),
        ("origins:3", "origins>=3"),
        ("digest:", "digest:daily@08:00"),
        ("group:ISIS in:Sah", "group:ISIS in:Sahel"),
    ],
)
def test_the_best_completion_comes_first(text: str, first: str) -> None:
    assert texts(text)[0] == first


def test_only_the_part_before_the_cursor_is_replaced() -> None:
    assert texts("group:JN in:Sahel", 8) == ["group:JNIM in:Sahel"]


def test_a_value_is_offered_once_in_a_term() -> None:
    assert texts("group:JNIM,") == ['group:JNIM,"Islamic State"', 'group:JNIM,"Boko Haram"']


def test_nothing_is_suggested_for_an_unknown_name() -> None:
    assert texts("group:Xyzzy") == texts("province:Bor") == texts("near:16.2,") == []


def test_a_key_has_no_value_yet() -> None:
    assert complete("ki", 2, GROUPS, AREAS, 1).completions == (
        Completion("kind:", "kind:", "first, re-emergence, returned, spread, first-in-area", "kind", complete=False),
    )


@given(
    st.text(st.sampled_from("groupcuntyi:n,!\"'- \u201c>=<()|é1ORMaliIS\\"), max_size=40) | st.text(max_size=40),
    st.integers(-5, 60),
)
@examples(1)
def test_any_text_gets_an_answer_within_it(text: str, cursor: int) -> None:
    found = complete(text, cursor, GROUPS, AREAS)
    assert 0 <= found.start <= found.end <= len(text)


@given(
    st.sampled_from(
        ["group:", "country:", "in:", "within:", "province:", "near:", "kind:", "origins>=", "-group:", "country:!", ""]
    ),
    st.sampled_from("abcdefgijklmnorstuvwz23"),
)
@examples(1)
def test_a_complete_completion_is_a_valid_filter(head: str, letter: str) -> None:
    text = f"{head}{letter}"
    for choice in (found := complete(text, len(text), GROUPS, AREAS, 50)).completions:
        if choice.complete:
            whole = f"{text[: found.start]}{choice.text}"
            assert isinstance(parse_filter(whole, AREAS), ParsedFilter), whole
