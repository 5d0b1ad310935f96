"""The page in a real Chromium with the demo's data: what its users see and do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.reader import (
    WAIT_MS,
    countries_of,
    expect_accessible,
    expect_countries,
    expect_no_sideways_scrolling,
    filter_by,
    new_page,
    open_settled,
)

SEED = "#day=2017-11-24"
MOST_REQUESTS, MOST_BYTES = 40, 220_000
"""For the first picture: 1.1 s at the 1.6 Mbit/s of a fast 3G connection, and its latency."""


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page on the day of the seed article. Errors in its console fail the test."""
    errors: list[str] = []
    opened = new_page(browser, viewport={"width": 1440, "height": 1000})
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    open_settled(opened, address + SEED)
    expect(opened.locator("#new-rows tr").first).to_be_visible()
    yield opened
    opened.close()
    assert errors == []


def select(page: Page, country: str) -> None:
    page.locator(f'#land [data-code="{country}"]').dispatch_event("click")


def test_the_map_shows_the_window_of_the_seed_article(page: Page) -> None:
    filter_by(page, 'group:"Islamic State"')
    expect(page.locator("#new-rows tr")).to_have_count(3)
    expect_countries(page, "new", {"BE", "CD", "IE"})
    assert {"IQ", "SY"} <= countries_of(page, "active")
    expect(page.locator("#new-count")).to_contain_text("24 November 2017")
    label = 'Map of filter group:"Islamic State", 30 days up to 24 November 2017'
    expect(page.locator("#map")).to_have_attribute("aria-label", re.compile(label))


def test_every_control_changes_the_view_and_its_address_restores_it(page: Page, browser: Browser) -> None:
    filter_by(page, 'in:"Western Europe" group:daesh')
    expect(page.locator("#filter")).to_have_value('group:daesh in:"Western Europe"')
    page.select_option("#days", "365")
    page.locator("#day").evaluate(
        "slider => { slider.value = Number(slider.value) - 10; slider.dispatchEvent(new Event('input')); }"
    )
    expect(page.locator("#day-words")).to_have_text("14 November 2017 (UTC)")
    select(page, "BE")
    expect(page.locator("#country-name")).to_have_text("Belgium")
    for part in ("filter=group%3Adaesh+country%3ABE+in%3A%22Western+Europe%22", "days=365", "day=2017-11-14"):
        expect(page).to_have_url(re.compile(re.escape(part)))
    again = new_page(browser)
    open_settled(again, page.url)
    expect(again.locator("#country-name")).to_have_text("Belgium")
    expect(again.locator("#day-words")).to_have_text("14 November 2017 (UTC)")
    expect(again.locator("#filter")).to_have_value('group:daesh country:BE in:"Western Europe"')
    expect(page.locator(".state.loading:visible")).to_have_count(0)
    expect_countries(again, "new", countries_of(page, "new"))
    again.close()
    page.keyboard.press("Escape")
    expect(page.locator("#country")).to_be_hidden()


def test_returns_candidates_and_a_longer_window_are_shown_on_request(page: Page) -> None:
    cards = page.locator("#alerts .alert")
    expect(cards).to_have_count(3)
    page.check("#returns")
    expect(cards.locator(".kind", has_text="Returned").first).to_be_visible()
    page.check("#candidates")
    page.select_option("#days", "365")
    expect(page.locator("#count")).to_have_text(
        re.compile(r"^\d+ alerts \(1 by affiliation, \d+ taken back\) in the 365 days")
    )
    assert cards.count() > 20
    page.uncheck("#returns")
    expect(cards.locator(".kind", has_text="Returned")).to_have_count(0)
    select(page, "IQ")
    page.click("#country-close")
    expect(page.locator("#country")).to_be_hidden()


def test_play_moves_through_the_days_and_stops(page: Page) -> None:
    page.locator("#day").evaluate("slider => { slider.value = slider.min; slider.dispatchEvent(new Event('input')); }")
    before = page.locator("#day-words").inner_text()
    page.click("#play")
    expect(page.locator("#play")).to_have_text("Stop")
    expect(page.locator("#day-words")).not_to_have_text(before)
    page.click("#play")
    expect(page.locator("#play")).to_have_text("Play")


def test_the_map_shows_what_was_known_then_and_how_it_differs(page: Page) -> None:
    page.locator("#day").evaluate(
        "slider => { slider.value = Number(slider.value) - 5; slider.dispatchEvent(new Event('input')); }"
    )
    page.select_option("#known", "then")
    expect(page.locator("#known-words")).to_have_text(re.compile("known"))
    expect(page.locator("#differences")).to_be_visible()
    expect(page).to_have_url(re.compile("known=then"))
    page.select_option("#known", "now")
    expect(page.locator("#differences")).to_be_hidden()


def test_sightings_are_points_and_selecting_a_country_filters_the_alerts(page: Page) -> None:
    page.select_option("#days", "365")
    expect(page.locator("#points circle").first).to_be_attached()
    select(page, "BE")
    elsewhere = page.locator("#alerts .headline").filter(has_not_text=re.compile("Belgium|Western Europe"))
    expect(elsewhere).to_have_count(0)
    expect(page.locator("#alerts .alert").first).to_be_visible()


def test_the_page_is_accessible_in_every_width_and_colour_scheme(page: Page) -> None:
    select(page, "SO")
    for width, scheme in itertools.product((390, 1440, 2560), ("light", "dark")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 1000})
        expect(page.locator("#country-name")).to_have_text("Somalia")
        expect(page.locator(".state.loading:visible")).to_have_count(0)
        expect_accessible(page)
        expect_no_sideways_scrolling(page)


def test_every_control_is_reachable_with_the_keyboard(page: Page) -> None:
    reached = []
    for _ in range(18):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert [name for name in reached if name in {"filter", "days", "known", "returns", "map", "play", "day"}] == [
        "filter", "days", "known", "returns", "map", "play", "day",
    ]  # fmt: skip
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#country")).to_be_visible()
    first = page.locator("#country-name").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#country-name")).not_to_have_text(first)
    expect(page.locator("#news")).to_contain_text(page.locator("#country-name").inner_text())
    page.locator("#day").focus()
    day = page.locator("#day-words").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#day-words")).not_to_have_text(day)


def test_the_page_is_small_and_loads_nothing_from_other_sites(browser: Browser, address: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    sizes: list[int] = []
    hosts = set()

    def finished(request: Any) -> None:
        hosts.add(request.url.split("/")[2])
        if "/events" not in request.url and not request.url.startswith("data:"):
            size = request.sizes()
            sizes.append(size["responseBodySize"] + size["responseHeadersSize"])

    opened.on("requestfinished", finished)
    opened.goto(address + SEED)
    expect(opened.locator("#points circle").first).to_be_attached()
    expect(opened.locator("#alerts .alert")).to_have_count(3)
    context.close()
    assert hosts <= {address.split("/")[2], ""}
    assert len(sizes) <= MOST_REQUESTS
    assert sum(sizes) < MOST_BYTES
