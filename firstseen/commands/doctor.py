"""The command ``firstseen doctor``: checks everything that Firstseen needs on this machine and outside."""

from __future__ import annotations

import asyncio
import logging
import platform
import sys
from dataclasses import dataclass

import typer

from faust_batches.errors import MissingTopicError, UnreachableError
from firstseen.channel_checks import check_mail, check_teams
from firstseen.commands.listing import ALL, Listing, OutputOption, fields_of
from firstseen.commands.output import Output
from firstseen.commands.progress import progress
from firstseen.config.area_problems import area_problems
from firstseen.config.files import load_areas
from firstseen.config.yaml_values import ConfigurationError
from firstseen.exit_codes import Exit
from firstseen.follow.progress import read_feeds
from firstseen.settings import Settings, load_settings, misspelled_variables
from history.explanation_text import Line
from schemas.feed import label
from schemas.labels import time_in_words
from schemas.topics import STAGES, TOPICS
from streams.health import late_feed, problems
from streams.io.clock import monotonic, now
from streams.io.config_writer import read_areas, read_subscribers
from streams.io.health_observer import UNREACHABLE, check_partitions, unreachable_text
from streams.io.slack_client import SlackClient
from streams.io.topic_admin import differences


@dataclass(frozen=True, slots=True)
class CheckRow:
    """The result of one check."""

    check: str
    ok: bool
    text: str
    """What was found; of a failure also what to do."""


CHECKS = Listing[CheckRow](
    noun="checks",
    nothing="No check.",
    lines=lambda row: [Line(f"{'ok  ' if row.ok else 'FAIL'}  {row.check:8} {row.text}")],
    fields=fields_of(CheckRow),
)


def doctor(output: OutputOption = Output.TEXT) -> None:
    """Check Python, Kafka, topics, stages, feeds, areas, Slack, e-mail and Teams; each failure says what to do.

    A stage is healthy if every partition has an owner, no record has waited for more than 30 seconds, and no open
    transaction blocks it. A feed is healthy if one of its last three polls succeeded. The exit code is 1 if a check
    fails.

    Examples:
        firstseen doctor
    """
    settings = load_settings()
    with progress("Checking ..."):
        kafka = _check_kafka(settings)
        stages = _check_stages(settings) if kafka[0].ok else []
        feeds = _check_feeds(settings) if kafka[0].ok else []
        areas = _check_areas(settings) if kafka[0].ok else []
        channels = _check_channels(settings, with_kafka=kafka[0].ok)
    checks = [_check_python(), *_check_settings(), *kafka, *stages, *feeds, *areas, _check_slack(settings), *channels]
    CHECKS.print(checks, output, ALL)
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.NEGATIVE)


def _check_python() -> CheckRow:
    version = platform.python_version()
    ok = sys.version_info >= (3, 11)
    return CheckRow("python", ok, version if ok else f"{version}: Firstseen needs 3.11 or newer")


def _check_settings() -> list[CheckRow]:
    """Report the variables that are probably misspelled settings; no check if there are none."""
    return [CheckRow("settings", ok=False, text=sentence) for sentence in misspelled_variables()]


def _check_kafka(settings: Settings) -> list[CheckRow]:
    where = settings.cluster.bootstrap
    hint = "" if settings.kafka else " FIRSTSEEN_KAFKA is not set; `firstseen up` starts a Kafka on this machine."
    if settings.security_protocol.startswith("SASL") and not settings.sasl_password:
        return [CheckRow("kafka", False, f"{where}: set FIRSTSEEN_SASL_USERNAME and FIRSTSEEN_SASL_PASSWORD")]
    try:
        found = differences(settings.cluster, settings.topic_settings)
    except UnreachableError as error:
        secured = settings.security_protocol != "PLAINTEXT"
        why = " It may have rejected the credentials or the certificate." if secured else ""
        return [CheckRow("kafka", False, f"{error}{hint}{why}")]
    kafka = CheckRow("kafka", True, f"answers at {where}")
    if found:
        more = f"; and {len(found) - 3} more, see `firstseen topics check`" if found[3:] else ""
        return [kafka, CheckRow("topics", ok=False, text="; ".join(found[:3]) + more)]
    return [kafka, CheckRow("topics", True, f"all {len(TOPICS)} are correct")]


