"""Runs one stage in this process: settings become the agent's rules, and Faust runs it until it is asked to end."""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import Callable, Mapping

import faust
from rich.console import Console

from faust_batches.membership import claim_instance
from faust_batches.partition import StageConfig
from firstseen.config.files import load_areas
from firstseen.logs import log_to_stderr
from firstseen.settings import Settings
from schemas.topics import Stage
from streams import agents
from streams.io.clock import now
from streams.io.cpu_priority import lower_priority
from streams.io.destinations import Destinations
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions
from streams.io.webhook_client import WebhookClient

_INTAKE_STEPS_BACK = 5
"""What is on its way to an alert goes before what is only coming in: decision 0015."""


def run_stage(stage: Stage, settings: Settings, console: Console) -> None:
    """Run a worker of one stage until SIGTERM or Ctrl-C. Raises SystemExit, as Faust's worker does when it ends.

    Messages without a Slack channel go to the console; a quiet one shows none of them.
    """
    log_to_stderr(stage)
    # Records make no cycles, and looking for some among all that is remembered would hold up a batch.
    gc.set_threshold(100_000, 50, 100)
    if stage == "intake":
        lower_priority(_INTAKE_STEPS_BACK)
    app = _BUILDERS[stage](settings, console)
    worker = faust.Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None  # it would write its cursor movements among the messages
    worker.execute_from_commandline()


def _intake(settings: Settings, _: Console) -> faust.App:
    return agents.intake(config_of("intake", settings), settings.day_policy)


def _presence(settings: Settings, _: Console) -> faust.App:
    return agents.presence(config_of("presence", settings), settings.policy)


def _dispatch(settings: Settings, _: Console) -> faust.App:
    return agents.dispatch(config_of("dispatch", settings), load_areas(settings.areas))


def _slack(settings: Settings, console: Console) -> faust.App:
    api = SlackClient(settings.slack_token, settings.slack_url) if settings.slack_token else None
    webhooks = None
    if settings.webhook_secret:
        secret = settings.webhook_secret.get_secret_value()
        webhooks = WebhookClient(secret, private=settings.webhook_private, clock=now, sleep=asyncio.sleep)
    return agents.slack(
        config_of("slack", settings),
        Destinations(
            api,
            console,
            webhooks=webhooks,
            options=SlackOptions(
                operators=settings.operators_channel,
                page=settings.page_url,
                interactive=settings.takes_slack_commands,
            ),
        ),
    )


_BUILDERS: Mapping[Stage, Callable[[Settings, Console], faust.App]] = {
    "intake": _intake,
    "presence": _presence,
    "dispatch": _dispatch,
    "slack": _slack,
}


def config_of(stage: Stage, settings: Settings) -> StageConfig:
    """Return what the runtime must know of a stage."""
    folder = settings.state_dir / "workers" / stage
    return StageConfig(
        stage,
        settings.cluster,
        settings.prefix,
        folder,
        policy=_policy_of(stage, settings),
        session_seconds=settings.session_seconds,
        transaction_seconds=settings.transaction_seconds,
        instance=claim_instance(folder, platform.node(), stage),
    )


def _policy_of(stage: Stage, settings: Settings) -> dict[str, str]:
    """Return the settings that decide what a stage computes."""
    match stage:
        case "intake":
            return {"earliest_day": settings.earliest_day.isoformat()}
        case "presence":
            return settings.policy.as_settings()
        case _:
            return {}
