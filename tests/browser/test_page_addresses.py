"""The address of the page names the view: old and odd addresses, and the way back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.reader import filter_by, open_settled
from tests.support.tables import each_row

SEED = "#day=2017-11-24"
CONGO = "ed6c87de"  # Islamic State in DR Congo, of the demo's data


def test_back_and_forward_lead_through_what_was_opened(page: Page, address: str) -> None:
    open_settled(page, address + SEED)
    page.locator("#alerts").get_by_role("link", name=f"Open alert {CONGO}").click()
    expect(page.locator("#alert-panel .headline")).to_have_text("Islamic State: DR Congo")
    page.click("#alert-close")
    expect(page.locator("#alert-panel")).to_be_hidden()
    page.locator('#land [data-code="BE"]').dispatch_event("click")
    expect(page.locator("#alerts .alert")).to_have_count(1)
    expect(page).to_have_url(f"{address}country/BE{SEED}")
    filter_by(page, 'country:BE group:"Islamic State"')
    expect(page).to_have_url(f"{address}#filter=group%3A%22Islamic+State%22+country%3ABE&day=2017-11-24")
    page.go_back()
    expect(page).to_have_title("Belgium · Firstseen")
    page.go_back()
    expect(page.locator("#alerts .alert")).to_have_count(3)
    page.go_back()
    expect(page.locator("#alert-panel")).to_be_visible()
    page.go_forward()
    expect(page.locator("#alert-panel")).to_be_hidden()
    expect(page).to_have_url(address + SEED)


@each_row(
    ("path", "url", "title"),
    [
        ("#alert=ed6c87de", "alert/ed6c87de", "Islamic State appeared in the DR Congo for the first time"),
        ("#group=Islamic+State&day=2017-11-24", "group/islamic-state#day=2017-11-24", "Islamic State"),
        ("group/daesh#day=2017-11-24", "group/islamic-state#day=2017-11-24", "Islamic State"),
        ("#country=BE&day=2017-11-24", "country/BE#day=2017-11-24", "Belgium"),
        ("country/Belgium#day=2017-11-24", "country/BE#day=2017-11-24", "Belgium"),
        ("?filter=country:BE&day=2017-11-24", "country/BE#day=2017-11-24", "Belgium"),
    ],
)
def test_old_addresses_and_other_names_open_the_same_view(
    page: Page, address: str, path: str, url: str, title: str
) -> None:
    open_settled(page, address + path)
    expect(page).to_have_title(f"{title} · Firstseen")
    expect(page).to_have_url(address + url)


def test_an_address_of_an_unknown_alert_or_country_says_so(page: Page, address: str) -> None:
    open_settled(page, f"{address}{SEED}&alert=00000000")
    expect(page.locator("#alert-state")).to_contain_text("Cannot open alert 00000000: there is no alert with this id")
    open_settled(page, f"{address}#day=banana&country=XX")
    expect(page.locator("#link-state")).to_contain_text('an unknown day, "banana". It was ignored.')
    expect(page.locator("#link-state")).to_contain_text('an unknown country, "XX". It was ignored.')
    for day in ("2017-02-30", "0001-01-01"):
        open_settled(page, f"{address}#day={day}&country=constructor")
        expect(page.locator("#link-state")).to_contain_text(f'an unknown day, "{day}". It was ignored.')
        expect(page.locator("#link-state")).to_contain_text('an unknown country, "constructor". It was ignored.')
    open_settled(page, f"{address}group/Islamic%20Stat")
    expect(page.locator("#link-state")).to_contain_text("No group is called Islamic Stat. Similar names: Islamic State")
    expect(page.locator("#alert-panel")).to_be_hidden()
