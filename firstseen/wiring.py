"""Runs one stage in this process: builds the agent from the settings and runs it with Faust until it is stopped."""

from __future__ import annotations

import asyncio
import gc
import platform
import signal
from collections.abc import Callable, Mapping, Sequence

import faust
from kafka import KafkaAdminClient
from rich.console import Console

from faust_batches.app import Worker
from faust_batches.exits import ExitCode, exit_now
from faust_batches.membership import claim_instance
from faust_batches.rocksdb import StoreError
from firstseen.config.files import load_areas
from firstseen.config.webhook_formats import load_webhook_formats
from firstseen.logs import log_to_stderr
from firstseen.mail_settings import mail_server
from firstseen.settings import Settings
from schemas.delivery import Via
from schemas.topics import Stage, Topic
from streams import agents
from streams.io.clock import now
from streams.io.cpu_priority import lower_priority
from streams.io.current_subscriptions import CurrentSubscriptions
from streams.io.destinations import Destinations
from streams.io.email_sender import EmailOptions, EmailSender
from streams.io.http_poster import HttpPoster
from streams.io.senders import Sender
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions
from streams.io.smtp_client import SmtpClient
from streams.io.stage_config import FOLDER_REMEDY, StageConfig
from streams.io.stop_signals import stop_signals
from streams.io.teams_sender import TeamsSender
from streams.io.topic_admin import uneven_partitions
from streams.io.webhook_sender import WebhookSender

_INTAKE_NICE = 5
"""Intake yields CPU to the later stages, which are closer to an alert: decision 0015."""


def run_stage(stage: Stage, settings: Settings, console: Console, *, brief: bool = False) -> None:
    """Run a worker of one stage until a signal asks to stop.

    Raises SystemExit, as Faust's worker does when it ends. Messages for the terminal go to the console, unless it is
    quiet; ``brief``: one line each.
    """
    log_to_stderr(stage)
    # Records have no reference cycles, and a full garbage collection of the tables in memory would delay a batch.
    gc.set_threshold(100_000, 50, 100)
    if stage == "intake":
        lower_priority(_INTAKE_NICE)
    try:
        app = _slack(settings, console, brief=brief) if stage == "slack" else _BUILDERS[stage](settings)
    except StoreError as error:
        exit_now(ExitCode.DISK, f"{stage}: {error} {FOLDER_REMEDY} Exiting.")
    if signal.SIGHUP in stop_signals():  # Faust knows only the others
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    Worker(app).execute_from_commandline()


def require_even_partitions(client: KafkaAdminClient, prefix: str, topics: Sequence[Topic]) -> None:
    """Exit if topics of a worker have different numbers of partitions."""
    if problem := uneven_partitions(client, prefix, topics):
        exit_now(ExitCode.CONFIGURATION, f"{problem} Exiting.")


def _intake(settings: Settings) -> faust.App:
    return agents.intake(config_of("intake", settings), settings.day_policy)


def _presence(settings: Settings) -> faust.App:
    return agents.presence(config_of("presence", settings), settings.policy)


def _dispatch(settings: Settings) -> faust.App:
    return agents.dispatch(config_of("dispatch", settings), load_areas(settings.areas, settings.polygons))


def _slack(settings: Settings, console: Console, *, brief: bool) -> faust.App:
    api = SlackClient(settings.slack_token, settings.slack_url) if settings.slack_token else None
    options = SlackOptions(
        operators=settings.operators_channel, page=settings.page_url, interactive=settings.takes_slack_commands
    )
    areas = load_areas(settings.areas, settings.polygons)
    subscriptions = CurrentSubscriptions(settings.cluster, settings.prefix, areas, now)
    destinations = Destinations(
        api, console, others=senders(settings), options=options, is_wanted=subscriptions.want, brief=brief
    )
    return agents.slack(config_of("slack", settings), destinations)


def senders(settings: Settings) -> dict[Via, Sender]:
    """Return the senders of the destinations outside Slack that are set up."""
    found: dict[Via, Sender] = {}
    poster = HttpPoster(private=settings.webhook_private)
    if secret := settings.webhook_key:
        formats = load_webhook_formats(settings.webhook_formats)
        found["webhook"] = WebhookSender(
            secret, poster, formats=formats, page=settings.page_url, clock=now, sleep=asyncio.sleep
        )
    if settings.teams_urls:
        found["teams"] = TeamsSender(settings.teams_addresses, poster, asyncio.sleep, settings.page_url)
    if server := mail_server(settings):
        options = EmailOptions(settings.page_url, settings.unsubscribe_key)
        found["email"] = EmailSender(SmtpClient(server), options, clock=now, sleep=asyncio.sleep)
    return found


_BUILDERS: Mapping[Stage, Callable[[Settings], faust.App]] = {
    "intake": _intake,
    "presence": _presence,
    "dispatch": _dispatch,
}


def config_of(stage: Stage, settings: Settings) -> StageConfig:
    """Return the configuration of a stage's batches: its cluster, topics, files and timeouts."""
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
    """Return the settings on which the results of a stage depend."""
    match stage:
        case "intake":
            return {"earliest_day": settings.earliest_day.isoformat()}
        case "presence":
            return settings.policy.as_settings()
        case _:
            return {}
