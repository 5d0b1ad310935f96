"""Alerts and sightings as CSV, read by the standard library."""

from __future__ import annotations

import csv
import io

import httpx

from tests.support.builders import ARRIVED
from tests.support.tables import each_row
from web.formats.csv import cell


async def read(client: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, str]]:
    answer = await client.get(path, params={"format": "csv", **params})
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_each_alert_is_a_line_and_no_cell_is_a_formula(client: httpx.AsyncClient) -> None:
    rows = {row["alert_id"]: row for row in await read(client, "/api/v1/alerts", as_of=str(ARRIVED.date()))}
    assert list(rows) == ["c", "b", "a"]
    assert (rows["a"]["title"], rows["a"]["country_name"]) == ("'=HYPERLINK(1)", "Mali")


async def test_rows_hold_the_range_of_uncertain_days(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/alerts", "/api/v1/sightings"):
        row = (await read(client, path))[0]
        assert (row["begins_by"], row["ends_from"]) == ("2017-10-31", "2017-10-31")


@each_row("text", ["=1", "+1", "-1", "@a", "\t=1", " \u202e=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"])
def test_no_text_is_a_formula(text: str) -> None:
    assert cell(text).startswith("'")
