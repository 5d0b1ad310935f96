"""Runs a seeded schedule of faults under load, then compares every topic: ``make chaos ARGS="--seed 7 --faults 20"``.

Two workers of each stage run on three brokers while sightings arrive, steadily and in bursts. Faults may overlap:

- kill -9 of a worker, of all workers of a stage, or of a stage whose files are deleted before it restarts;
- a worker suspended for longer than its session (a zombie), a worker that leaves in order, a worker that joins;
- a full disk for a worker (a limit of the process, so that the harness needs no disk of its own);
- kill -9 of a broker, which restarts after some seconds;
- between workers and brokers: latency, cut connections, refused connections, one direction that is stuck;
- Slack (an emulator), a mail server, a workflow of Teams and a webhook that rate-limit, fail, or cut the connection before
  or after they accepted a message.

Meanwhile an operator applies one file of groups after the other; some of these commands are killed, too.

Tables are compacted throughout. The last line printed is JSON: ``{"seed", "faults", "records", "lost", "doubled",
"wrong", "ambiguous"}``; the exit code is 1 unless lost, doubled and wrong are 0. Ambiguous messages appear twice. They are
unavoidable when a worker or the connection dies after a channel accepted a message and before we recorded it; the ledger
counts them, and a webhook is called again with the same id.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from firstseen.local_kafka import LocalKafkaError
from schemas.delivery import CONSOLE
from schemas.subscription import Clause, Subscriber, Subscription
from schemas.topics import STAGES
from streams.dispatch.subscribers import apply_file
from streams.io.clock import monotonic, now, pause
from streams.io.config_writer import write_subscribers
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import lag_by_stage
from streams.presence.policy import Policy
from tests.faults.channels import PAGE, Channels, channels
from tests.faults.cluster import Brokers, brokers
from tests.faults.comparison import Verdict, compare
from tests.faults.group_changes import GroupChanges
from tests.faults.later import Later
from tests.faults.load import Load
from tests.faults.schedule import SESSION_SECONDS, Step, schedule
from tests.faults.workers import Workers
from tests.support import warm_start
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault as SlackFault

PREFIX = "chaos"
LATENCY_SECONDS = (0.1, 0.5)
CALM_SECONDS = 4.0
"""Time before the first fault, in which batches fill segments that are then compacted during the faults."""

SETTLE_SECONDS = 600.0
"""Time limit for the work that remains after the last fault."""
STANDSTILL_SECONDS = 120.0
"""Longer than every timeout of the workers and their clients: work that stands still this long never continues."""

POLICY = Policy(horizon_days=36_525)  # so that there are many alerts


@dataclass(frozen=True, slots=True)
class Environment:
    """The systems around the workers, in which faults happen."""

    kafka: Brokers
    slack: FakeSlack | None
    """None: every message goes to the console, which is quiet."""
    channels: Channels | None
    """The channels beside Slack; None without it."""
    folder: Path
    """Folder for the workers' logs and files."""
    partitions: int
    with_groups: bool
    """Whether groups change under way."""

    def subscribe(self) -> dict[str, Subscriber]:
        """Subscribe channels to few groups, because they take one message at a time, and the console to more."""
        groups_by_destination = {self.slack.channel: range(3), CONSOLE: range(12, 40)} if self.slack else {}
        for number, destination in enumerate(self.channels.destinations if self.channels else (), 1):
            groups_by_destination[destination] = range(3 * number, 3 * number + 3)
        wanted = {
            destination: [Subscription(clauses=(Clause(groups=tuple(f"Group {n}" for n in groups)),))]
            for destination, groups in groups_by_destination.items()
        }
        plan = partial(apply_file, wanted=wanted, at=now(), prune=True)
        rows = asyncio.run(write_subscribers(KafkaConfig(self.kafka.direct), PREFIX, plan))
        return {destination: row for destination, row in rows.items() if row}


