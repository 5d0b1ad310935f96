"""What a reader of the page does and sees. Each step waits as long as a busy machine needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

WAIT_MS = 120_000
"""For one step: a limit costs nothing unless it is reached."""

_UNPAINTED = """{
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("body { opacity: 0 }");
    document.adoptedStyleSheets = [sheet];
}"""
"""No test looks at pixels, and drawing them takes a quarter of the CPU. All else of the page stays as it is."""


def new_page(browser: Browser, **options: Any) -> Page:
    """Return a window of the browser, which draws nothing."""
    page = browser.new_page(**options)
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(_UNPAINTED)
    return page


def open_settled(page: Page, address: str) -> None:
    """Open an address, and return when nothing more is loaded by itself.

    The page loads everything again when its event stream opens, which may be after it is drawn. Without this wait, that
    may happen between two steps of a test.
    """
    if page.url != "about:blank":
        page.goto("about:blank")  # a page that is open does not load again
    page.goto(address)
    expect(page.locator("#status")).to_have_class("caught-up")
    expect(page.locator(".state.loading:visible")).to_have_count(0)


def filter_by(page: Page, text: str) -> None:
    """Write a filter and apply it."""
    page.fill("#filter", text)
    page.press("#filter", "Enter")


def expect_countries(page: Page, categories: str, codes: Collection[str]) -> None:
    """Wait until the map shows exactly these countries in any of the categories, which are separated by a space."""
    shown = "#land .country:is(" + ", ".join(f".{category}" for category in categories.split()) + ")"
    expect(page.locator(shown)).to_have_count(len(codes))
    for code in codes:
        expect(page.locator(f'{shown}[data-code="{code}"]')).to_be_attached()


def countries_of(page: Page, category: str) -> set[str]:
    """Return the codes of the countries that the map shows in a category now."""
    return set(page.locator(f"#land .country.{category}").evaluate_all("all => all.map(one => one.dataset.code)"))


def expect_that(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, while the page goes on."""
    for _ in range(WAIT_MS // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    assert condition()


def expect_no_sideways_scrolling(page: Page) -> None:
    """Wait until the page is as wide as its window, to which it adapts after it has changed."""
    expect_that(page, lambda: bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth")))


def expect_accessible(page: Page) -> None:
    """Check the page with axe, which looks at what can be seen only."""
    page.evaluate("document.adoptedStyleSheets = []")
    report = Axe().run(page)
    assert report.violations_count == 0, f"{page.viewport_size}: {report.generate_report()}"
