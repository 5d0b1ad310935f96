"""The page reads a filter as the server writes it. Its script runs in Node, once for all examples."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from places.areas import packaged
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.filters.tokens import quote
from tests.support.npm import NODE

SCRIPT = Path(__file__).parents[4] / "web" / "page" / "filter.js"
NAMES = {"ML": "Mali", "NE": "Niger", "BE": "Belgium"}


def node(expressions: list[str]) -> list[Any]:
    """Return the values of JavaScript expressions about the module ``f``."""
    values = ", ".join(expressions)
    program = (
        f"import * as f from {json.dumps(SCRIPT.as_uri())}; const names = {json.dumps(NAMES)};"
        f"process.stdout.write(JSON.stringify([{values}]));"
    )
    ran = subprocess.run([NODE, "--input-type=module", "--eval", program], capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(ran.stdout)
    return answers


def canonical(text: str) -> str:
    parsed = parse_filter(text, packaged())
    assert not isinstance(parsed, FilterError)
    return format_filter(parsed.subscription)


def test_the_page_reads_every_filter_of_the_server_and_writes_it_back() -> None:
    filters = [
        canonical(text)
        for text in (
            "group:ISIS,JNIM in:Sahel country:!Mali kind:first origins>=2",
            'near:16.27,-0.04,200km,1,2,3km province:Borno,"Lac (Chad)"',
            'group:"a \\"b\\", c" OR -country:Belgium,Niger',
            'group:!ISIS OR kind:all OR in:"Western Africa"',
            'group:"Ansar (Libya)","أنصار","M23/ARC"',
        )
    ]  # fmt: skip
    rewritten = node([f"f.withValue({json.dumps(text)}, 'none', '')" for text in filters])
    assert rewritten == filters


def test_the_page_quotes_as_the_server_does() -> None:
    names = ["ISIS", "Islamic State", "Al-Shabaab", "M 23", "a,b", 'the "Front"', "Да'иш", "-x", "أنصار", "back\\slash"]
    assert node([f"f.quoted({json.dumps(name)})" for name in names]) == [quote(name) for name in names]


def test_chips_name_each_term() -> None:
    text = canonical(
        'group:"Islamic State",!ISIS country:!Mali,!Niger origins>=2 OR kind:first in:!Sahel near:16.27,-0.04,200km'
    )
    [clauses] = node([f"f.parse({json.dumps(text)}).map(terms => terms.map(term => f.termWords(term, c => names[c])))"])
    assert clauses == [
        ["Group: Islamic State and not ISIS", "Country: not Mali and not Niger", "Origins: at least 2"],
        ["In: not Sahel", "Near: 16.27, -0.04, 200km", "Kind: first"],
    ]


def test_a_key_that_is_a_word_of_javascript_is_a_word() -> None:
    text = "-constructor:x toString:y"
    assert node([f"f.parse({json.dumps(text)})[0].map(term => f.termWords(term, c => names[c]))"]) == [
        ["Not constructor: x", "toString:y"]
    ]


def test_parts_of_a_filter_are_replaced_and_removed() -> None:
    assert node([
        "f.withValue('group:ISIS kind:first', 'country', 'BE')",
        "f.withValue('group:ISIS country:ML OR in:Sahel', 'country', 'BE')",
        "f.withValue('group:ISIS country:ML', 'country', '')",
        "f.withoutTerm('group:ISIS OR in:Sahel kind:first', 1, 0)",
        "f.withoutTerm('group:ISIS OR in:Sahel', 0, 0)",
        "f.withKinds('', 'kind:all')",
        "f.withKinds('group:ISIS OR kind:first', 'kind:all')",
    ]) == [
        "group:ISIS country:BE kind:first",
        "group:ISIS country:BE OR country:BE in:Sahel",
        "group:ISIS",
        "group:ISIS OR kind:first",
        "in:Sahel",
        "kind:all",
        "group:ISIS kind:all OR kind:first",
    ]  # fmt: skip


def test_only_one_wanted_value_selects_a_group_or_a_country() -> None:
    filters = ["country:BE", "group:ISIS country:BE", "country:BE,ML", "country:!BE", "country:BE OR group:ISIS", ""]
    assert node([f"f.onlyValue({json.dumps(text)}, 'country')" for text in filters]) == ["BE", "BE", "", "", "", ""]
    areas = ["in:Sahel", "country:BE OR in:Sahel", "in:!Sahel", "group:ISIS", "in:Sahel OR group:ISIS", "near:1,2,3km"]
    assert node([f"f.namesArea({json.dumps(text)})" for text in areas]) == [True, True, False, False, False, True]


def test_positions_of_the_server_count_characters() -> None:
    assert node(["f.unitsOf('𐌀 in:x', 5)", "f.charactersOf('𐌀 in:x', 6)"]) == [6, 5]
