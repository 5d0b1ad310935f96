"""An open page learns of a new alert by itself, and what producers write stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from schemas.alert import AlertEvidence
from tests.support.builders import alert_event, change, evidence
from tests.support.demo_page import DemoPage, serve_page
from tests.support.pages import add_evidence, add_to_log
from tests.support.reader import new_page, open_settled

HOSTILE = '<img src=x onerror="document.title=1"> \u202egnp.exe'


@pytest.fixture
def empty() -> Iterator[DemoPage]:
    """A page without records."""
    with serve_page() as opened:
        yield opened


def arrive(on: DemoPage) -> None:
    """Let the first alert arrive: a group with a hostile name in Tuvalu."""
    seen = evidence(
        "2017-11-23", id="live", group=HOSTILE, country="TV", title=HOSTILE, url="https://wire.example/live"
    )
    alert = alert_event(
        alert_id="11ce0000", group=HOSTILE, country="TV", region=seen.region, first_day=seen.first_day,
        last_day=seen.last_day, arrived=seen.arrived, why=AlertEvidence(sightings=(seen,), origins=1),
    )  # fmt: skip

    def add() -> None:
        add_evidence(on.history, change(seen))
        add_to_log(on.state.alerts, [alert])

    on.call(add)


def test_a_live_alert_appears_where_the_filter_selects_it(page: Page, browser: Browser, empty: DemoPage) -> None:
    other = new_page(browser)
    open_settled(page, f"{empty.address}#day=2017-11-24&filter=in:Polynesia")
    open_settled(other, f"{empty.address}country/BE#day=2017-11-24")
    for opened in (page, other):
        expect(opened.locator("#list-state")).to_contain_text("is on record.")
    arrive(empty)
    expect(page.locator("#alerts .alert")).to_have_count(1)
    expect(page.locator("#news")).to_contain_text("Tuvalu")
    expect(page.locator('#land .country.new[data-code="TV"]')).to_be_attached()
    expect(other.locator("#status-words")).to_contain_text("last alert")
    expect(other.locator("#list-state")).to_contain_text("No alert for Belgium is on record.")
    expect(other.locator("#alerts .alert")).to_have_count(0)
    other.close()


def test_a_live_alert_of_an_area_appears_only_where_the_filter_asks_for_it(
    page: Page, browser: Browser, empty: DemoPage
) -> None:
    seen = evidence("2017-11-23", id="area", country="NE")
    alert = alert_event(
        alert_id="a4ea0000", kind="first_in_area", area="lake-chad", country="NE", region=seen.region,
        first_day=seen.first_day, last_day=seen.last_day, arrived=seen.arrived,
    )  # fmt: skip
    other = new_page(browser)
    open_settled(page, f"{empty.address}#day=2017-11-24")
    open_settled(other, f"{empty.address}#day=2017-11-24&filter=kind:first-in-area")
    for opened in (page, other):
        expect(opened.locator("#list-state")).to_contain_text("is on record")
    empty.call(lambda: add_to_log(empty.state.alerts, [alert]))
    expect(other.locator("#alerts .alert")).to_contain_text("lake-chad")
    expect(page.locator("#status-words")).to_contain_text("last alert")
    expect(page.locator("#alerts .alert")).to_have_count(0)
    expect(page.locator("#chips")).not_to_contain_text("hidden")
    other.close()


def test_a_live_alert_appears_and_hostile_text_stays_text(page: Page, empty: DemoPage) -> None:
    open_settled(page, f"{empty.address}#day=2017-11-24")
    expect(page.locator("#list-state")).to_contain_text("No alert is on record yet.")
    arrive(empty)
    card = page.locator("#alerts .alert", has_text="onerror")
    expect(card).to_be_visible()
    expect(page.locator("#news")).to_contain_text("Tuvalu")
    expect(page.locator('#land .country.new[data-code="TV"]')).to_be_attached()
    card.locator("summary").click()
    link = card.locator("a[rel='noopener noreferrer']")
    expect(link).to_have_attribute("href", "https://wire.example/live")
    card.get_by_role("link", name="Open alert 11ce0000").click()
    expect(page.locator("#alert-panel")).to_contain_text("onerror")
    expect(page).to_have_title(re.compile(r"^<img src=x onerror=\"document.title=1\"> gnp\.exe appeared in Tuvalu"))
    page.locator("#new-rows").get_by_role("button", name="onerror").click()
    expect(page.locator("#group-name")).to_contain_text("onerror")
    expect(page.locator("#group-countries tr")).to_have_count(1)
    assert page.locator("main img").count() == 0
    assert "\u202e" not in page.locator("body").inner_text()
