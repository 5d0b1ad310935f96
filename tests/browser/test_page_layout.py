"""Nothing is cut off, covered or pushed out of sight: long names, small countries and narrow windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.builders import alert_event, change, evidence
from tests.support.demo_page import serve_page
from tests.support.reader import expect_no_sideways_scrolling, open_settled
from tests.support.tables import each_row

SEED = "#day=2017-11-24"
LONG = "X" * 60
MANY = [("NR", 1), ("WS", 2), ("TV", 4), ("KN", 7), ("VC", 9), ("SG", 12), ("BH", 15), ("FR", 20)]
"""Countries, most of them small islands, each with the day in November 2017 on which the group appeared there."""


@pytest.fixture(scope="module")
def islands() -> Iterator[str]:
    seen = [evidence(f"2017-11-{day:02}", id=country, group=LONG, country=country) for country, day in MANY]
    alerts = [
        alert_event(f"{each.country.lower()}000000", group=LONG, country=each.country, region=each.region,
                    first_day=each.first_day, last_day=each.last_day, arrived=each.arrived)
        for each in seen
    ]  # fmt: skip
    with serve_page([change(each) for each in seen], alerts) as served:
        yield served.address


@each_row("width", [1280, 640, 390])
def test_a_long_name_pushes_no_column_out_of_sight(page: Page, islands: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_settled(page, islands + SEED)
    expect(page.locator("#new-rows tr")).to_have_count(len(MANY))
    assert page.locator("#new-table").evaluate("place => place.scrollWidth <= place.clientWidth")
    expect_no_sideways_scrolling(page)


BOXES = """all => all.map(each => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return [left, top, right, bottom];
})"""


@each_row("view", [SEED, f"{SEED}&filter=in:Polynesia", f"{SEED}&filter=in:Caribbean"])
def test_no_label_lies_on_a_small_country(page: Page, islands: str, view: str) -> None:
    open_settled(page, islands + view)
    expect(page.locator("#labels text").first).to_be_attached()
    labels = page.locator("#labels text").evaluate_all(BOXES)
    marks = page.locator("#rings circle, #land .country.new circle").evaluate_all(BOXES)
    assert marks
    for left, top, right, bottom in labels:
        middle = (top + bottom) / 2
        assert not [mark for mark in marks if left < mark[2] and mark[0] < right and mark[1] < middle < mark[3]]


def test_the_map_of_an_area_continues_beyond_the_date_line(page: Page, islands: str) -> None:
    open_settled(page, f"{islands}{SEED}&filter=in:Polynesia")  # Tuvalu lies west of it, Samoa east
    expect(page.locator("#labels text")).to_have_text(["Tuvalu", "Samoa"])
    assert page.locator("#map").evaluate("map => map.viewBox.baseVal.width") < 300  # of 1200


def test_a_group_that_is_known_for_less_than_a_year_has_a_labelled_axis(page: Page, islands: str) -> None:
    open_settled(page, f"{islands}group/{LONG}{SEED}")
    expect(page.locator("#group-years")).to_have_text("from 1 Nov 2017")
    newest_first = ["France", "Bahrain", "Singapore"]
    expect(page.locator("#group-countries tr:nth-child(-n + 3) th")).to_have_text(newest_first)


@each_row("width", [1280, 640, 390, 320])
def test_no_year_of_an_axis_is_cut_off(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_settled(page, f"{address}group/isis{SEED}")
    for axis in ("#years", "#group-years"):
        expect(page.locator(f"{axis} span").first).to_be_attached()
        assert page.locator(axis).evaluate("axis => axis.scrollWidth <= axis.clientWidth")


def test_no_table_about_the_api_scrolls_on_a_phone_with_large_text(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{address}docs")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    scrolling = "all => all.filter(table => table.scrollWidth > table.clientWidth).length"
    assert page.locator(".table").evaluate_all(scrolling) == 0
