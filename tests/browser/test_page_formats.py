"""The list of alerts on request: only those taken back, and as files."""

from __future__ import annotations

import codecs
import re

from playwright.sync_api import Page, expect

from tests.support.reader import open_settled

SEED = "#day=2017-11-24"
OVERTAKEN = "6602b886"  # Islamic State in the Philippines: announced as first, superseded by an earlier return


def test_files_hold_the_alerts_that_the_list_shows(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2016-06-30&days=365")
    for box, without in (
        (None, "&without=returns&without=candidates"),
        ("#returns", "&without=candidates"),
        ("#candidates", ""),
    ):
        if box:
            page.check(box)
        # The address of the file is drawn with the list, and after the count.
        expect(page.locator("#as-csv")).to_have_attribute("href", re.compile(f"limit=1000{without}$"))
        expect(page.locator("#count")).to_contain_text(re.compile(r"\d+ alerts .*in the 365 days"))
        expect(page.locator("#count")).to_contain_text("taken back)")
        shown = int((page.locator("#count").text_content() or "").split()[0])
        csv = page.request.get(address.rstrip("/") + (page.get_attribute("#as-csv", "href") or "")).text()
        rows = [line.split(",")[0] for line in csv.splitlines()[1:]]
        assert len(rows) == shown
        assert any(row.startswith(OVERTAKEN) for row in rows)


def test_a_spreadsheet_reads_the_file_as_unicode(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2016-06-30&days=365")
    with page.expect_download() as saved:
        page.locator("#as-csv").click()
    assert saved.value.suggested_filename == "firstseen-alerts.csv"
    content = saved.value.path().read_bytes()
    assert content.startswith(codecs.BOM_UTF8 + b"alert_id,")
    assert "Türkiye" in content.decode("utf-8-sig")
    expect(page).to_have_url(f"{address}#day=2016-06-30&days=365")


def test_only_the_alerts_that_were_taken_back_are_listed_on_request(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.get_by_label("only taken back").check()
    expect(page.locator("#list-state")).to_contain_text(
        "No alert in the 30 days up to 24 November 2017 was taken back."
    )
    expect(page).to_have_url(f"{address}#only=taken-back&day=2017-11-24")
    page.locator("#list-state").get_by_role("button", name="Go there").click()
    card = page.locator("#alerts .alert")
    expect(card).to_have_class("alert back superseded")
    expect(card).to_contain_text("Superseded")
    page.locator("#chips").get_by_role("button", name="Alerts: only taken back").click()
    expect(page.get_by_label("only taken back")).not_to_be_checked()
