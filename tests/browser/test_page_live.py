"""An open page learns of a new alert by itself, and what producers write stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from schemas.alert import AlertEvidence
from tests.support.builders import alert_event, change, evidence
from tests.support.demo_page import DemoPage, serve_page
from tests.support.pages import add_evidence, add_to_log

HOSTILE = '<img src=x onerror="document.title=1"> \u202egnp.exe'


@pytest.fixture
def empty() -> Iterator[DemoPage]:
    """A page without records."""
    with serve_page() as opened:
        yield opened


def test_a_live_alert_appears_and_hostile_text_stays_text(page: Page, empty: DemoPage) -> None:
    seen = evidence(
        "2017-11-23", id="live", group=HOSTILE, country="TV", title=HOSTILE, url="https://wire.example/live"
    )
    alert = alert_event(
        alert_id="11ce0000", group=HOSTILE, country="TV", region=seen.region, first_day=seen.first_day,
        last_day=seen.last_day, arrived=seen.arrived, why=AlertEvidence(sightings=(seen,), origins=1),
    )  # fmt: skip

    def arrive() -> None:
        add_evidence(empty.history, change(seen))
        add_to_log(empty.state.alerts, [alert])

    page.goto(f"{empty.address}#day=2017-11-24")
    expect(page.locator("#list-state")).to_contain_text("No alert is on record yet.")
    empty.call(arrive)
    card = page.locator("#alerts .alert", has_text="onerror")
    expect(card).to_be_visible(timeout=15_000)
    expect(page.locator("#news")).to_contain_text("Tuvalu")
    expect(page.locator('#land .country.new[data-code="TV"]')).to_be_attached()
    card.locator("summary").click()
    link = card.locator("a[rel='noopener noreferrer']")
    assert link.get_attribute("href") == "https://wire.example/live"
    card.get_by_role("link", name="Open alert 11ce0000").click()
    expect(page.locator("#alert-panel")).to_contain_text("onerror")
    expect(page).to_have_title(re.compile(r"^<img src=x onerror=\"document.title=1\"> gnp\.exe appeared in Tuvalu"))
    page.locator("#new-rows").get_by_role("button", name="onerror").click()
    expect(page.locator("#group-name")).to_contain_text("onerror")
    expect(page.locator("#group-countries tr")).to_have_count(1)
    assert page.locator("main img").count() == 0
    assert "\u202e" not in page.locator("body").inner_text()
