"""What a new user tries first: a name in the filter, the page of a group, a report of an error."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.reader import expect_no_sideways_scrolling, expect_that, filter_by, open_settled

SEED = "#day=2017-11-24"
CONGO = "ed6c87de"  # Islamic State in DR Congo, of the demo's data


def test_enter_takes_a_name_without_its_key_and_leaving_the_box_does_not(page: Page, address: str) -> None:
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
