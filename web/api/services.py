"""The state that routes read. FastAPI injects it into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, cast

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from places.areas import Areas
from streams.intake.day_limits import DayPolicy
from streams.io.clock import now
from streams.presence.policy import Policy
from web.api.idempotency import SentResponses
from web.api.sighting_writer import SightingWriter
from web.http.auth import source_of_key
from web.state.health import Health
from web.state.known_names import KnownNames
from web.state.page_state import PageState
from web.state.queries import Queries
from web.state.response_cache import ResponseCache


@dataclass(frozen=True, slots=True)
class Services:
    """One for each application, in ``app.state.services``."""

    queries: Queries
    responses: ResponseCache
    names: KnownNames
    page: PageState
    page_url: str | None
    """The address of the page that readers use; None: that of each request."""
    health: Health
    policy: Policy
    areas: Areas
    """The areas that a filter may name."""
    writer: SightingWriter
    sent_responses: SentResponses
    producer_keys: Mapping[str, str]
    """By source."""
    days: DayPolicy
    """The days that a sighting may have."""
    body_seconds: float
    """How long a body may take to arrive."""

    def caching(self, *known_by: date | None) -> str:
        """Return the ``Cache-Control`` of a response about what was known by the ends of days; None: what is known now.

        Such a response never changes once the days have been over for a while and every report has been read.
        """
        is_settled = all(day is not None and now().date() - day > _UNSETTLED for day in known_by)
        return _FOR_EVER if is_settled and self.page.alerts.state == "caught-up" else "no-cache"


NO_ANSWER = "The history database cannot be read at the moment, or too many queries are waiting."
"""The reason for a 503, which any request may get."""

_UNSETTLED = timedelta(days=2)
_FOR_EVER = "max-age=31536000, immutable"


async def services(request: Request) -> Services:
    """Return the services of the application that got a request."""
    return cast(Services, request.app.state.services)


Injected = Annotated[Services, Depends(services)]
"""A route's parameter that holds the services."""

_producer_key = HTTPBearer(scheme_name="producer", auto_error=False)


async def producer_source(
    services: Injected, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_producer_key)]
) -> str:
    """Return the source that the producer's key of a request is for. Raises HTTPException 401 without a valid key."""
    key = credentials.credentials.strip() if credentials else ""
    source = source_of_key(key, services.producer_keys)
    if source is None:
        detail = "Send `Authorization: Bearer KEY` with the key of a producer (FIRSTSEEN_PRODUCER_KEYS)"
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
    return source


ProducerSource = Annotated[str, Depends(producer_source)]
"""A route's parameter that holds the source of the producer's key."""
