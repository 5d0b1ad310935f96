"""One filter rules map, table and list, however it is set; and every alert has an address."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from streams.notify.phrases import alert_address
from tests.support.demo_page import DemoPage
from tests.support.reader import expect_countries, expect_no_sideways_scrolling, expect_that, filter_by, open_settled
from tests.support.tables import each_row

SEED = "#day=2017-11-24"
CONGO = "ed6c87de"  # Islamic State in DR Congo, of the demo's data
OVERTAKEN = "6602b886"  # Islamic State in the Philippines: announced as first, superseded by an earlier return


def headlines(page: Page) -> list[str]:
    return page.locator("#alerts .headline").all_inner_texts()


def test_the_link_of_a_message_opens_its_alert_in_the_window_of_its_report(page: Page, served: DemoPage) -> None:
    alert = [event for event in served.alerts if event.alert_id.startswith(CONGO)][-1]
    open_settled(page, alert_address(served.address, alert))
    panel = page.locator("#alert-panel")
    expect(panel.locator(".headline")).to_have_text("Islamic State: DR Congo")
    expect(panel.locator("details")).to_have_attribute("open", "")
    expect(panel.locator("#alert-history li")).to_have_count(1)
    expect(panel).to_be_in_viewport()
    expect(panel).to_be_focused()
    expect(page).to_have_title("Islamic State appeared in the DR Congo for the first time · Firstseen")
    expect(page.locator("#day-words")).to_have_text("24 November 2017 (UTC)")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#land .chosen")).to_have_attribute("data-code", "CD")
    expect(page).to_have_url(f"{served.address}alert/{CONGO}")


def test_a_changed_address_filters_as_a_click_does(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.evaluate("location.hash = '#day=2017-11-24&country=BE'")
    expect(page.locator("#alerts .alert")).to_have_count(1)
    expect(page.locator("#chips")).to_contain_text("Country: Belgium")
    page.locator('#land [data-code="BE"]').dispatch_event("click")
    expect(page.locator("#alerts .alert")).to_have_count(3)


def test_one_filter_controls_map_table_and_list(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&days=365")
    expect(page.locator("#alerts .alert")).to_have_count(6)
    filter_by(page, 'in:"Western Africa"')
    expect(page.locator("#count")).to_have_text("1 alert in the 365 days up to 24 November 2017 (UTC)")
    assert headlines(page) == ["Islamic State: Niger"]
    expect(page.locator("#new-rows tr")).to_have_count(1)
    expect_countries(page, "new back", {"NE"})
    page.locator("#chips").get_by_role("button", name="Clear").click()
    expect(page.locator("#alerts .alert")).to_have_count(6)
    expect(page.locator("#chips .chip")).to_have_count(0)
    page.get_by_label("returns").check()
    filter_by(page, 'in:"Western Africa"')
    page.locator("#chips").get_by_role("button", name="Clear").click()
    expect(page.locator("#chips .chip")).to_have_count(0)
    expect(page.get_by_label("returns")).to_be_checked()


def test_a_filter_that_no_menu_can_express_controls_map_table_and_list(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&days=365")
    filter_by(page, "kind:first country:Ireland,Belgium OR in:Sahel origins>=1 kind:re-emergence")
    expect(page.locator("#filter")).to_have_value("country:IE,BE kind:first OR in:Sahel kind:re-emergence")
    expect(page.locator("#new-rows tr")).to_have_count(3)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    assert {line.rpartition(": ")[2] for line in headlines(page)} == {"Ireland", "Belgium", "Niger"}
    expect_countries(page, "new back", {"IE", "BE", "NE"})
    chips = ["Country: Ireland or Belgium", "Kind: first", "In: Sahel", "Kind: re-emergence"]
    expect(page.locator("#chips .chip")).to_have_text(chips)
    expect(page.locator("#as-csv")).to_have_attribute(
        "href", re.compile("filter=country%3AIE%2CBE\\+kind%3Afirst\\+OR")
    )


def test_the_filter_is_completed_by_mouse_and_by_keyboard(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.click("#filter")
    page.get_by_role("option", name="country: a country, by name or code").click()
    page.locator("#filter").press_sequentially("Bel")
    expect(page.locator("#filter-options [role=option]")).to_have_count(
        3
    )  # and not those of "B", which the next answer replaces
    page.get_by_role("option", name="Belgium").click()
    expect(page.locator("#filter")).to_have_value("country:BE")
    expect(page.locator("#alerts .alert")).to_have_count(1)
    page.fill("#filter", "dae")
    option = page.get_by_role("option", name="Group Islamic State also IS, ISIS, ISIL")
    expect(option).to_be_visible()
    for _ in range(5):
        if option.get_attribute("aria-selected") == "true":
            break
        page.press("#filter", "ArrowDown")
    expect(page.locator("#filter")).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    page.press("#filter", "Enter")
    expect(page.locator("#filter")).to_have_value('group:"Islamic State"')
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#alerts .alert")).to_have_count(3)


def test_an_error_in_the_filter_shows_its_place_and_the_nearest_valid_filter(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    filter_by(page, "kind:first in:Shael")
    expect(page.locator("#filter-state")).to_contain_text("Not understood: Shael. It is neither a region of UN M49")
    expect(page.locator("#filter")).to_have_attribute("aria-invalid", "true")
    expect_that(page, lambda: page.evaluate("getSelection().toString()") == "Shael")
    expect(page.locator("#alerts .alert")).to_have_count(3)  # what was shown stays
    page.get_by_role("button", name="Use kind:first in:Sahel").click()
    expect(page.locator("#filter")).to_have_value("in:Sahel kind:first")
    expect(page.locator("#filter-state")).to_be_hidden()


def test_an_invalid_filter_of_the_address_is_shown_and_not_applied(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&filter=in:Shael")
    expect(page.locator("#filter-state")).to_contain_text("Not understood: Shael.")
    expect(page.locator("#filter")).to_have_value("in:Shael")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#map-state")).to_be_hidden()


def test_an_unknown_group_in_the_filter_is_named(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&filter=group:Dash")
    expect(page.locator("#filter-state")).to_contain_text("No group is called Dash yet. Did you mean Daesh?")
    page.get_by_role("button", name="Use Daesh").click()
    expect(page.locator("#filter")).to_have_value("group:Daesh")
    expect(page.locator("#alerts .alert")).to_have_count(3)


def test_a_place_within_a_country_controls_map_table_list_and_formats(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&days=365&filter=province:Diffa")
    expect(page.locator("#alerts .alert")).to_have_count(1)
    assert headlines(page) == ["Islamic State: Niger"]
    expect(page.locator("#new-rows td:nth-child(2)")).to_have_text(["Niger"])
    expect(page.locator("#land .country:not(.never)")).to_have_attribute("data-code", "NE")
    expect(page.locator("#filter-state")).to_be_hidden()
    expect(page.locator("#chips .chip")).to_have_text("Province: Diffa")
    csv = page.request.get(address.rstrip("/") + (page.get_attribute("#as-csv", "href") or "")).text()
    assert [line.split(",")[6] for line in csv.splitlines()[1:]] == ["Niger"]
    page.select_option("#known", "then")
    expect(page.locator("#new-rows td:nth-child(2)")).to_have_text(["Niger"])
    filter_by(page, "near:33.3,44.4,100km")  # of the group in Iraq, active in the window elsewhere
    expect(page.locator("#land .country:not(.never)")).to_have_attribute("class", "country before")
    page.select_option("#known", "now")
    expect(page.locator("#land .country:not(.never)")).to_have_attribute("class", "country before")
    page.locator('#land [data-code="IQ"]').dispatch_event("pointerover")
    expect(page.locator("#card")).to_contain_text("Islamic State: last seen 24 May 2016")


def test_the_view_can_be_used_elsewhere(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.clock.install()
    open_settled(page, f"{address}{SEED}&country=BE")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)  # or the button says "Copied" for two seconds only
    page.get_by_role("button", name="Subscribe in Slack").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "/firstseen subscribe country:BE"
    page.clock.resume()
    page.check("#returns")
    page.get_by_role("button", name="Subscribe in Slack").click()
    copied = "/firstseen subscribe country:BE kind:all"
    expect_that(page, lambda: page.evaluate("navigator.clipboard.readText()") == copied)
    page.uncheck("#returns")
    feed = "/api/v1/alerts.atom?filter=country%3ABE%20kind%3Afirst%2Cre-emergence%2Cspread"
    expect(page.locator("#as-feed")).to_have_attribute("href", feed)
    for link in ("#as-feed", "#as-csv", "#as-geojson", "#as-json"):
        answer = page.request.get(address.rstrip("/") + (page.get_attribute(link, "href") or ""))
        assert answer.ok
        assert "Belgium" in answer.text()
        assert "Ireland" not in answer.text()


def test_a_chip_removes_one_part_of_the_filter(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&group=Islamic+State&country=BE")
    expect(page.locator("#chips .chip")).to_have_count(2)
    page.locator("#chips").get_by_role("button", name="Country: Belgium").click()
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page).to_have_url(f"{address}group/islamic-state{SEED}")


def test_one_card_shows_the_alerts_of_a_faction_and_of_its_parent(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#count")).to_have_text(
        "4 alerts (1 by affiliation) in the 30 days up to 24 November 2017 (UTC)"
    )
    expect(page.locator("#alerts .alert")).to_have_count(3)
    family = page.locator("#alerts .alert").first  # where the first of its alerts would be
    expect(family.locator(".headline")).to_have_text("Islamic State in Central Africa: DR Congo")
    expect(family).to_contain_text(
        "By affiliation: Islamic State appeared in the DR Congo for the first time · ed6c87de"
    )
    filter_by(page, 'group:"Islamic State"')
    expect(page.locator("#count")).to_have_text("3 alerts in the 30 days up to 24 November 2017 (UTC)")
    expect(page.locator("#alerts .alert", has_text="Islamic State: DR Congo")).to_have_count(1)


def test_an_alert_outside_the_filter_is_shown_above_the_map(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&country=BE&alert={CONGO}")
    expect(page.locator("#alert-panel .headline")).to_have_text("Islamic State: DR Congo")
    expect(page.locator("#alerts .alert")).to_have_count(1)
    assert headlines(page) == ["Islamic State: Belgium"]


def test_a_superseded_alert_that_was_announced_stays_visible_with_the_reason(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2016-06-30&country=PH")
    for _ in range(2):  # also after it is loaded again
        card = page.locator("#alerts .alert.superseded")
        expect(card).to_have_count(1)
        expect(card.locator("s", has_text="Philippines")).to_be_visible()
        expect(card).to_contain_text(
            "No longer news.Islamic State was already in the Philippines on 31 December 2015, 157 days before, "
            "so this was a return and not a first appearance."
        )
        expect(card).to_contain_text("Last change, because a sighting was reported")
        expect(card.locator(".permalink")).to_have_text(OVERTAKEN)
        page.reload()


def test_an_alert_that_was_not_known_on_the_day_is_not_shown_as_known_then(page: Page, address: str) -> None:
    open_settled(page, f"{address}#day=2017-11-23&known=then&alert={CONGO}")
    expect(page.locator("#alert-state")).to_contain_text(f"Alert {CONGO} was not known on 23 November 2017.")
    page.locator("#alert-state").get_by_role("button", name="As known now").click()
    expect(page.locator("#alert-panel .headline")).to_be_visible()


def test_a_group_shows_its_names_and_its_countries_in_order(page: Page, address: str) -> None:
    open_settled(page, f"{address}group/isis{SEED}")
    facts = page.locator("#group-facts")
    expect(facts).to_contain_text("Also known asIS, ISIS, ISIL")
    expect(facts).to_contain_text("FactionsBoko Haram since 1 Mar 2015, Caucasus Province since 1 Jun 2015")
    page.get_by_text("Sources of names and affiliations").click()
    expect(page.locator("#group-source-rows")).to_contain_text("ISIS: UN Security Council, entry QDe.115")
    expect(page.locator("#group-count")).to_have_text("On record in 28 countries up to 24 November 2017")
    first, last = page.locator("#group-countries tr").nth(0), page.locator("#group-countries tr").nth(27)
    expect(first).to_contain_text("DR Congo")
    expect(last.locator("th, td:not(:last-child)")).to_have_text(["Iraq", "31 Oct 2010", "3 Nov 2017", "5"])
    expect(last.locator("rect")).to_have_count(5)
    expect(last.get_by_role("img")).to_have_accessible_name(re.compile("^31 October 2010; 14 – 15 March 2013; "))
    page.locator("#group-head").get_by_role("button", name="Country").click()
    expect(first).to_contain_text("Afghanistan")
    expect(page.locator("#group-head th[aria-sort=ascending]")).to_have_text("Country")
    page.locator("#group-countries").get_by_role("button", name="Belgium").click()
    expect(page.locator("#country-name")).to_have_text("Belgium")
    expect(page.locator("#group-countries tr")).to_have_count(28)


def test_a_group_leads_to_its_factions_and_they_to_it(page: Page, address: str) -> None:
    open_settled(page, f"{address}group/isis{SEED}")
    page.locator("#group-facts").get_by_role("button", name="Islamic State in Central Africa").click()
    expect(page).to_have_title("Islamic State in Central Africa · Firstseen")
    expect(page.locator("#group-facts")).to_contain_text("Part ofIslamic State since 22 Nov 2017")
    expect(page.locator("#group-countries tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("#group-countries tr")).to_have_count(28)


def test_the_table_of_news_is_sorted_by_any_column(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    rows = page.locator("#new-rows tr td:nth-child(2)")
    country = page.locator("#new-head").get_by_role("button", name="Country")
    expect(rows).to_have_text(["DR Congo", "DR Congo", "Belgium", "Ireland"])
    country.click()
    expect(rows).to_have_text(["Belgium", "DR Congo", "DR Congo", "Ireland"])
    country.click()
    expect(rows).to_have_text(["Ireland", "DR Congo", "DR Congo", "Belgium"])
    country.click()
    expect(rows).to_have_text(["DR Congo", "DR Congo", "Belgium", "Ireland"])


def test_a_country_without_an_alert_says_why(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&country=DZ")
    expect(page.locator("#country-state")).to_contain_text(
        "No alert was raised for Algeria: its sightings arrived too long"
    )
    expect(page.locator("#country-episodes")).to_contain_text("Islamic State: 1 January – 27 October 2017")
    expect(page.locator("#list-state")).to_contain_text("No alert for Algeria was ever raised.")


def test_a_country_where_nobody_is_on_record_says_so(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&country=PE")
    expect(page.locator("#country-state")).to_have_text("No group is on record in Peru up to 24 November 2017.")


def test_new_countries_have_labels_rings_and_a_card(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#labels text")).to_have_text(["DR Congo", "Belgium", "Ireland"])
    expect(page.locator("#rings .ring")).to_have_count(2)
    page.locator('#rings [data-code="BE"]').hover()
    expect(page.locator("#card")).to_have_text("BelgiumIslamic State: first seen 28 Oct 2017")
    page.locator('#rings [data-code="BE"]').click()
    expect(page.locator("#country-name")).to_have_text("Belgium")


@each_row("country", ["NG", "BE", "RU"])
def test_the_card_covers_neither_labels_nor_its_country(page: Page, address: str, country: str) -> None:
    page.goto("about:blank")
    page.goto(f"{address}#day=2015-11-24&days=365&country={country}")
    expect(page.locator("#labels text").nth(5)).to_be_visible()
    expect(page.locator("#card")).to_be_visible()
    covered = page.evaluate(
        """country => {
            const card = document.getElementById("card").getBoundingClientRect();
            const marks = document.querySelectorAll(`#labels text, #rings .ring, #land .chosen[data-code=${country}]`);
            return [...marks].filter((mark) => {
                const box = mark.getBoundingClientRect();
                return box.left < card.right && card.left < box.right && box.top < card.bottom && card.top < box.bottom;
            }).map((mark) => mark.textContent || mark.dataset.code);
        }""",
        country,
    )
    assert covered == []


def test_the_buttons_lead_to_the_days_of_the_news(page: Page, address: str) -> None:
    open_settled(page, address)
    expect(page.locator("#later")).to_be_disabled()
    page.click("#earlier")
    expect(page.locator("#day-words")).to_have_text("22 November 2017 (UTC)")
    page.click("#earlier")
    expect(page.locator("#day-words")).to_have_text("28 October 2017 (UTC)")
    page.click("#later")
    expect(page.locator("#day-words")).to_have_text("22 November 2017 (UTC)")


def test_on_a_phone_the_alerts_come_first(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_settled(page, address + SEED)
    card = page.locator("#alerts .alert").first
    expect(card).to_be_in_viewport()
    card_box, map_box = card.bounding_box(), page.locator("#map").bounding_box()
    assert card_box is not None
    assert map_box is not None
    assert map_box["y"] > card_box["y"]
    expect(page.locator("#filter")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(page.locator("#filter")).to_be_visible()
    open_settled(page, f"{address}{SEED}&days=365&also=returns")
    expect(page.locator("#alerts .alert")).to_have_count(10)  # the map is not far below
    page.get_by_role("button", name="Show 23 more").click()
    expect(page.locator("#alerts .alert")).to_have_count(33)


@each_row("width", [390, 1440])
def test_text_of_twice_the_size_fits_and_the_news_comes_first(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_settled(page, f"{address}alert/{CONGO}")
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(page.locator("#filters")).not_to_have_attribute("open", "")
    card_box, map_box = page.locator("#alerts .alert").first.bounding_box(), page.locator("#map").bounding_box()
    assert card_box is not None
    assert map_box is not None
    assert map_box["y"] > card_box["y"]
    expect_no_sideways_scrolling(page)
    expect(page.locator("#page-state")).to_be_hidden()
