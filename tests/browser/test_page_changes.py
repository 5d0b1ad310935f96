"""What changed since a time: a briefing on the page, with an address, and honest about what it does not show."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_page_live import HOSTILE, arrive
from tests.browser.test_page_states import (
    WITHOUT_AUTOMATIC_RETRY,
    Held,
    answer_503,
    expect_state,
    until_retried,
)
from tests.support.demo_page import serve_page
from tests.support.reader import expect_accessible
from tests.support.tables import each_row

CHANGES = "**/api/v1/changes?*"
SINCE = "#since=2017-11-24"


def headlines(page: Page, what: str) -> list[str]:
    return page.locator(f"#rows-{what} a").all_inner_texts()


def test_the_alerts_that_changed_are_new_corrected_or_taken_back(page: Page, address: str) -> None:
    page.goto(f"{address}{SINCE}")
    expect(page.locator("#rows-new li")).to_have_count(4)
    assert "Islamic State appeared in Belgium for the first time" in headlines(page, "new")
    began = "Still news, but it began on 1 Jun 2015, not on 8 Oct 2015: Islamic State in Russia"
    assert began in headlines(page, "corrected")
    assert "No longer news: Islamic State in the Philippines" in headlines(page, "taken_back")
    expect(page.locator("#rows-taken_back li").first).to_contain_text("because a sighting was reported: ")


def test_an_alert_opens_and_the_back_button_returns_to_the_changes(page: Page, address: str) -> None:
    page.goto(f"{address}{SINCE}")
    page.get_by_role("link", name="No longer news: Islamic State in the Philippines").click()
    expect(page.locator("#alert-card")).to_contain_text("No longer news.")
    page.go_back()
    expect(page.locator("#alert-panel")).to_be_hidden()
    expect(page).to_have_url(f"{address}{SINCE}")
    expect(page.locator("#rows-new li")).to_have_count(4)


def test_the_filter_narrows_the_changes_as_it_narrows_the_list(page: Page, address: str) -> None:
    page.goto(f"{address}{SINCE}&filter=in:Europe")
    expect(page.locator("#rows-new li")).to_have_count(2)
    expect(page.locator("#changes-rest")).to_be_hidden()  # sightings are counted for everything
    page.locator("#chips").get_by_role("button", name="In: Europe").click()
    expect(page.locator("#rows-new li")).to_have_count(4)
    expect_state(page.locator("#changes-state"), "filtered", "26 alerts of returns hidden.")
    page.locator("#changes-state").get_by_role("button", name="Show").click()
    expect(page.locator("#returns")).to_be_checked()
    expect(page.locator("#changes-state")).to_be_hidden()
    expect(page.locator("#changes li a")).to_have_count(34)


def test_a_day_as_known_then_ends_the_time(page: Page, address: str) -> None:
    page.goto(f"{address}#since=2017-08-01&known=then&day=2017-11-23&also=returns")
    expect(page.locator("#changes-heading")).to_contain_text("as known on 23 November 2017")
    expect(page.locator("#rows-new li").last).to_be_visible()
    assert "Islamic State appeared in Belgium for the first time" not in headlines(page, "new")
    assert "Islamic State appeared in Israel for the first time" in headlines(page, "new")


def test_loading_failed_empty_and_filtered_look_different(page: Page, address: str) -> None:
    page.add_init_script(WITHOUT_AUTOMATIC_RETRY)
    state, held = page.locator("#changes-state"), Held()
    page.route(CHANGES, held)
    page.goto(f"{address}{SINCE}")
    expect_state(state, "loading", "Loading what changed")
    expect(page.locator("#changes h3:visible")).to_have_count(0)
    held.release()
    expect(page.locator("#rows-new li")).to_have_count(4)
    page.unroute(CHANGES)
    page.route(CHANGES, until_retried(answer_503))
    page.goto("about:blank")
    page.goto(f"{address}#since=2017-11-23")
    expect_state(state, "failed", "Cannot load what changed: the server answered 503")
    state.get_by_role("button", name="Retry").click()
    expect(page.locator("#rows-new li")).to_have_count(4)
    page.goto("about:blank")
    page.goto(f"{address}#since=2018-01-01")
    page.unroute(CHANGES)
    page.reload()
    expect_state(
        state, "empty", "No alert changed since 1 January 2018 (UTC). The last alert was raised on 24 Nov 2017"
    )
    state.get_by_role("button", name="Show what changed since then").click()
    expect(page).to_have_url(f"{address}{SINCE}")
    page.goto(f"{address}{SINCE}&filter=country:FR")
    expect_state(state, "filtered", "No alert that the filter selects changed")
    state.get_by_role("button", name="Clear the filter").click()
    expect(page.locator("#rows-new li")).to_have_count(4)


def test_the_rest_of_many_changes_is_one_click_away(page: Page, address: str) -> None:
    def cut_short(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(
            json=answer.json() | {"next": "/api/v1/changes?since=2017-11-25", "until": "2017-11-25T08:30:01Z"}
        )

    page.route(CHANGES, cut_short)
    page.goto(f"{address}{SINCE}")
    expect_state(page.locator("#changes-state"), "filtered", "the changes before 25 November 2017, 08:30 UTC")
    page.locator("#changes-state").get_by_role("button", name="Later changes").click()
    expect(page).to_have_url(re.compile(r"#since=2017-11-25T08%3A30%3A01Z$"))


def test_the_button_asks_since_the_last_visit_and_the_keyboard_goes_on(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="What changed?").press("Enter")  # there was no visit before
    expect(page.locator("#changes-panel")).to_be_focused()
    expect(page).to_have_url(re.compile(r"#since=\d{4}-\d\d-\d\d$"))
    expect(page.locator("#since-visit")).to_be_hidden()
    page.locator("#changes-close").press("Enter")
    expect(page.locator("#what-changed")).to_be_focused()
    page.goto("about:blank")  # which ends the visit
    page.add_init_script(
        f"localStorage.setItem('firstseen.visits', '{json.dumps({'seen': '2017-11-20T08:30:00.000Z'})}')"
    )
    page.goto(address)
    page.get_by_role("button", name="What changed?").click()
    expect(page.locator("#changes-heading")).to_have_text("What changed since 20 November 2017, 08:30 UTC")
    expect(page.locator("#since-visit")).to_have_text("my last visit, 20 Nov 2017, 08:30 UTC")
    expect(page.locator("#rows-new li")).to_have_count(4)
    page.locator("#since-week").click()
    expect_state(page.locator("#changes-state"), "empty", "No alert changed")


def test_an_address_with_an_unknown_time_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}#since=tomorrow")
    expect(page.locator("#link-state")).to_contain_text(
        'The address names an unknown time, "tomorrow". It was ignored.'
    )
    expect(page.locator("#changes-panel")).to_be_hidden()


def test_a_live_alert_joins_the_changes_and_its_text_stays_text(page: Page) -> None:
    with serve_page() as served:
        page.goto(f"{served.address}#since=2017-01-01")
        expect_state(page.locator("#changes-state"), "empty", "No alert changed")
        arrive(served)
        expect(page.locator("#rows-new li")).to_have_count(1)
        assert HOSTILE.split("\u202e")[0] in page.locator("#rows-new a").inner_text()


@each_row(
    ("view", "handler", "place", "scheme", "width"),
    [
        (SINCE, None, "#rows-taken_back li", "light", 1440),
        (SINCE, None, "#rows-taken_back li", "dark", 320),
        (SINCE, answer_503, "#changes-state.failed", "dark", 1440),
        (f"{SINCE}&filter=country:FR", None, "#changes-state.filtered", "light", 320),
        ("#since=1d", None, "#changes-state.empty", "dark", 320),
    ],
)
def test_every_state_is_accessible_and_fits_the_screen(
    page: Page, address: str, view: str, handler: Any, place: str, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    if handler:
        page.route(CHANGES, handler)
    page.goto("about:blank")
    page.goto(address + view)
    expect(page.locator(place).first).to_be_visible()
    expect_accessible(page)
    page.unroute_all()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