def inject(step: Step, number: int, workers: Workers, environment: Environment, later: Later) -> None:
    """Start a fault and schedule its end."""
    target, kafka, network = step.target, environment.kafka, environment.kafka.network
    match step.fault:
        case "kill":
            workers.kill(target)
        case "kill all" | "wipe":
            workers.kill_stage(target, wipe=step.fault == "wipe")
        case "freeze":
            later.after(step.seconds, partial(workers.thaw, target, workers.freeze(target)))
        case "join":
            workers.join(target)
        case "leave":
            workers.leave(target)
        case "full disk":
            later.after(step.seconds, partial(workers.kill_if_still, target, workers.fill_disk(target)))
        case "kill broker":
            broker = int(target.removeprefix("broker "))
            kafka.kill(broker)
            later.after(step.seconds, partial(kafka.restart, broker))
        case "latency":
            network.latency(target, random.Random(number).uniform(*LATENCY_SECONDS))
            later.after(step.seconds, partial(network.latency, target, 0.0))
        case "cut":
            network.cut(target)
        case "refuse":
            network.refuse(target)
            later.after(step.seconds, partial(network.accept, target))
        case "stall":
            direction = ("up", "down")[number % 2]
            network.stall(target, direction)
            later.after(step.seconds, partial(network.flow, target, direction))
        case "reject outputs":
            kafka.reject(PREFIX, target)
            later.after(step.seconds, partial(kafka.accept_again, PREFIX, target))
        case "poison":
            later.after(0, partial(kafka.poison, PREFIX, target, environment.partitions))
        case "slack":
            assert environment.slack
            environment.slack.gateway.faults.append(SlackFault(target, times=1 + number % 3))  # type: ignore[arg-type]
        case "channel":
            assert environment.channels
            channel, _, failure = target.partition(" ")
            environment.channels.fail(channel, failure, 1 + number % 3)  # type: ignore[arg-type]


def chaos(environment: Environment, steps: list[Step], *, seed: int, per_second: float) -> Verdict:
    """Run the whole schedule and compare. Work that is unfinished at the time limit counts as lost."""
    began, kafka, slack = monotonic(), environment.kafka, environment.slack

    def log(line: str) -> None:
        sys.stderr.write(f"{monotonic() - began:6.1f} s  {line}\n")

    kafka.make_topics(PREFIX, environment.partitions)
    subscribers = environment.subscribe()
    variables = {
        "FIRSTSEEN_PREFIX": PREFIX,
        "FIRSTSEEN_PARTITIONS": str(environment.partitions),
        "FIRSTSEEN_REPLICATION": str(len(kafka.nodes)),
        "FIRSTSEEN_HORIZON_DAYS": str(POLICY.horizon_days),
        "FIRSTSEEN_SESSION_SECONDS": str(SESSION_SECONDS),
    }
    if slack:
        variables |= {
            "SLACK_BOT_TOKEN": slack.token,
            "FIRSTSEEN_SLACK_URL": slack.base_url,
        }
    variables |= environment.channels.variables if environment.channels else {}
    with Workers(kafka.proxied, environment.folder, variables) as workers:
        later = Later()
        groups = GroupChanges(workers.environment, environment.folder, seed, log)
        with ExitStack() as stack:
            load = Load(kafka.direct, PREFIX, seed, per_second)
            stack.callback(load.stop)
            stack.callback(later.finish)
            if environment.with_groups:
                groups.start()
                stack.callback(groups.stop)
            _wait(kafka.cluster, lambda left: len(left) < len(STAGES), 60)
            pause(CALM_SECONDS)
            for number, step in enumerate(steps, 1):
                pause(step.pause)
                log(f"{number} of {len(steps)}: {step}")
                if step.burst:
                    load.burst(step.burst)
                    pause(step.lead)
                inject(step, number, workers, environment, later)
            log("ending the faults")
            later.finish()
            pause(2)
        groups.finish()
        log(f"{groups.commands} commands applied {groups.applied} files of groups; waiting until all work is done")
        left = _wait(kafka.cluster, lambda left: not left, SETTLE_SECONDS)
        if left is None or left:
            log(f"not done: {left}")
            workers.log_waiting_tasks()
            pause(3)
        log(f"comparing; workers were started {workers.starts} times")
    messages = {slack.channel: slack.messages_and_replies()} if slack else {}
    elsewhere, page = (environment.channels.shown(), PAGE) if environment.channels else ({}, None)
    verdict = asyncio.run(
        compare(
            KafkaConfig(kafka.direct),
            PREFIX,
            environment.partitions,
            POLICY,
            subscribers,
            messages,
            elsewhere,
            page,
            groups.wanted,
        )
    )
    verdict.notes.append(f"compaction went through {kafka.compacted_offsets(PREFIX)} offsets of the tables")
    if left is None or left:
        verdict.lost = max(verdict.lost, sum(left.values()) if left else 1)
        verdict.notes.append(f"unfinished work: {left or 'unknown'}; see the workers' logs (--keep)")
    verdict.wrong += len(groups.unexpected)
    verdict.notes += groups.unexpected
    verdict.notes += [f"{name} did not leave in time and was killed" for name in sorted(workers.late)]
    log("done")
    return verdict


