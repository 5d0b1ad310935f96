"""The browser that the tests of the page drive, and the demo's page without Kafka, which no test changes for good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.chromium.install import chromium
from tests.support.demo_page import DemoPage, demo_page
from tests.support.reader import WAIT_MS, new_page

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="session")
def served() -> Iterator[DemoPage]:
    with demo_page() as page:
        yield page


@pytest.fixture(scope="session")
def address(served: DemoPage) -> str:
    """Return the address of the page."""
    return served.address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    installed = chromium()
    if installed is None:
        pytest.skip("no Chromium on this machine: install chromium, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=installed.program,
            env=installed.environment,
            args=["--no-sandbox", "--disable-gpu"],
            timeout=WAIT_MS,
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a window of the browser. Errors in scripts fail the test."""
    errors: list[str] = []
    opened = new_page(browser, viewport={"width": 1440, "height": 1000})
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert errors == []
