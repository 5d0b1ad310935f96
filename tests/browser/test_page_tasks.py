"""What a new user tries first: a name in the filter, the page of a group, a report of an error."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.reader import expect_no_sideways_scrolling, expect_that, filter_by, open_settled

SEED = "#day=2017-11-24"
CONGO = "ed6c87de"  # Islamic State in DR Congo, of the demo's data


def test_enter_accepts_a_name_without_its_key_and_leaving_the_box_does_not(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    for typed, meant in (
        ("sahel", "in:Sahel"), ("isis", 'group:"Islamic State"'), ("islamic state", 'group:"islamic state"'),
        ("belgium", "country:BE"), ("dr congo", "country:CD"),
    ):  # fmt: skip
        filter_by(page, typed)
        expect(page.locator("#filter")).to_have_value(meant)
        expect(page.locator("#filter-state")).to_be_hidden()
    page.fill("#filter", "sahel")
    page.locator("#filter").blur()
    expect(page.locator("#filter-state")).to_contain_text("Not understood: sahel.")
    page.fill("#filter", "in:sa")
    expect(page.locator("#filter-state")).to_be_hidden()  # the error was of another text


def test_the_page_of_a_group_begins_with_the_group(page: Page, address: str) -> None:
    open_settled(page, f"{address}group/isis")
    expect(page.locator("#group-countries tr")).to_have_count(28)
    expect(page.locator("#group-panel")).to_be_in_viewport(ratio=0.9)
    panel, world = page.locator("#group-panel").bounding_box(), page.locator("#world").bounding_box()
    assert panel is not None
    assert world is not None
    assert panel["y"] < world["y"]
    expect_no_sideways_scrolling(page)


def test_a_group_that_is_chosen_below_comes_into_view(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    page.set_viewport_size({"width": 390, "height": 700})
    page.locator("#new-rows button").first.click()
    expect(page.locator("#group-name")).to_be_in_viewport()


def test_an_error_in_an_alert_is_reported_by_a_command_for_slack(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_settled(page, f"{address}alert/{CONGO}")
    expect(page.locator("#alert-panel .evidence")).to_contain_text("fairly reliable source, possibly true (C3)")
    page.get_by_role("button", name="Report an error in Slack").click()
    expect_that(page, lambda: page.evaluate("navigator.clipboard.readText()") == f"/firstseen report {CONGO}")
    shown = page.locator("#alert-command")
    expect(shown).to_have_text(f"Send this in Slack: /firstseen report {CONGO}")
    page.get_by_role("button", name="Mute in Slack").click()
    expect(shown.locator("code")).to_have_text('/firstseen mute group:"Islamic State" country:CD 7d')
    page.locator("#alerts").get_by_role("link", name="Open alert").last.click()
    expect(shown).to_be_hidden()


def test_what_was_known_on_a_day_takes_the_day_and_one_choice(page: Page, address: str) -> None:
    open_settled(page, address)
    page.get_by_label("Last day of the window").first.fill("2017-11-19")
    expect(page.locator("#day-words")).to_have_text("19 November 2017 (UTC)")
    page.select_option("#known", "then")
    expect(page.locator("#known-words")).to_have_text("22 differences from what is known now")
    page.get_by_label("Last day of the window").first.fill("0201-11-19")  # a year that is being typed
    expect(page.locator("#day-words")).to_have_text("19 November 2017 (UTC)")


def test_the_table_leads_to_the_alert_and_names_the_faction(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    rows = page.locator("#new-rows tr")
    expect(rows.nth(0)).to_contain_text("Islamic State in Central Africa")
    expect(rows.nth(1)).to_contain_text("Islamic Stateby affiliation")
    expect(page.locator("#new-count")).to_contain_text("4 new episodes (1 by affiliation) in the 30 days")
    rows.nth(1).get_by_role("link", name="first seen").click()
    expect(page.locator("#alert-panel .headline")).to_have_text("Islamic State: DR Congo")


def test_the_commands_that_mute_and_end_a_subscription_are_shown_with_it(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_settled(page, f"{address}{SEED}&country=BE&group=ISIS")
    page.get_by_role("button", name="Subscribe in Slack").click()
    filtered = "group:ISIS country:BE"
    expect(page.locator("#subscription-panel code")).to_have_text([
        f"/firstseen subscribe {filtered}", "/firstseen list", f"/firstseen mute {filtered} 7d",
        f"/firstseen unmute {filtered}", f"/firstseen unsubscribe {filtered}",
    ])  # fmt: skip
    page.locator("#copy-mute").click()
    expect_that(page, lambda: page.evaluate("navigator.clipboard.readText()") == f"/firstseen mute {filtered} 7d")
    page.locator("#subscription-close").press("Enter")
    expect(page.locator("#subscribe")).to_be_focused()
    open_settled(page, f"{address}{SEED}")
    expect(page.locator("#command-unsubscribe")).to_have_text("/firstseen unsubscribe 1")  # all would end every one
    expect(page.locator("#command-mute")).to_have_text("/firstseen mute all 7d")
    expect(page.locator("#mute-words")).to_contain_text("Pause every new alert to the channel")  # more than is shown


def test_an_alert_that_is_no_longer_news_has_no_button_to_mute(page: Page, address: str) -> None:
    open_settled(page, f"{address}alert/6602b886")
    expect(page.get_by_role("button", name="Report an error in Slack")).to_be_visible()
    expect(page.get_by_role("button", name="Mute in Slack")).to_be_hidden()


def test_keyboard_focus_stays_where_it_was(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&days=365")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # "Skip to the alerts"
    expect(page.locator("#alert-section")).to_be_focused()
    expect(page).to_have_url(f"{address}{SEED}&days=365")
    opener = page.locator("#alerts").get_by_role("link", name=f"Open alert {CONGO}")
    opener.press("Enter")
    expect(page.locator("#alert-panel")).to_be_focused()
    page.locator("#alert-close").press("Enter")
    expect(opener).to_be_focused()
    page.locator("#new-rows").get_by_role("button", name="Belgium").press("Enter")
    expect(page.locator("#country")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#map")).to_be_focused()
    page.locator("#new-rows button").first.press("Enter")
    expect(page.locator("#group-panel")).to_be_focused()
    page.get_by_role("button", name="Help").press("Enter")
    expect(page.locator("#help summary")).to_be_focused()


def test_a_screen_reader_hears_what_is_shown_once_and_only_at_rest(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    expect(page.locator("#spoken")).to_have_text(
        "4 alerts (1 by affiliation) in the 30 days up to 24 November 2017 (UTC)"
    )
    page.evaluate("""() => {
        window.spoken = [];
        const live = "[role=status]:not([hidden]), [role=alert], [aria-live=polite]";
        for (const place of document.querySelectorAll(live)) {
            new MutationObserver(() => spoken.push(place.textContent)).observe(place, { childList: true, subtree: true });
        }
    }""")
    page.select_option("#days", "7")
    for _ in range(3):
        page.press("#day", "ArrowLeft")
    page.select_option("#days", "30")
    expect(page.locator("#spoken")).to_have_text("2 alerts in the 30 days up to 21 November 2017 (UTC)")
    assert page.evaluate("spoken") == ["2 alerts in the 30 days up to 21 November 2017 (UTC)"]
