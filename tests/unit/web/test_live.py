from __future__ import annotations

import json

from schemas.alert import Why
from tests.unit.web.alert_events import alert_event, evidence
from web.live import for_page, stream
from web.views import AlertView


def _caught_up(*alert_ids: str) -> AlertView:
    view = AlertView()
    view.add(alert_event(alert_id) for alert_id in alert_ids)
    view.become("caught-up")
    return view


async def _ids(view: AlertView, last_event_id: str | None) -> list[str]:
    """Return the ids of what a page gets before it is told that it has all."""
    ids: list[str] = []
    async for message in stream(view, "run", last_event_id):
        if message.event == "caught-up":
            return ids
        if message.id:
            ids.append(message.id)
    raise AssertionError("the stream ended")


async def test_a_new_page_gets_everything_then_the_word_that_it_has_caught_up() -> None:
    assert await _ids(_caught_up("a", "b"), None) == ["run-1", "run-2"]


async def test_a_page_that_reconnects_gets_what_it_missed() -> None:
    assert await _ids(_caught_up("a", "b"), "run-1") == ["run-2"]


async def test_an_id_of_another_run_or_no_id_at_all_means_everything() -> None:
    for odd in ("other-1", "run-", "run-x", "run--1", "run-99", "run-²", "1", "", "run-" + "9" * 5000):
        assert await _ids(_caught_up("a", "b"), odd) == ["run-1", "run-2"], odd


async def test_hostile_text_stays_text_on_one_line_of_json() -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u2028\r\ndata: forged\n\nevent: caught-up"
    event = alert_event(group=hostile, why=Why(sightings=(evidence(title=hostile),), origins=1, previous_last_day=None))
    view = AlertView()
    view.add([event])
    messages = stream(view, "run")
    await anext(messages)
    lines = (await anext(messages)).encode().decode().replace("\r\n", "\n").removesuffix("\n\n").split("\n")
    assert [line.partition(": ")[0] for line in lines] == ["id", "event", "data"]
    sent = json.loads(lines[2].removeprefix("data: "))
    assert sent["group"] == hostile
    assert sent["why"]["sightings"][0]["title"] == hostile


def test_the_country_comes_with_its_name_and_an_unknown_code_with_itself() -> None:
    assert for_page(alert_event(country="BJ"))["country_name"] == "Benin"
    assert for_page(alert_event(country="ZZ"))["country_name"] == "ZZ"
