"""Build the pictures in ``docs/images/`` from the demo's data: the page, and an alert as Slack shows it. For developers.

Serves the page and opens it in Chromium, as the browser tests do, without Kafka. Slack is not involved: the message is
drawn from the Block Kit blocks that Firstseen would send.

    PYTHONPATH=. python tools/build_pictures.py
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from schemas.alert import AlertEvent
from schemas.delivery import Delivery
from streams.notify.ledger import map_file
from streams.notify.map_svg import HEIGHT, WIDTH, render_map
from streams.notify.message import render
from tests.support.chromium.install import chromium
from tests.support.demo_page import demo_page

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
DAY = "2017-11-24"
PAGE = "https://alerts.example.org"
PATIENCE_MS = 120_000

STYLE = """
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, "Open Sans", "Helvetica Neue", Arial, sans-serif; }
#message { width: 640px; padding: 18px 22px 18px 66px; position: relative; }
#message::before { content: "F"; position: absolute; left: 18px; top: 20px; width: 36px; height: 36px; border-radius: 6px;
  background: #6a3cc4; color: #fff; font-weight: 700; font-size: 20px; line-height: 36px; text-align: center; }
.who b { font-weight: 700; } .app { background: #e8e8e8; color: #616061; font-size: 10px; border-radius: 2px; padding: 1px 3px;
  margin: 0 5px; font-weight: 700; vertical-align: 1px; } .time { color: #616061; font-size: 12px; }
.section { margin: 8px 0; white-space: pre-line; } .beside { border-left: 4px solid; border-radius: 2px; padding-left: 12px; }
.context { color: #616061; font-size: 13px; margin: 8px 0 0; display: flex; flex-wrap: wrap; gap: 0 10px; }
.actions { display: flex; gap: 8px; margin: 12px 0; } .actions span { border: 1px solid #bbb; border-radius: 4px; padding: 3px 12px;
  font-weight: 700; font-size: 13px; } .beside + .beside { margin-top: 6px; } .picture { line-height: 0; }
.picture svg { width: 480px; height: auto; border-radius: 6px; } a { color: #1264a3; text-decoration: none; }
"""


def main() -> int:
    installed = chromium()
    if installed is None:
        sys.stderr.write("No Chromium found: install it, or name it in CHROMIUM.\n")
        return 2
    IMAGES.mkdir(exist_ok=True)
    with demo_page() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed.program, env=installed.environment, args=["--no-sandbox", "--disable-gpu"]
        )
        _draw_page(browser, f"{served.address}#day={DAY}", "map.png", "#points > *")
        _draw_page(
            browser, f"{served.address}group/islamic-state#day={DAY}", "group.png", "#group-facts dt", "#group-panel"
        )
        _draw_message(browser, _alert(served.alerts))
        browser.close()
    return 0


def _alert(events: Sequence[AlertEvent]) -> AlertEvent:
    """Return an alert that has everything to show, the link to a faction included: the Islamic State in DR Congo."""
    return next(event for event in events if event.country == "CD" and event.by_affiliation)


def _draw_page(browser: Browser, address: str, file: str, awaited: str, part: str | None = None) -> None:
    page = browser.new_page(viewport={"width": 1360, "height": 662})
    page.goto(address, timeout=PATIENCE_MS)
    expect(page.locator("#status")).to_have_class("caught-up", timeout=PATIENCE_MS)
    expect(page.locator("#new-rows tr").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(awaited).first).to_be_attached(timeout=PATIENCE_MS)
    (page.locator(part) if part else page).screenshot(path=IMAGES / file)


def _draw_message(browser: Browser, alert: AlertEvent) -> None:
    page = browser.new_page(viewport={"width": 760, "height": 800}, device_scale_factor=1.5)
    page.set_content(message_as_html(alert))
    page.locator("#message").screenshot(path=IMAGES / "slack-alert.png")


def message_as_html(alert: AlertEvent) -> str:
    """Return the root message of an alert as a page that looks like Slack. Raises ValueError for an unknown block."""
    delivery = Delivery(delivery_id=alert.alert_id, destination="C0123456789", alert=alert)
    message = render(delivery, interactive=True, page=PAGE, map_file=map_file(alert, "F0123456789"))
    headline = "".join(map(_block, message.blocks))
    text, picture = message.attachments
    beside = [(text["color"], "".join(map(_block, text["blocks"]))), (picture["color"], _picture(alert))]
    return (
        f'<style>{STYLE}</style><div id="message"><div class="who"><b>Firstseen</b><span class="app">APP</span>'
        f'<span class="time">{alert.arrived:%H:%M}</span></div>{headline}'
        + "".join(f'<div class="beside" style="border-color: {colour}">{body}</div>' for colour, body in beside)
        + "</div>"
    )


def _picture(alert: AlertEvent) -> str:
    svg = (render_map(alert) or "").replace("<svg ", f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" ', 1)
    return f'<div class="picture">{svg}</div>'


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "rich_text":
            elements = (element for section in block["elements"] for element in section["elements"])
            return f'<div class="section">{"".join(map(_element, elements))}</div>'
        case "actions":
            labels = (element["text"]["text"] if "text" in element else "⋯" for element in block["elements"])
            return f'<div class="actions">{_each(map(html.escape, labels))}</div>'
        case "context":
            return f'<div class="context">{_each(map(_context, block["elements"]))}</div>'
    raise ValueError(f"no picture of a block of type {block['type']}: draw it in tools/build_pictures.py")


def _element(element: Mapping[str, Any]) -> str:
    """Return a piece of rich text as HTML."""
    text = html.escape(element["text"])
    for style, tag in (("bold", "b"), ("strike", "s"), ("code", "code")):
        text = f"<{tag}>{text}</{tag}>" if element.get("style", {}).get(style) else text
    return f'<a href="{html.escape(element["url"])}">{text}</a>' if element["type"] == "link" else text


def _context(element: Mapping[str, str]) -> str:
    if element["type"] == "plain_text":
        return html.escape(element["text"])
    return re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", element["text"])


def _each(texts: Iterable[str]) -> str:
    return "".join(f"<span>{text}</span>" for text in texts)


if __name__ == "__main__":
    sys.exit(main())
