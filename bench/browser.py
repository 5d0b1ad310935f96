"""Measures the page in Chromium: the time until it is usable, and the frame rate while the slider moves."""

from __future__ import annotations

import shutil
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

_LOADS = 5
_PLAY_MS = 3_000

_USABLE = """() => new Promise((done) => {
  const look = () => document.querySelector("#status.caught-up") && document.querySelector("#alerts .alert")
    && !document.querySelector(".state.loading:not([hidden])") ? done(performance.now()) : setTimeout(look, 5);
  look();
})"""
"""Milliseconds since the start of the navigation."""

_FRAMES = """(playing) => new Promise((done) => {
  const gaps = [], slider = document.getElementById("day");
  let before = null, day = Number(slider.min) + 2000;
  const begin = performance.now();
  const tick = (now) => {
    if (before !== null) gaps.push(now - before);
    before = now;
    slider.value = day += 1;
    slider.dispatchEvent(new Event("input"));
    if (now - begin < playing) requestAnimationFrame(tick); else done(gaps);
  };
  requestAnimationFrame(tick);
})"""


async def measure(address: str) -> dict[str, Any]:
    """Return the median time until the page is usable, and the frame rate while the slider moves in every frame."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return {"left_out": "no Chromium on this machine"}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        usable = [await _load(browser, address) for _ in range(_LOADS)]
        page = await browser.new_page(viewport={"width": 1440, "height": 1000})
        await page.goto(address)
        await page.evaluate(_USABLE)
        gaps: list[float] = await page.evaluate(_FRAMES, _PLAY_MS)
        await browser.close()
    return {
        "usable_ms": round(median(usable)),
        "frames_per_s": round(1000 * len(gaps) / sum(gaps), 1),
        "slowest_frame_ms": round(max(gaps), 1),
    }


async def _load(browser: Browser, address: str) -> float:
    """Load the page with an empty cache."""
    context = await browser.new_context(viewport={"width": 1440, "height": 1000})
    page = await context.new_page()
    await page.goto(address, wait_until="commit")
    took: float = await page.evaluate(_USABLE)
    await context.close()
    return took
