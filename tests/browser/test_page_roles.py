"""What a screen reader says about the page, and whether its HTML is valid in every state."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.html_checker.install import CHECKER, errors_in
from tests.support.reader import expect_accessible
from tests.support.tables import each_row

SEED = "#day=2017-11-24"
CONGO = "ed6c87de"

HOME = """
- link "Skip to the alerts"
- banner:
  - heading "Firstseen" [level=1]
  - paragraph: Armed groups reported in a country for the first time, or after a long absence.
  - paragraph:
    - button "Help"
    - text: Live · last alert 24 Nov 2017, 00:00 UTC
- main:
  - group:
    - search "What to show":
      - combobox "Filter"
      - combobox "Window"
      - textbox "Last day of the window"
      - combobox "Known"
      - group "Also show":
        - checkbox "returns"
        - checkbox "candidates"
  - status: 4 alerts (1 by affiliation) in the 30 days up to 24 November 2017 (UTC)
  - group "Filter":
    - 'button "2 alerts of returns hidden: show"'
  - button "What changed?"
  - region "Map":
    - 'application "Map of all groups, 30 days up to 24 November 2017: first seen in 3, active in 15, seen before in 10."'
    - button "Earlier news"
    - button "Play"
    - button "Later news" [disabled]
    - status: 24 November 2017 (UTC)
    - slider "Last day of the window"
    - list "Legend":
      - listitem: First seen in the window 3
    - region "New in the window":
      - heading "New in the window" [level=2]
      - paragraph: 4 new episodes (1 by affiliation) in the 30 days up to 24 November 2017
      - group "Table, scrolls":
        - table "New in the window":
          - rowgroup:
            - row "Group Country Since What"
          - rowgroup:
            - row "Islamic State in Central Africa DR Congo 22 Nov 2017 first seen"
            - row "Islamic State by affiliation DR Congo 22 Nov 2017 first seen"
            - row "Islamic State Belgium 28 Oct 2017 first seen"
            - row "Islamic State Ireland 28 Oct 2017 first seen"
  - region "Alerts, newest first":
    - heading "Alerts, newest first" [level=2]
    - group "Use these alerts elsewhere":
      - button "Subscribe in Slack"
      - link "Feed"
      - link "CSV"
      - link "GeoJSON"
      - link "API"
    - list "Alerts, newest first":
      - listitem:
        - article:
          - 'heading "First seen Islamic State in Central Africa: DR Congo" [level=3]'
          - paragraph: No earlier sighting of Islamic State in Central Africa in the DR Congo is on record.
          - paragraph:
            - text: "By affiliation: Islamic State appeared in the DR Congo for the first time ·"
            - link "Open alert ed6c87de"
          - list:
            - listitem: 22 November 2017
            - listitem: 1 origin
            - listitem: Middle Africa
            - listitem: reported 24 Nov 2017
            - listitem:
              - link "Open alert 1391cb7a"
          - group: "Evidence: 1 sighting"
- contentinfo:
  - group: How to filter
  - group: What the words mean
  - paragraph:
    - link "API"
"""

ALERT = """
- region "Alert ed6c87de":
  - heading "Alert ed6c87de" [level=2]
  - button "Copy link"
  - button "Report an error in Slack"
  - button "Mute in Slack"
  - button "Close"
  - article:
    - 'heading "First seen Islamic State: DR Congo" [level=3]'
    - group:
      - term: Reported
      - definition:
        - time: 24 November 2017, 00:00 UTC
      - term: More about
      - definition:
        - link "Islamic State"
        - link "DR Congo"
  - region "What became of it":
    - heading "What became of it" [level=3]
    - list:
      - listitem:
        - time: 24 November 2017, 00:00 UTC
"""

GROUP = """
- region "Islamic State in Central Africa":
  - heading "Islamic State in Central Africa" [level=2]
  - button "Copy link"
  - link "Feed"
  - term: Also known as
  - definition: Islamic State Central Africa Province, ISCAP
  - term: Part of
  - definition:
    - button "Islamic State"
    - text: since 22 Nov 2017
  - group: Sources of names and affiliations
  - group "Table, scrolls":
    - table "Islamic State in Central Africa":
      - rowgroup:
        - row "Country First seen Last seen Episodes Episodes over time"
      - rowgroup:
        - row "DR Congo 22 Nov 2017 22 Nov 2017 1 22 November 2017"
"""

CHANGES = """
- region "What changed since 24 November 2017 (UTC)":
  - heading "What changed since 24 November 2017 (UTC)" [level=2]
  - button "Copy link"
  - button "Close"
  - group "Since when":
    - button "yesterday"
    - button "7 days ago"
    - button "30 days ago"
    - textbox "or the day"
  - status:
    - paragraph: 26 alerts of returns hidden.
    - button "Show"
  - 'region "New: 4"':
    - 'heading "New: 4" [level=3]'
    - list:
      - listitem:
        - link "Islamic State appeared in the DR Congo for the first time"
        - paragraph: 22 November 2017; reported 24 Nov 2017, 00:00 UTC
  - 'region "Corrected: 2"'
  - 'region "Taken back: 2"':
    - list:
      - listitem:
        - 'link "No longer news: Islamic State in the Philippines"'
  - region "On record":
    - paragraph: "Sightings: 31 new, 0 corrected, 0 withdrawn."
"""
SINCE = "#since=2017-11-24"

EVERY_STATE = [
    SINCE,
    "",
    SEED,
    f"alert/{CONGO}",
    f"group/isis{SEED}",
    "#day=2017-11-19&known=then&filter=in:Shael&country=BE",
]


@each_row(
    ("path", "part", "roles"),
    [
        (SEED, "body", HOME),
        (f"alert/{CONGO}", "#alert-panel", ALERT),
        (f"group/iscap{SEED}", "#group-panel", GROUP),
        (SINCE, "#changes-panel", CHANGES),
    ],
)
def test_a_screen_reader_reads_the_page_out(page: Page, address: str, path: str, part: str, roles: str) -> None:
    page.goto("about:blank")
    page.goto(address + path)
    expect(page.locator(part)).to_match_aria_snapshot(roles)


def test_the_suggestions_are_accessible(page: Page, address: str) -> None:
    page.goto(address + SEED)
    page.locator("#filter").press_sequentially("isl")
    expect(page.get_by_role("option", name="Country Iceland IS, Northern Europe")).to_be_visible()
    page.press("#filter", "ArrowDown")
    expect_accessible(page)


def test_the_html_is_valid_in_every_state(page: Page, address: str) -> None:
    if not CHECKER.exists():
        pytest.skip("no HTML checker: python -m tests.support.html_checker.install")
    pages = {"api": page.request.get(f"{address}docs").text()}
    for number, path in enumerate(EVERY_STATE):
        page.goto("about:blank")
        page.goto(address + path)
        expect(page.locator("#status")).to_have_class("caught-up")
        expect(page.locator(".state.loading:visible")).to_have_count(0)
        pages[f"{number}-sent"] = page.request.get(address + path).text()
        pages[f"{number}-drawn"] = f"<!doctype html>{page.evaluate('document.documentElement.outerHTML')}"
    assert errors_in(pages) == []
