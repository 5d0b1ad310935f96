"""Alert events as server-sent events: JSON for ``page.js``, which alone decides how they look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import JSONServerSentEvent, ServerSentEvent

from places.regions import countries
from schemas.alert import AlertEvent
from web.views import AlertView, Numbered

_RETRY_MS = 3000


async def stream(view: AlertView, run: str, last_event_id: str | None = None) -> AsyncIterator[ServerSentEvent]:
    """Yield all known alert events, an event that says whether that is all, then live ones.

    Ids are ``run-number``. The numbers are those of one process, so an id of another run (``run`` differs) counts as
    none and the page gets everything once more; it knows by alert and revision what it has.
    """
    yield ServerSentEvent(retry=_RETRY_MS)
    async for news in view.watch(_number(run, last_event_id, len(view))):
        if isinstance(news, Numbered):
            yield JSONServerSentEvent(for_page(news.event), id=f"{run}-{news.number}", event="alert")
        else:
            yield ServerSentEvent(str(view.alerts), event=news)


def for_page(event: AlertEvent) -> dict[str, Any]:
    """Return the event as JSON values, with the name of its country. Nothing is escaped: the page sets text only."""
    named = {"country_name": _name(event.country), "country_names": [_name(country) for country in event.countries]}
    return {**event.model_dump(mode="json"), **named}


def _name(code: str) -> str:
    country = countries().get(code)
    return country.name if country else code


def _number(run: str, last_event_id: str | None, known: int) -> int:
    theirs, _, number = (last_event_id or "").rpartition("-")
    return (
        int(number)
        if theirs == run and number.isascii() and number.isdecimal() and len(number) < 10 and int(number) <= known
        else 0
    )