def _check_stages(settings: Settings) -> list[CheckRow]:
    """Check each partition of each stage; no checks if a topic is missing."""
    for client in ("aiokafka", "kafka"):  # the checks below report errors once
        logging.getLogger(client).setLevel(logging.CRITICAL)
    try:
        partitions_health = asyncio.run(check_partitions(settings.cluster, settings.prefix, now, monotonic))
    except MissingTopicError:
        return []  # the check of the topics reports it
    except UNREACHABLE as error:
        return [CheckRow("stages", ok=False, text=unreachable_text(error))]
    found = problems(partitions_health)
    checks = []
    for stage in STAGES:
        mine = [health for health in partitions_health if health.stage == stage]
        if texts := [problem.text for problem in found if problem.stage == stage]:
            checks.append(CheckRow(stage, ok=False, text="; ".join(texts)))
        else:
            partitions = ", ".join(str(health.partition) for health in mine)
            waits = any(health.progress.waits for health in mine)
            state = "records are waiting" if waits else "no record is waiting"
            checks.append(CheckRow(stage, ok=True, text=f"owns partition {partitions}; {state}"))
    return checks


def _check_feeds(settings: Settings) -> list[CheckRow]:
    """Check that each followed feed is read in time; no checks if the topic is missing."""
    try:
        followed = asyncio.run(read_feeds(settings.cluster, settings.prefix))
    except (MissingTopicError, *UNREACHABLE):
        return []  # the checks of topics and stages report it
    checks = []
    for name, state in followed.items():
        late = late_feed(state, now())
        read = f"read {time_in_words(state.succeeded_at)}" if state.succeeded_at else "not read yet"
        checks.append(CheckRow("feed", ok=late is None, text=late or f"{label(name)}: {read}"))
    return checks


def _check_areas(settings: Settings) -> list[CheckRow]:
    """Check the areas, and that they agree with subscriptions and presence; only the areas if a topic is missing."""
    try:
        areas = load_areas(settings.areas, settings.polygons)
    except ConfigurationError as error:
        return [CheckRow("areas", ok=False, text=str(error))]
    try:
        subscribers = asyncio.run(read_subscribers(settings.cluster, settings.prefix))
        counted = asyncio.run(read_areas(settings.cluster, settings.prefix))
    except (MissingTopicError, *UNREACHABLE):
        subscribers, counted = {}, []  # the checks of topics and stages report it
    found = list(area_problems(areas, counted, subscribers))
    if found:
        more = f" And {len(found) - 3} more." if found[3:] else ""
        return [CheckRow("areas", ok=False, text=" ".join(found[:3]) + more)]
    count = len(areas.polygons)
    return [CheckRow("areas", ok=True, text=f"{count or 'no'} area{'' if count == 1 else 's'} with a polygon")]


def _check_slack(settings: Settings) -> CheckRow:
    if not settings.slack_token:
        return CheckRow("token", True, "SLACK_BOT_TOKEN is not set: messages go to the terminal")
    answer = asyncio.run(SlackClient(settings.slack_token, settings.slack_url).check())
    if answer.ok:
        return CheckRow("token", ok=True, text=f"posts as {answer.bot} in {answer.team}")
    return CheckRow("token", ok=False, text=answer.error or "Slack rejected the token")


def _check_channels(settings: Settings, *, with_kafka: bool) -> list[CheckRow]:
    """Check the mail server and the names of Teams channels; no check of what is not set."""
    found = {"mail": check_mail(settings)}
    if settings.teams_urls and with_kafka:
        try:
            subscribers = asyncio.run(read_subscribers(settings.cluster, settings.prefix))
        except (MissingTopicError, *UNREACHABLE):
            subscribers = {}  # the checks of topics and stages report it
        found["teams"] = check_teams(settings, subscribers)
    return [CheckRow(name, *finding) for name, finding in found.items() if finding]
