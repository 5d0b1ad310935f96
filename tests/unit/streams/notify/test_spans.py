"""Spans become blocks that parse nothing, and escaped mrkdwn."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.notify.spans import Span, bullets, joined, line, mrkdwn, rich_text, with_code, words

AT = datetime(2017, 11, 24, 9, 30, tzinfo=UTC)


def test_each_style_has_its_element() -> None:
    spans = line(
        Span("now ", bold=True), Span("old", struck=True), Span("x:y", code=True), Span("Report", url="https://e.org/"),
        Span("24 Nov 2017 09:30 UTC", at=AT), "",
    )  # fmt: skip
    [section] = rich_text([spans, line("<@U1> *b*")])["elements"]
    assert section["elements"] == [
        {"type": "text", "text": "now ", "style": {"bold": True}},
        {"type": "text", "text": "old", "style": {"strike": True}},
        {"type": "text", "text": "x:y", "style": {"code": True}},
        {"type": "link", "url": "https://e.org/", "text": "Report"},
        {
            "type": "date", "timestamp": 1511515800, "format": "{date_short_pretty} at {time}",
            "fallback": "24 Nov 2017 09:30 UTC",
        },
        {"type": "text", "text": "\n"},
        {"type": "text", "text": "<@U1> *b*"},
    ]  # fmt: skip


def test_mrkdwn_escapes_texts_and_keeps_what_one_types() -> None:
    spans = line(Span("a*b ", bold=True), Span("old", struck=True), " & ", Span("digest:daily@08:00 a<b`", code=True))
    assert mrkdwn([spans]) == "*a∗b* ~old~ &amp; `digest:daily@08:00 a&lt;b'`"


def test_code_stands_between_backticks() -> None:
    assert [(span.text, span.code) for span in with_code("Write `a` or `b`.")] == [
        ("Write ", False), ("a", True), (" or ", False), ("b", True), (".", False),
    ]  # fmt: skip


def test_lines_are_joined_without_the_empty_ones() -> None:
    assert words(joined([line("a"), (), line("b")], " · ")) == "a · b"
    assert [item["elements"][0]["text"] for item in bullets([line("a"), line("b")])["elements"]] == ["a", "b"]
