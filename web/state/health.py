"""Checks the stages every few seconds for ``/health``, so that no request waits for Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from faust_batches.errors import MissingTopicError
from streams.health import problems
from streams.io.clock import monotonic, now
from streams.io.health_observer import UNREACHABLE, Observer, unreachable_text
from streams.io.kafka_config import KafkaConfig
from web.state.page_state import PageState

CHECK_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """The result of the last check of the stages."""

    problems: list[str] = field(default_factory=lambda: ["the stages have not been checked yet"])
    """Each with its remedy; empty when there are none."""


async def check_stages(
    cluster: KafkaConfig,
    prefix: str,
    health: Health,
    state: PageState,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Check the stages every five seconds until cancelled; errors become problems."""
    while True:
        try:
            async with Observer.open(cluster, prefix) as observer:
                while True:
                    at = monotonic()
                    await observer.poll(at)
                    found = problems(observer.partitions_health(state.heartbeats, at, now()))
                    health.problems = [problem.text for problem in found]
                    await sleep(CHECK_SECONDS)
        except UNREACHABLE as error:
            health.problems = [unreachable_text(error)]
        except MissingTopicError as error:
            health.problems = [str(error)]
        except Exception as error:  # noqa: BLE001 - a failed check is a problem, not the end of the page
            health.problems = [f"the check of the stages failed ({type(error).__name__}); see the log"]
            _log.exception("The check of the stages failed; retrying in %.0f s", CHECK_SECONDS)
        await sleep(CHECK_SECONDS)
