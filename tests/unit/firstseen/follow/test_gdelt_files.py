from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from firstseen.follow.gdelt_files import FIRST_FILE, Newest, name_of, parse_lastupdate, to_catch_up, unpack
from tests.support.tables import each_row

MD5 = "0123456789ABCDEF0123456789abcdef"
LASTUPDATE = (
    f"61234 {MD5} http://data.gdeltproject.org/gdeltv2/20261129091500.export.CSV.zip\n"
    f"99999 {MD5} http://data.gdeltproject.org/gdeltv2/20261129091500.mentions.CSV.zip\n"
    f"7777777 {MD5} http://data.gdeltproject.org/gdeltv2/20261129091500.gkg.csv.zip\n"
)
NEWEST = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def zipped(*tables: bytes, name: str = "20261129091500.export.CSV") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, table in enumerate(tables):
            archive.writestr(f"{number}{name}", table)
    return file.getvalue()


def test_the_newest_file_of_events_is_found_anywhere_in_the_list() -> None:
    assert parse_lastupdate(LASTUPDATE) == Newest(NEWEST, MD5.lower())
    assert parse_lastupdate("\n".join(reversed(LASTUPDATE.splitlines()))) == Newest(NEWEST, MD5.lower())
    assert parse_lastupdate(LASTUPDATE.replace("\n", "\r\n")).at == NEWEST


@each_row(
    "text",
    ["", "<html>Service Unavailable</html>", LASTUPDATE.replace(".export.", ".other."), LASTUPDATE[:60],
     LASTUPDATE.replace("20261129091500", "20261399091500")],
)  # fmt: skip
def test_a_list_without_a_file_of_events_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_lastupdate(text)


def test_each_quarter_of_an_hour_since_the_last_is_read_in_order() -> None:
    todo = to_catch_up("20261129083000", NEWEST, DAY)
    assert [name_of(at) for at in todo.files] == [
        "20261129084500.export.CSV.zip", "20261129090000.export.CSV.zip", "20261129091500.export.CSV.zip",
    ]  # fmt: skip
    assert todo.skipped == 0


def test_nothing_is_read_when_the_newest_file_was_read_or_the_list_is_older() -> None:
    assert to_catch_up("20261129091500", NEWEST, DAY).files == ()
    assert to_catch_up("20261129093000", NEWEST, DAY) == to_catch_up("20261129091500", NEWEST, DAY)


def test_the_first_poll_reads_the_allowed_period_and_at_least_the_newest_file() -> None:
    assert len(to_catch_up(None, NEWEST, DAY).files) == 96
    assert to_catch_up(None, NEWEST, DAY).files[0] == NEWEST - DAY + timedelta(minutes=15)
    assert to_catch_up(None, NEWEST, timedelta()).files == (NEWEST,)
    assert to_catch_up(None, NEWEST, DAY).skipped == 0


def test_files_older_than_the_allowed_period_are_counted_as_skipped() -> None:
    todo = to_catch_up("20261127091500", NEWEST, DAY)
    assert (len(todo.files), todo.skipped) == (96, 96)
    assert todo.files[-1] == NEWEST


def test_no_file_is_read_from_before_the_first_one() -> None:
    assert to_catch_up(None, NEWEST, timedelta(days=36_500)).files[0] == FIRST_FILE + timedelta(minutes=15)
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    assert to_catch_up(None, long_ago, DAY).files == (long_ago,)


def test_a_cursor_of_another_feed_is_an_error() -> None:
    with pytest.raises(ValueError):
        to_catch_up("26.0.10", NEWEST, DAY)


def test_a_complete_archive_has_the_lines_of_its_table() -> None:
    body = zipped(b"1\ta\rb\n2\tc\n3")
    assert unpack(body, hashlib.md5(body).hexdigest()) == b"1\ta\rb\n2\tc\n3"
    assert unpack(body, None) == unpack(body, hashlib.md5(body).hexdigest())


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_may_be_damaged_in_each_method_of_compression(method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("x.CSV", b"something happened\n" * 300)
    body = file.getvalue()
    for at in range(len(body)):
        with suppress(ValueError):
            unpack(body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :], None)


def test_every_lost_or_changed_byte_of_an_archive_is_detected() -> None:
    body = zipped(b"".join(b"%d\tsomething happened\n" % n for n in range(300)))
    whole = unpack(body, None)
    for cut in range(0, len(body), 7):
        with pytest.raises(ValueError):
            unpack(body[:cut], None)
    for at in range(60, len(body) - 200, 11):  # within the compressed table
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        try:
            assert unpack(changed, None) == whole
        except ValueError:
            continue


@each_row(
    ("body", "md5", "why"),
    [
        (zipped(b"1\n"), "0" * 32, "MD5"),
        (zipped(), None, "0 files"),
        (zipped(b"1\n", b"2\n"), None, "2 files"),
        (b"<html>not an archive</html>", None, "truncated or damaged"),
        (b"", None, "truncated or damaged"),
    ],
)
def test_an_invalid_archive_is_rejected_with_the_reason(body: bytes, md5: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unpack(body, md5)
