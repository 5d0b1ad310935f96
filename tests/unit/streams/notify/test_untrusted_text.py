"""Untrusted text is inert, within its limit, and linked only if that is safe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.notify.untrusted_text import LONGEST_LINK, address, clean, escape, link, plain, site
from tests.support.tables import each_row


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_the_three_special_characters_of_slack_are_escaped_once() -> None:
    assert escape("a & b < c > d &amp;", 100) == "a &amp; b &lt; c &gt; d &amp;amp;"


@each_row("mark", list("*_~`@#"))
def test_a_character_that_formats_or_mentions_is_replaced(mark: str) -> None:
    assert mark not in escape(f"{mark}word{mark}", 100)


def test_emoji_codes_stay_words_and_times_stay_times() -> None:
    assert ":smile:" not in escape("so :smile: and :+1:", 100)
    assert escape("at 12:30, he said: go", 100) == "at 12:30, he said: go"


def test_a_text_cannot_open_a_quotation() -> None:
    assert not escape(">>> quoted", 100).startswith("&gt;")


@each_row("hidden", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\u00ad", "\U000e0041", "\u3164", "\ufe0f"])  # fmt: skip
def test_invisible_characters_are_removed(hidden: str) -> None:
    assert clean(f"pay{hidden}pal") == "paypal"


def test_line_breaks_and_controls_become_one_space() -> None:
    assert clean("a\r\n\tb\u2028\u2029c\x1b[31m\x00d") == "a b c [31m d"


def test_letters_of_any_script_stay() -> None:
    assert clean("تنظيم الدولة · Şalāḩ ad Dīn · 上海 · é") == "تنظيم الدولة · Şalāḩ ad Dīn · 上海 · é"


@given(st.text(), st.integers(1, 60))
def test_no_text_is_longer_than_its_limit_or_ends_within_an_escape(text: str, limit: int) -> None:
    escaped = escape(text, limit)
    assert units(escaped) <= limit
    assert units(plain(text, limit)) <= limit
    assert "&" not in escaped.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


def test_a_cut_text_ends_with_an_ellipsis() -> None:
    assert escape("<" * 10, 9) == "&lt;&lt;…"
    assert plain("😀" * 3, 5) == "😀😀…"
    assert plain("exact", 5) == "exact"


@each_row(
    ("written", "linked"),
    [
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("http://example.org:8080/?q=é&x=<y>|z", "http://example.org:8080/?q=%C3%A9&x=%3Cy%3E%7Cz"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://EXAMPLE.org/%7Ea", "https://example.org/%7Ea"),
    ],
)
def test_an_address_becomes_ascii_with_the_same_meaning(written: str, linked: str) -> None:
    assert address(written) == linked


@each_row(
    "written",
    [
        "javascript:alert(1)", "ftp://example.org/", "//example.org/", "example.org", "https://", "https://localhost/",
        "https://bank.example@evil.example/", "https://example.org:99999/", "https://exa\u200bmple.org/",
        "https://example.org\\@evil.example/", "https://[::1/", "https://a..b/", " https://example.org/",
    ],
)  # fmt: skip
def test_an_unsafe_address_is_not_linked(written: str) -> None:
    assert address(written) is None
    assert site(written) is None
    assert link(written, "label") is None


def test_a_link_is_escaped_and_within_its_limit() -> None:
    assert link("https://example.org/?a=1&b=2", "Report") == "<https://example.org/?a=1&amp;b=2|Report>"
    assert link("https://example.org/?" + "&" * LONGEST_LINK, "Report") is None


def test_the_site_is_the_real_host_of_a_link() -> None:
    assert site("https://bbc.co.uk.evil.example/bbc.co.uk") == "bbc.co.uk.evil.example"
    assert site("https://аррӏе.example/") == "xn--80ak6aa92e.example"
