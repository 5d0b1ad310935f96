from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from firstseen.follow.batch import Feed
from firstseen.follow.document import Document
from firstseen.follow.poll import Tally, total
from firstseen.follow.status_lines import failure_line, poll_lines, start_line, status_lines
from firstseen.importers.jsonl import import_jsonl
from schemas.feed import MAX_REASONS, FeedProgress, SkippedRows
from schemas.limit_checks import limit_errors
from streams.health import late_feed

AT = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)
FEED = Feed(
    "gdelt", "http://gdelt.example/lastupdate.txt", import_jsonl, timedelta(minutes=15), changes=False,
    batches=Document("", None).batches,
)  # fmt: skip


def test_a_poll_is_one_line_with_the_reasons_for_left_out_rows() -> None:
    tally = Tally(rows=412, sent=3, left_out=Counter({"neither actor is a known armed group": 380, "no place": 29}))
    [line] = poll_lines(FEED, AT, tally)
    assert line == (
        "gdelt: 2026-11-29 09:15 UTC: 412 rows, 3 sent, 0 revised, 409 left out "
        "(neither actor is a known armed group 380, no place 29)"
    )


def test_a_poll_without_news_reports_what_it_skipped() -> None:
    assert poll_lines(FEED, AT, Tally()) == ["gdelt: 2026-11-29 09:15 UTC: nothing new"]
    skipped = Tally(skipped=Counter({"files older than 1d": 1_200}))
    assert poll_lines(FEED, AT, skipped) == [
        "gdelt: 2026-11-29 09:15 UTC: nothing new; skipped 1,200 files older than 1d"
    ]


def test_all_counts_of_a_poll_are_reported() -> None:
    reasons = Counter(dict.fromkeys("abcdef", 1))
    tally = Tally(
        rows=9, sent=1, revised=1, withdrawn=2, unchanged=1, left_out=reasons, examples=["line 3: bad_days: x"]
    )
    line, example = poll_lines(FEED, AT, tally)
    assert line == (
        "gdelt: 2026-11-29 09:15 UTC: 9 rows, 1 sent, 1 revised, 2 withdrawn, 1 unchanged, 6 left out "
        "(a 1, b 1, c 1, d 1, ...)"
    )
    assert example == "  rejected: line 3: bad_days: x"


def test_the_first_line_says_what_is_read_and_from_where() -> None:
    new = FeedProgress(feed="gdelt")
    assert start_line(FEED, new, None) == (
        "gdelt: reads http://gdelt.example/lastupdate.txt every 15m; not read before"
    )
    known = FeedProgress(feed="gdelt", cursor="20261129091500", succeeded_at=AT)
    assert start_line(FEED, known, AT + timedelta(minutes=15)).endswith(
        "; continues after 20261129091500 from the poll of 2026-11-29 09:15 UTC; next poll 2026-11-29 09:30 UTC"
    )


def test_a_failure_says_why_and_when_it_is_retried() -> None:
    assert failure_line(FEED, AT, "answered 503", 7.4).endswith(": answered 503. Retry in 7 s")
    assert failure_line(FEED, AT, "answered 503.", 3600).endswith(": answered 503. Retry in 60 min")


def test_the_query_of_an_address_is_never_shown() -> None:
    feed = replace(FEED, name="https://desk.example/a.csv?key=hunter2", address="https://desk.example/a.csv")
    progress = FeedProgress(feed=feed.name)
    output = [
        start_line(feed, progress, None), *poll_lines(feed, AT, Tally()), failure_line(feed, AT, "x", 1),
        *status_lines(progress), str(late_feed(progress.replace(error="x"), AT)),
    ]  # fmt: skip
    assert not [line for line in output if "hunter2" in line]
    assert output[1].startswith("https://desk.example/a.csv?...: ")


def test_the_status_says_when_a_feed_last_succeeded_and_what_it_left_out() -> None:
    never = FeedProgress(feed="acled", tried_at=AT, error="answered 401")
    assert status_lines(never)[:2] == ["acled: last success never", "  failed 2026-11-29 09:15 UTC: answered 401"]
    known = FeedProgress(
        feed="gdelt", succeeded_at=AT, cursor="20261129091500", sent=3, left_out=(SkippedRows(why="no place", rows=29),)
    )
    assert status_lines(known) == [
        "gdelt: last success 2026-11-29 09:15 UTC, read up to 20261129091500",
        "  3 sent, 0 revised, 0 withdrawn",
        "      29 left out: no place",
    ]


def test_reasons_are_summed_and_the_rarest_share_one_row() -> None:
    first = total((), Counter({"no place": 2, "no group": 5}))
    assert total(first, Counter({"no place": 4})) == (
        SkippedRows(why="no place", rows=6), SkippedRows(why="no group", rows=5),
    )  # fmt: skip
    rows = first
    for number in range(3 * MAX_REASONS):
        rows = total(rows, Counter({f"reason {number}": 1}))
    assert (len(rows), sum(row.rows for row in rows)) == (MAX_REASONS, 7 + 3 * MAX_REASONS)
    assert rows[-1].why == "all other reasons"
    assert not list(limit_errors(FeedProgress(feed="x", left_out=total((), Counter({"long " * 100: 1})))))
