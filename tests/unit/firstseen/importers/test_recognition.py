"""A file of another format is reported once, with the remedy."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

from firstseen.importers.recognition import misfit, not_a_table
from tests.support.tables import each_row

SIGHTING = b'{"source": "d", "id": "1", "group": "G", "country": "Mali", "occurred": "2024-03-01"}\n'
GED = b"id,type_of_violence,side_a,side_b,date_start,date_end\n1,1,A,B,2024-03-01,2024-03-01\n"
ACLED = b"event_id_cnty,event_date,actor1,country\nMLI1,2024-03-01,JNIM,Mali\n"
UCDP = b'{"id": "1", "group": "IS", "date": "2017-08-28", "country": "Iraq"}\n'
GDELT = b"\t".join([b"1", b"20240301", *[b"x"] * 59]) + b"\n"
TABLE = b"Actor;Date;Country\nJNIM;01/03/2024;Mali\n"


def workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
    return content.getvalue()


@each_row(
    ("head", "format_"),
    [
        (SIGHTING, "jsonl"),
        (b"\xef\xbb\xbf" + SIGHTING, "jsonl"),
        (b"\n\n" + SIGHTING, "jsonl"),
        (b"", "jsonl"),
        (b"not JSON at all\n" + SIGHTING, "jsonl"),
        (b'{"source": "d",\n' + SIGHTING, "jsonl"),
        (SIGHTING.strip() + b",\n" + SIGHTING, "jsonl"),
        (b'{"specversion": "1.0", "source": "d", "id": "1", "data": {}}\n', "jsonl"),
        (UCDP, "ucdp"),
        (GED, "ucdp-ged"),
        (ACLED, "acled"),
        (GDELT, "gdelt"),
        (GED.replace(b"side_b,", b""), "ucdp-ged"),
        (b"1\t2\n1\t2\n" + GDELT, "gdelt"),
        (b"\0\0\0\0\0" + SIGHTING, "jsonl"),
        (b"\x1e" + SIGHTING, "jsonl"),
    ],
)
def test_a_file_that_may_be_of_its_format_is_read(head: bytes, format_: str) -> None:
    assert misfit(head, format_, "a.txt") is None


@each_row(
    ("head", "format_", "message"),
    [
        (b"[" + SIGHTING + b"]", "jsonl", "this is a JSON array, but one object per line is expected"),
        (b"[" + SIGHTING + b"]", "jsonl", "`jq -c '.[]' 'my file.txt'`"),
        (b"[\n {\n", "ucdp", "this is a JSON array"),
        (b'{\n "source": "d",\n "id": "1"\n}\n', "jsonl", "`jq -c . 'my file.txt'`"),
        (b'{ "source": "d",\n  "id": "1" }\n{ "source": "d",\n', "jsonl", "spans several lines"),
        (GED, "jsonl", "it looks like UCDP GED: --format ucdp-ged"),
        (GED.replace(b",", b";"), "jsonl", "it looks like UCDP GED: --format ucdp-ged"),
        (GED.replace(b",", b";"), "ucdp-ged", "separated by semicolons"),
        (GED.replace(b",", b"\t"), "ucdp-ged", "separated by tabs"),
        (ACLED, "jsonl", "it looks like ACLED: --format acled"),
        (ACLED, "ucdp-ged", "this looks like ACLED: --format acled"),
        (ACLED.replace(b"event_id_cnty", b'"EVENT_ID_CNTY"'), "ucdp-ged", "this looks like ACLED"),
        (GED, "gdelt", "this looks like UCDP GED"),
        (GDELT, "jsonl", "it looks like GDELT: --format gdelt"),
        (UCDP, "jsonl", "this looks like UCDP: --format ucdp"),
        (SIGHTING, "ucdp", "this looks like our own JSON Lines: --format jsonl"),
        (SIGHTING, "gdelt", "--format jsonl"),
        (b"[1]", "ucdp-ged", "this is JSON, not a table"),
        (
            b'{"status": 200, "data": []}',
            "acled",
            "ask ACLED for CSV, or let `firstseen feeds follow acled` read its API",
        ),
        (TABLE, "jsonl", "`firstseen sightings publish --guess 'my file.txt'` proposes the mapping"),
        (SIGHTING.decode().encode("utf-16"), "jsonl", "not UTF-8: this is UTF-16"),
        (SIGHTING.decode().encode("utf-32"), "jsonl", "not UTF-8: this is UTF-32"),
        (GED.decode().encode("utf-16-le"), "ucdp-ged", "`iconv -f UTF-16 -t UTF-8 'my file.txt'`"),
        (workbook(), "jsonl", "this is a workbook"),
        (workbook(), "ucdp-ged", "save a known feed as CSV UTF-8"),
        (
            gzip.compress(SIGHTING, mtime=0),
            "jsonl",
            "compressed with gzip: unpack it first, such as `gunzip 'my file.txt'`",
        ),
        (bz2.compress(SIGHTING), "acled", "compressed with bzip2"),
        (lzma.compress(SIGHTING), "gdelt", "compressed with xz"),
        (b"\x28\xb5\x2f\xfd\x04\x58", "jsonl", "compressed with zstd"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "jsonl", "compressed with 7-Zip"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "jsonl", "this is a PDF document"),
        (b"SQLite format 3\x00\x10\x00", "jsonl", "this is an SQLite database"),
        (bytes(range(256)) * 4, "jsonl", "this is not text"),
        (SIGHTING.replace(b"\n", b"\r") * 2, "jsonl", "its lines end with a carriage return alone"),
        (TABLE, "ucdp", "`firstseen sightings publish --guess 'my file.txt'` proposes the mapping"),
        (b"Actor,Date,Country\n", "ucdp", "this is a table, not JSON"),
        (b"Incidents of March\n\n" + TABLE, "jsonl", "this is a table, not JSON"),
        (TABLE, "acled", "its first line has no column of ACLED: `--format csv --map columns.yaml`"),
        (TABLE, "ucdp-ged", "its first line has no column of UCDP GED"),
        (TABLE, "gdelt", "its first line has no column of GDELT"),
        (b"<!DOCTYPE html><html>", "ucdp-ged", "this is a web page"),
        (b"PAR1\x15\x04", "jsonl", "Parquet"),
    ],
)
def test_a_file_of_another_format_is_reported_with_the_remedy(head: bytes, format_: str, message: str) -> None:
    assert message in (misfit(head, format_, "my file.txt") or "")


@each_row(
    ("head", "message"),
    [
        (SIGHTING, "this is JSON, not a table"),
        (b'[{"id": 1}]', "this is JSON, not a table"),
        (b'{\n "id": 1\n}\n', "this is JSON, not a table"),
        (gzip.compress(TABLE, mtime=0), "compressed with gzip"),
        (b"<html><table>", "this is a web page"),
        (bytes(1000), "this is not text"),
        (TABLE, None),
        (b"[Date],{Actor}\n1,2\n", None),
        (TABLE.decode().encode("utf-16"), None),
        (TABLE.decode().encode("utf-16-le"), None),
        (b"", None),
    ],
)
def test_a_file_that_is_no_table_is_reported_with_the_remedy(head: bytes, message: str | None) -> None:
    found = not_a_table(head)
    assert (message in (found or "")) if message else found is None
