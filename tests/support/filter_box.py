"""What a reader does with the filter of the page."""

from __future__ import annotations

from playwright.sync_api import Page


def filter_by(page: Page, text: str) -> None:
    """Write a filter and apply it."""
    page.fill("#filter", text)
    page.press("#filter", "Enter")
