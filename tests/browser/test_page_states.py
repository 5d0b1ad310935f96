"""The page never says something untrue: it tells loading, failed, empty and filtered apart, everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.demo_page import DemoPage
from tests.support.reader import (
    countries_of,
    expect_accessible,
    expect_countries,
    expect_no_sideways_scrolling,
    open_settled,
)
from tests.support.tables import each_row

SEED = "#day=2017-11-24"
PRESENCE, ALERTS, MAP_STATE, OUTLINES = (
    "**/api/v1/presence*",
    "**/api/v1/alerts?*",
    "**/api/v1/map-state*",
    "**/outlines.json",
)
SAYS_NOTHING = re.compile("Nothing new|No news|No alert|No group|never seen|not on record", re.IGNORECASE)


def answer_503(route: Route) -> None:
    route.fulfill(status=503, content_type="application/problem+json", body=json.dumps({"detail": "Kafka is away."}))


def cut(route: Route) -> None:
    route.abort("connectionreset")


def cut_off(route: Route) -> None:
    route.fulfill(status=200, content_type="application/json", body='{"alerts": [{"alert_id"')


class Held:
    """Delays the answers to a request until they are released."""

    def __init__(self) -> None:
        self.routes: list[Route] | None = []

    def __call__(self, route: Route) -> None:
        if self.routes is None:
            route.continue_()
        else:
            self.routes.append(route)

    def release(self) -> None:
        waiting, self.routes = self.routes, None
        for route in waiting or ():
            route.continue_()


def expect_state(place: Locator, kind: str, words: str) -> None:
    expect(place).to_be_visible()
    expect(place).to_have_class(f"state {kind}")
    expect(place).to_contain_text(words)


def test_while_the_map_is_loading_nothing_is_said_to_be_new_or_never_seen(page: Page, address: str) -> None:
    held = Held()
    page.route(PRESENCE, held)
    page.goto(f"{address}{SEED}&country=BE")
    expect_state(page.locator("#map-state"), "loading", "Loading the map")
    expect_state(page.locator("#new-state"), "loading", "Loading the list")
    expect_state(page.locator("#country-state"), "loading", "Loading Belgium")
    expect(page.locator("#map")).to_have_attribute("aria-busy", "true")
    assert not SAYS_NOTHING.search(page.locator("#figure").inner_text() + page.locator("#beside").inner_text())
    held.release()
    expect(page.locator("#map-state")).to_be_hidden()
    expect(page.locator("#country-episodes li").first).to_be_visible()
    expect_countries(page, "new", {"BE", "CD", "IE"})


def test_while_alerts_are_loading_none_are_counted(page: Page, address: str) -> None:
    held = Held()
    page.route(ALERTS, held)
    page.goto(address + SEED)
    expect_state(page.locator("#list-state"), "loading", "Loading the alerts")
    expect(page.locator("#count")).to_have_text("Alerts in the 30 days up to 24 November 2017 (UTC)")
    held.release()
    expect(page.locator("#count")).to_have_text(
        "4 alerts (1 by affiliation) in the 30 days up to 24 November 2017 (UTC)"
    )
    expect(page.locator("#list-state")).to_be_hidden()


WITHOUT_AUTOMATIC_RETRY = """{
    const every = setInterval, load = fetch;
    window.setInterval = (run, ms) => ms < 30_000 ? every(run, ms) : 0;
    let isRetried = false;
    addEventListener("click", ({ target }) => { isRetried ||= target.textContent === "Retry"; }, true);
    window.fetch = (url, { headers } = {}) => load(url, { headers: { ...headers, "x-retried": String(isRetried) } });
}"""
"""The page also loads again after half a minute, and when its event stream opens: here it must be the button."""


def until_retried(fail: Callable[[Route], None]) -> Callable[[Route], None]:
    """Fail until somebody clicks "Retry" on a page WITHOUT_AUTOMATIC_RETRY."""
    return lambda route: route.fallback() if route.request.headers.get("x-retried") == "true" else fail(route)


DESKTOP, PHONE, LARGE_TEXT = ("light", 1440), ("dark", 320), ("dark", 1440)
"""320 pixels are a phone, or a window of 1,280 pixels at 400 %."""


@each_row("fail", [answer_503, cut, cut_off])
@each_row(
    ("pattern", "places"),
    [
        (PRESENCE, ["#map-state", "#new-state", "#country-state"]),
        (ALERTS, ["#list-state"]),
        (OUTLINES, ["#map-state"]),
    ],
)
def test_a_failure_is_shown_with_its_reason_and_can_be_retried(
    page: Page, address: str, fail: Any, pattern: str, places: list[str]
) -> None:
    page.add_init_script(WITHOUT_AUTOMATIC_RETRY)
    page.route(pattern, until_retried(fail))
    page.goto("about:blank")  # the rows of the table share the window
    page.goto(f"{address}{SEED}&country=BE")
    for place in places:
        expect_state(page.locator(place), "failed", "Cannot load")
        assert not SAYS_NOTHING.search(page.locator(place).inner_text())
    page.locator(places[0]).get_by_role("button", name="Retry").click()
    for place in places:
        expect(page.locator(place)).to_be_hidden()
    expect(page.locator("#alerts .alert")).to_have_count(1)
    expect(page.locator('#land .country.new[data-code="BE"]')).to_be_attached()
    page.unroute(pattern)  # at last: a request that is under way when the browser stops intercepting is never answered


def test_the_reason_of_the_server_is_named(page: Page, address: str) -> None:
    page.route(PRESENCE, answer_503)
    page.goto(address + SEED)
    expect_state(page.locator("#map-state"), "failed", "the server answered 503 (Kafka is away)")


def test_an_installation_without_records_says_how_to_begin(page: Page, address: str) -> None:
    page.route(PRESENCE, lambda route: route.fulfill(json={"episodes": [], "next_after": None, "warnings": []}))
    page.route(
        ALERTS,
        lambda route: route.fulfill(json={"alerts": [], "next_before": None, "state": "caught-up", "position": ""}),
    )
    page.goto(address)
    for place in ("#map-state", "#list-state"):
        expect_state(page.locator(place), "empty", "No alert is on record yet.")
    expect_state(page.locator("#new-state"), "empty", "Nothing new")


def test_an_empty_window_says_where_the_news_is_and_leads_there(page: Page, address: str) -> None:
    open_settled(page, address)
    latest = "The latest was on 24 November 2017: Islamic State appeared in the DR Congo for the first time."
    expect_state(page.locator("#list-state"), "empty", latest)
    expect_state(page.locator("#map-state"), "empty", latest)
    page.locator("#map-state").get_by_role("button", name="Go there").click()
    expect(page.locator("#day-words")).to_have_text("24 November 2017 (UTC)")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#map-state")).to_be_hidden()


def test_a_filter_that_leaves_nothing_is_named_and_can_be_cleared(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&group=Nobody")
    expect_state(page.locator("#list-state"), "filtered", "No alert for Nobody is on record.")
    expect_state(page.locator("#map-state"), "filtered", "for Nobody")
    expect_state(page.locator("#new-state"), "filtered", "Nothing new")
    expect(page.locator("#legend-never")).to_have_text("No match for the filter")
    page.locator("#list-state").get_by_role("button", name="Clear the filter").click()
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#legend-never")).to_have_text("Never seen")


def test_an_invalid_filter_is_reported_on_a_phone_where_the_filters_are_folded(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_settled(page, f"{address}{SEED}&filter=in:Shael")
    expect(page.locator("#filters")).not_to_have_attribute("open", "")
    expect_state(page.locator("#filter-state"), "failed", "Shael")
    page.locator("#filter-state").get_by_role("button", name="Use in:Sahel").click()
    expect(page.locator("#filter-state")).to_be_hidden()
    expect(page.locator("#chips")).to_contain_text("Sahel")


def test_a_map_that_was_never_loaded_does_not_call_its_card_out_of_date(page: Page, address: str) -> None:
    page.route(PRESENCE, answer_503)
    page.goto(f"{address}{SEED}&country=BE")
    expect(page.locator("#card")).to_contain_text("not loaded")
    page.unroute(PRESENCE)


def test_hidden_returns_are_counted_and_shown_on_request(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2017-11-19")
    hidden = page.locator("#chips").get_by_role("button", name="3 alerts of returns hidden")
    expect(hidden).to_be_visible()
    hidden.click()
    expect(page.locator("#returns")).to_be_checked()
    expect(page.locator("#alerts .kind", has_text="Returned")).to_have_count(3)


def test_while_the_past_is_loading_the_previous_picture_stays_dimmed(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2017-11-19")
    held = Held()
    page.route(MAP_STATE, held)
    page.select_option("#known", "then")
    expect_state(page.locator("#map-state"), "loading", "Loading the map as known on 19 November 2017")
    expect_state(page.locator("#new-state"), "loading", "as known on 19 November 2017")
    expect(page.locator("#map")).to_have_class(re.compile("stale"))
    assert countries_of(page, "new") == {"BE", "IE"}
    assert not SAYS_NOTHING.search(page.locator("#world").inner_text().replace("Never seen", ""))
    held.release()
    expect(page.locator("#known-words")).to_contain_text("from what is known now")
    expect(page.locator("#map")).not_to_have_class(re.compile("stale"))
    expect_countries(page, "new", set())


def test_the_past_is_shown_when_the_present_arrives_after_it(page: Page, address: str) -> None:
    held = Held()
    page.route(PRESENCE, held)
    with page.expect_response(MAP_STATE):
        page.goto(f"{address}#day=2017-11-19&known=then")
    held.release()
    expect(page.locator("#known-words")).to_contain_text("from what is known now")
    rows = page.locator("#difference-rows > li")
    expect(rows.first).to_contain_text("Islamic State in Belgium: then nothing known; now new on 28 Oct 2017")
    expect(rows.first).to_contain_text("because of evidence that arrived on 24 Nov 2017: news-2017-11-24/art-03")


@each_row("fail", [answer_503, cut])
def test_when_the_past_cannot_be_loaded_a_red_notice_says_so(page: Page, address: str, fail: Any) -> None:
    page.add_init_script(WITHOUT_AUTOMATIC_RETRY)
    open_settled(page, f"{address}#day=2017-11-19")
    before = countries_of(page, "new")
    page.route(MAP_STATE, until_retried(fail))
    page.select_option("#known", "then")
    expect_state(page.locator("#map-state"), "failed", "Cannot load the map as known on 19 November 2017")
    expect(page.locator("#differences")).to_be_hidden()
    assert countries_of(page, "new") == before
    assert not SAYS_NOTHING.search(page.locator("#figure").inner_text() + page.locator("#beside").inner_text())
    page.locator("#map-state").get_by_role("button", name="Retry").click()
    expect(page.locator("#differences")).to_be_visible()
    expect(page.locator("#map-state")).not_to_have_class("state failed")
    page.unroute(MAP_STATE)


def test_the_list_shows_the_alerts_as_they_were_known_then(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2017-11-23&known=then&also=returns")
    expect(page.locator("#differences")).to_be_visible()
    expect(page.locator("#alerts .headline", has_text="DR Congo")).to_have_count(0)
    page.select_option("#known", "now")
    expect(page.locator("#alerts .headline", has_text="DR Congo")).to_have_count(1)


def test_while_the_server_catches_up_the_page_says_that_records_are_missing(
    page: Page, address: str, served: DemoPage
) -> None:
    log = served.state.alerts
    served.call(lambda: log.set_state("catching-up"))
    served.call(lambda: log.set_lag(12))
    page.goto(address + SEED)
    expect_state(page.locator("#map-state"), "loading", "still reading its records (12 records left)")
    expect_state(page.locator("#list-state"), "loading", "alerts may be missing")
    served.call(lambda: log.set_state("caught-up"))
    expect(page.locator("#map-state")).to_be_hidden()
    expect(page.locator("#list-state")).to_be_hidden()


def test_without_kafka_the_page_shows_what_it_knows_and_says_so(page: Page, address: str, served: DemoPage) -> None:
    served.call(lambda: served.state.alerts.set_state("kafka-away"))
    page.goto(address + SEED)
    expect(page.locator("#status")).to_have_class("kafka-away")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    served.call(lambda: served.state.alerts.set_state("caught-up"))
    expect(page.locator("#status")).to_have_class("caught-up")


def test_an_empty_window_is_uncertain_while_the_connection_is_lost(page: Page, address: str) -> None:
    page.route("**/api/v1/events*", cut)
    page.goto(address)
    for place in ("#list-state", "#map-state", "#new-state"):
        expect_state(page.locator(place), "empty", "as far as was known before the connection was lost")


def test_without_the_event_stream_the_page_loads_and_says_that_it_is_not_live(page: Page, address: str) -> None:
    is_cut = [True]  # the page tries again by itself, and may do so while the route is removed
    page.route("**/api/v1/events*", lambda route: cut(route) if is_cut else route.fallback())
    page.goto(address + SEED)
    expect(page.locator("#status-words")).to_contain_text("Not live: connection lost on")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    is_cut.clear()
    expect(page.locator("#status")).to_have_class("caught-up")


def test_offline_the_page_says_how_old_it_is_and_later_updates_by_itself(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.context.set_offline(True)
    expect(page.locator("#status-words")).to_have_text(
        re.compile(r"^Not live: connection lost on .* UTC; reconnecting")
    )
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.locator('#land [data-code="BE"]').dispatch_event("click")
    expect(page.locator("#country-episodes li")).to_have_count(1)  # what is known is shown
    expect_state(page.locator("#list-state"), "failed", "the server cannot be reached")
    page.context.set_offline(False)
    expect(page.locator("#status")).to_have_class("caught-up")
    expect(page.locator("#list-state")).to_be_hidden()
    expect(page.locator("#alerts .alert")).to_have_count(1)


def test_a_page_whose_script_cannot_be_loaded_says_so(page: Page, address: str) -> None:
    page.route("**/page/months.js", cut)
    page.goto(address + SEED)
    expect(page.locator("#page-state")).to_contain_text("could not be loaded completely")
    page.unroute("**/page/months.js")
    page.get_by_role("button", name="Reload").click()
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#page-state")).to_be_hidden()


def test_keyboard_focus_continues_where_a_button_was_removed(page: Page, address: str) -> None:
    open_settled(page, address)
    page.locator("#map-state").get_by_role("button", name="Go there").press("Enter")
    expect(page.locator("#map")).to_be_focused()
    page.locator("#new-rows").get_by_role("button", name="Belgium").press("Enter")
    expect(page.locator("#country")).to_be_focused()
    page.locator("#chips").get_by_role("button", name="Country: Belgium").press("Enter")
    expect(page.locator("#chips")).to_be_focused()


def test_a_failure_is_retried_without_a_click(page: Page, address: str) -> None:
    page.clock.install()
    page.route(PRESENCE, answer_503)
    page.goto(address + SEED)
    page.clock.run_for(1_000)
    expect_state(page.locator("#map-state"), "failed", "Cannot load the map")
    page.unroute(PRESENCE)
    page.clock.run_for(31_000)
    expect(page.locator("#map-state")).to_be_hidden()


@each_row(
    ("pattern", "handler", "view", "place", "scheme", "width"),
    [
        (PRESENCE, lambda _: None, SEED, "#map-state.loading", *PHONE),
        (PRESENCE, answer_503, SEED + "&country=BE", "#map-state.failed", *DESKTOP),
        (ALERTS, answer_503, SEED, "#list-state.failed", *PHONE),
        (MAP_STATE, answer_503, "#day=2017-11-19&known=then", "#map-state.failed", *DESKTOP),
        ("**/nothing", cut, "", "#map-state.empty", *PHONE),
        ("**/nothing", cut, SEED + "&group=Nobody&country=DZ", "#list-state.filtered", *DESKTOP),
        ("**/nothing", cut, SEED + "&alert=00000000", "#alert-state.failed", *DESKTOP),
        ("**/nothing", cut, "#day=2017-11-19&known=then", "#differences", *PHONE),
        ("**/nothing", cut, "alert/6602b886", "#alert-content", *PHONE),
        ("**/nothing", cut, "group/isis" + SEED, "#group-countries tr", *PHONE),
        ("**/nothing", cut, "group/iscap" + SEED + "&also=returns", "#group-facts", *LARGE_TEXT),
        ("**/nothing", cut, SEED + "&filter=in:Shael", "#filter-state.failed", *DESKTOP),
        ("**/nothing", cut, "country/Mali", "#country-state.empty", *LARGE_TEXT),
    ],
)
def test_every_state_is_accessible_and_fits_the_screen(
    page: Page, address: str, pattern: str, handler: Any, view: str, place: str, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.route(pattern, handler)
    page.goto("about:blank")
    page.goto(address + view)
    if (scheme, width) == LARGE_TEXT:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(page.locator("#status")).to_have_class("caught-up")
    expect(page.locator("#list-state")).not_to_have_class("state loading")
    expect(page.locator(place).first).to_be_visible()
    expect_accessible(page)
    page.unroute(pattern)
    expect_no_sideways_scrolling(page)