def _wait(
    cluster: KafkaConfig, is_enough: Callable[[Mapping[Any, int]], bool], seconds: float
) -> Mapping[Any, int] | None:
    """Return the lag once it is low enough or no longer falls; None if it could not be read."""
    began = changed = monotonic()
    left: Mapping[Any, int] | None = None
    while monotonic() < min(began + seconds, changed + STANDSTILL_SECONDS):
        with suppress(Exception):  # a broker may be restarting
            lag = asyncio.run(asyncio.wait_for(lag_by_stage(cluster, PREFIX), 30))
            if lag != left:
                left, changed = lag, monotonic()
            if is_enough(lag):
                break
        pause(0.5)
    return left


def main() -> int:
    warm_start.install()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="seed of the schedule; default %(default)s")
    parser.add_argument("--faults", type=int, default=20, help="number of faults; default %(default)s")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3, help="default %(default)s")
    parser.add_argument("--partitions", type=int, default=4, help="partitions of each topic; default %(default)s")
    parser.add_argument(
        "--slack", action=argparse.BooleanOptionalAction, default=True, help="with Slack and the other channels"
    )
    parser.add_argument("--groups", action=argparse.BooleanOptionalAction, default=True, help="change groups meanwhile")
    parser.add_argument(
        "--per-second", type=float, default=150, help="sightings per second without bursts; default %(default)g"
    )
    parser.add_argument("--keep", type=Path, help="folder for the workers' logs and files, which are then kept")
    arguments = parser.parse_args()
    steps = schedule(arguments.seed, arguments.faults, arguments.brokers, slack=arguments.slack)
    with tempfile.TemporaryDirectory(prefix="firstseen-chaos-", ignore_cleanup_errors=True) as scratch:
        folder = (arguments.keep or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with ExitStack() as stack:
                kafka = stack.enter_context(brokers(arguments.brokers, Path(scratch)))
                slack = stack.enter_context(fake_slack()) if arguments.slack else None
                others = stack.enter_context(channels()) if arguments.slack else None
                environment = Environment(kafka, slack, others, folder, arguments.partitions, arguments.groups)
                verdict = chaos(environment, steps, seed=arguments.seed, per_second=arguments.per_second)
        except LocalKafkaError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            return 130
    for note in verdict.notes:
        sys.stderr.write(f"{note}\n")
    result = {
        "seed": arguments.seed, "faults": arguments.faults, "records": verdict.records, "lost": verdict.lost,
        "doubled": verdict.doubled, "wrong": verdict.wrong, "ambiguous": verdict.ambiguous,
    }  # fmt: skip
    print(to_json(result).decode())
    return 1 if verdict.lost or verdict.doubled or verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
