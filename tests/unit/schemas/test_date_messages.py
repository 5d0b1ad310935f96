"""Explanations for dates in other formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.date_messages import ISO_FORMS, explain_days, explain_instant
from schemas.days import parse_days
from tests.support.tables import each_row

ISO = {
    "20/11/2026": "2026-11-20", "11/20/2026": "2026-11-20", "20.11.2026": "2026-11-20", "20-11-2026": "2026-11-20",
    "20 11 2026": "2026-11-20", "2026/11/20": "2026-11-20", "2026.11.20": "2026-11-20", "2026-11-2": "2026-11-02",
    "05/05/2026": "2026-05-05", "2026-20-11": "2026-11-20", "20261120": "2026-11-20", "20261120T120000Z": "2026-11-20",
    "20 Nov 2026": "2026-11-20", "Nov 20, 2026": "2026-11-20", "20. November 2026": "2026-11-20",
    "20-Nov-26": "2026-11-20", "Friday, 20th of November 2026": "2026-11-20", "20 novembre 2026": "2026-11-20",
    "1 août 2026": "2026-08-01", "3 enero 2026": "2026-01-03", "Sept. 2026": "2026-09", "November 2026": "2026-11",
    "11/2026": "2026-11", "2026/11": "2026-11", "2026.11": "2026-11", "2026-1": "2026-01",
    "20/11/2026 14:30": "2026-11-20", "11/20/2026 2:30 PM": "2026-11-20", "31/10/17": "2017-10-31",
    "2026-11-20 to 2026-11-25": "2026-11-20/2026-11-25", "20.11.2026 - 25.11.2026": "2026-11-20/2026-11-25",
    "20/11/2026-25/11/2026": "2026-11-20/2026-11-25", "20/11/2026 \u2013 25/11/2026": "2026-11-20/2026-11-25",
    "20/11/2026/25/11/2026": "2026-11-20/2026-11-25", "20-25 Nov 2026": "2026-11-20/2026-11-25",
    "Nov 20-25, 2026": "2026-11-20/2026-11-25", "2026-11-20-25": "2026-11-20/2026-11-25",
    "05/06/2026 - 20/06/2026": "2026-06-05/2026-06-20", "05/20/2026 - 06/02/2026": "2026-05-20/2026-06-02",
    "between 2026-11-20 and 2026-11-25": "2026-11-20/2026-11-25", "2026-11-20..2026-11-25": "2026-11-20/2026-11-25",
    "2026-11-20, 2026-11-21": "2026-11-20/2026-11-21", "2017-2018": "2017/2018", "2017/18": "2017/2018",
    "2006-07/08": "2006-07/2006-08", "1979-01-15/30": "1979-01-15/1979-01-30", "2026-11-20/11-25": "2026-11-20/2026-11-25",
    "20261120/20261125": "2026-11-20/2026-11-25",
    "2026-W47": "2026-11-16/2026-11-22", "2026-W47-5": "2026-11-20", "2026W475": "2026-11-20", "2026-324": "2026-11-20",
    "2017-10-XX": "2017-10", "2017-10-00": "2017-10", "2017-??": "2017", "~2017": "2017", "2017-10?": "2017-10",
    "c. 2017": "2017", "44500": "2021-10-31", "1509451200": "2017-10-31T12:00Z", "1509451200000": "2017-10-31T12:00Z",
    "2017-10-31T25:00": "2017-10-31", "2017-10-31 5pm": "2017-10-31", "2017-10-31Z": "2017-10-31",
    "2017-10-31T12:00+25:00": "2017-10-31", "2017-10-28/..": "2017-10-28", "/2017": "2017",
    "\uff12\uff10\uff11\uff17": "2017", "\u0662\u0660\u0661\u0667-\u0661\u0660-\u0663\u0661": "2017-10-31",
    "2017\u201110\u201131": "2017-10-31",
    "mardi 31 octobre 2017": "2017-10-31", "martes 5 de mayo de 2026": "2026-05-05", "31 ottobre 2017": "2017-10-31",
    "5 maart 2017": "2017-03-05", "31 Ekim 2017": "2017-10-31", "31 октября 2017 г.": "2017-10-31",
    "31 жовтня 2017": "2017-10-31", "31 أكتوبر 2017": "2017-10-31", "٣١ أكتوبر ٢٠١٧": "2017-10-31",
    "2017年10月31日": "2017-10-31", "2017年10月": "2017-10", "2017년 10월 31일": "2017-10-31",
    "Tue Oct 31 12:00:00 2017": "2017-10-31", "Tue Oct 31 12:00:00 +0000 2017": "2017-10-31",
    "October 31, 2017 at 2:30 PM": "2017-10-31", "31.10.2017, 14:30 Uhr": "2017-10-31",
    "2017-10-31//2017-11-02": "2017-10-31/2017-11-02",
}  # fmt: skip


@each_row(("text", "meant"), ISO.items(), ids=ISO.keys())
def test_a_date_in_another_format_is_explained_with_its_iso_format(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match="write") as rejected:
        parse_days(text)

    message = str(rejected.value)
    assert meant in message.replace(",", " ").split(), message
    parse_days(meant)


@each_row(
    ("text", "first", "second"),
    [
        ("05/06/2026", "2026-06-05", "2026-05-06"),
        ("5.6.2026", "2026-06-05", "2026-05-06"),
        ("17-10-31", "2031-10-17", "2017-10-31"),
        ("05/06/2026 - 07/06/2026", "2026-06-05/2026-06-07", "2026-05-06/2026-07-06"),
        ("05/06/2026 to 06/06/2026", "2026-06-05/2026-06-06", "2026-05-06/2026-06-06"),
    ],
)
def test_an_ambiguous_date_is_explained_with_both_readings(text: str, first: str, second: str) -> None:
    message = explain_days(text)

    assert f"may mean {first} or {second}: write the intended one" in message


@each_row(
    ("text", "why"),
    [
        ("2026-02-30", "February 2026 has 28 days"),
        ("2024-02-30", "February 2024 has 29 days"),
        ("2026-11-31", "November 2026 has 30 days"),
        ("2026-13", "a year has 12 months"),
        ("2026-366", "2026 has 365 days"),
        ("2026-W60", "2026 has no week 60"),
        ("0000-01-01", "the first year is 0001"),
        ("31/02/2026", "is not a day in any order of day and month"),
        ("20 Nov", "has no year"),
        ("31 April 2017", "April 2017 has 30 days"),
        ("Feb 29, 2017", "February 2017 has 28 days"),
        ("2017-10-31/02", "would be before its first day"),
        ("2017-12/01", "would be before its first day"),
        ("2017-12-28/01-03", "would be before its first day"),
        ("2017-10-31/2017-11-02/2017-11-05", "more than two ends"),
        ("1509451200000", "Unix time in milliseconds"),
        ("2026-11-25 to 2026-11-20", "ends before it begins"),
        ("2017-10-31/P3D", "write the last day, as in 2017-10-31/2017-11-02"),
    ],
)
def test_a_date_that_does_not_exist_is_explained(text: str, why: str) -> None:
    assert why in explain_days(text)


@each_row(
    "text",
    [
        "before October 2017", "after 31 Oct 2017", "until 5 May 2017", "since October 2017", "not 5 May 2017",
        "2nd week of October 2017", "week of 30 October 2017", "mid-October 2017", "late May 2017", "avant mai 2017",
        "Second of May 2017", "desde octubre 2017", "10 days after May 2017", "31 {x} Oct 2017", "Marie 5 2017",
    ],
)  # fmt: skip
def test_a_word_that_may_change_the_meaning_makes_no_date(text: str) -> None:
    assert explain_days(text) == f"{text!r} is not a day: {ISO_FORMS}"


@each_row("text", ["2017-10", "2017", "2017-10-01/2017-10-05", "20/11/2026 to 25/11/2026", "Nov 2026", "soon"])
def test_no_month_or_interval_is_suggested_for_a_time(text: str) -> None:
    assert explain_instant(text) == f"{text!r} is not a time: write 2017-10-31T12:00Z, or 2017-10-31"


@given(st.text(st.sampled_from("0123456789/-.:TZWP+ {}NovabcX?~,\u0661\u2013"), max_size=24) | st.text(max_size=80))
def test_any_text_has_one_explanation_of_bounded_length(text: str) -> None:
    for message in (explain_days(text), explain_instant(text)):
        assert message
        assert len(message) < 300
    if (message := explain_days(text)).endswith(ISO_FORMS):
        return
    assert (
        "write" in message
        or "exist" in message
        or "not a day" in message
        or "before it" in message
        or "no year" in message
    )
