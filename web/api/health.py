"""``GET /health``: whether new alerts would be found and shown."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from web.api.services import Injected

router = APIRouter(tags=["About"])


class HealthPage(BaseModel):
    """The state of the installation."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    ok: bool
    problems: list[str]
    """What is wrong, in sentences; empty if all is well."""
    caught_up: bool
    """Whether the server has read everything on record."""
    behind: int
    """How many offsets of the topics are left to read."""
    alerts: int
    """How many alerts are known."""
    heartbeats: dict[str, datetime]
    """The last heartbeat of each partition of a stage."""


@router.get(
    "/health",
    operation_id="getHealth",
    summary="The state of the installation",
    responses={200: {"model": HealthPage}, 503: {"model": HealthPage, "description": "Something is wrong."}},
)
async def get_health(services: Injected) -> JSONResponse:
    """Return 200 when all is well and 503 otherwise; both with the details."""
    log = services.page.alerts
    problems = list(services.health.problems)
    if log.state == "catching-up":
        problems.append(f"the page is still reading: {log.lag:,} offsets are left")
    elif log.state == "kafka-away":
        problems.append("the page lost its connection to Kafka and is reconnecting")
    if services.page.history_problem:
        problems.append(services.page.history_problem)
    heartbeats = {key: beat.beat_at.isoformat() for key, beat in sorted(services.page.heartbeats.items())}
    return JSONResponse(
        {
            "ok": not problems,
            "problems": problems,
            "caught_up": log.state == "caught-up",
            "behind": log.lag,
            "alerts": log.end.alerts,
            "heartbeats": heartbeats,
        },
        status_code=503 if problems else 200,
    )
