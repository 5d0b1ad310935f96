"""``/health``: whether alerts would come and be shown. A task looks at the stages; no request waits for Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from faust_batches.errors import MissingTopicError
from streams.health import problems
from streams.io.clock import monotonic, now
from streams.io.health_observer import UNREACHABLE, Observer, unreachable_text
from streams.io.kafka_config import KafkaConfig
from web.state.follower import Views

LOOK_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """What the last look at the stages found."""

    problems: list[str] = field(default_factory=lambda: ["the stages have not been looked at yet"])
    """In words, with what to do; empty when all is well."""


async def keep_looking(
    cluster: KafkaConfig,
    prefix: str,
    health: Health,
    views: Views,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Look at the stages every five seconds until cancelled, whatever happens."""
    while True:
        try:
            async with Observer.open(cluster, prefix) as observer:
                while True:
                    at = monotonic()
                    await observer.look(at)
                    found = problems(observer.partitions_health(views.heartbeats, at, now()))
                    health.problems = [problem.text for problem in found]
                    await sleep(LOOK_SECONDS)
        except UNREACHABLE as error:
            health.problems = [unreachable_text(error)]
        except MissingTopicError as error:
            health.problems = [str(error)]
        except Exception as error:  # noqa: BLE001 - what cannot be seen is not well
            health.problems = [f"the stages could not be looked at ({type(error).__name__}); the log says more"]
            _log.exception("The stages could not be looked at; trying again in %.0f s", LOOK_SECONDS)
        await sleep(LOOK_SECONDS)


def serve_health(app: FastAPI, health: Health, views: Views) -> None:
    """Answer 200 when nothing is wrong and 503 otherwise, each with what is known."""

    @app.get("/health", include_in_schema=False)
    async def answer() -> JSONResponse:
        alerts = views.alerts
        found = list(health.problems)
        if alerts.state == "catching-up":
            found.append(f"the page has not read everything yet: {alerts.behind:,} offsets are left")
        elif alerts.state == "kafka-away":
            found.append("the page has lost Kafka, and reads on when it is back")
        return JSONResponse(
            {
                "ok": not found,
                "problems": found,
                "caught_up": alerts.state == "caught-up",
                "behind": alerts.behind,
                "alerts": alerts.alerts,
                "heartbeats": {place: sign.beat_at.isoformat() for place, sign in sorted(views.heartbeats.items())},
            },
            status_code=503 if found else 200,
        )
