"""A seeded schedule of faults under load, and then a comparison of everything: ``make chaos ARGS="--seed 7 --faults 20"``.

Two workers of each stage run on three brokers while sightings come in, steadily and in bursts. The faults, each of which
may begin while others last:

- kill -9 of a worker, of all workers of a stage, or of a stage whose files on disk are taken away before it returns;
- a worker that is stopped for longer than its session and goes on (a zombie), one that leaves in order, one that joins;
- no byte more on disk for a worker (a limit of the process, so that the harness needs no disk of its own);
- kill -9 of a broker, back after some seconds;
- between workers and brokers: latency, cut connections, refused connections, one direction that is stuck;
- Slack (an emulator) that asks for a pause, fails, or cuts the connection before or after it took a message.

Tables are compacted all the time. The last line printed is JSON: ``{"seed", "faults", "records", "lost", "doubled",
"wrong", "ambiguous"}``; exit 1 unless lost, doubled and wrong are 0. Ambiguous are messages that Slack shows twice, as it
must be when a worker dies, or the connection, between Slack's taking a message and our writing that down.
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

import orjson

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
from tests.faults.cluster import Brokers, brokers
from tests.faults.comparison import Verdict, compare
from tests.faults.later import Later
from tests.faults.load import Load
from tests.faults.schedule import Step, schedule
from tests.faults.workers import Workers
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault as SlackFault

PREFIX = "chaos"
PARTITIONS = 4
LATENCY_SECONDS = (0.1, 0.5)
CALM_SECONDS = 8.0
"""Before the first fault: batches that are apart fill segments, which are then compacted under the faults."""

SETTLE_SECONDS = 600.0
"""For all that is left after the last fault."""
STANDSTILL_SECONDS = 120.0
"""Longer than every timeout of the workers and their clients: what does not go on meanwhile never will."""

POLICY = Policy(horizon_days=100_000)  # so that many alerts arise


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the workers live in, and what can go wrong there."""

    kafka: Brokers
    slack: FakeSlack | None
    """None: every message goes to the quiet console."""
    folder: Path
    """For the workers' logs and files."""

    def subscribe(self) -> dict[str, Subscriber]:
        """Write down who is told what, for Slack takes one message at a time: a few groups there, more on the console."""
        told = {self.slack.channel: range(3), CONSOLE: range(3, 40)} if self.slack else {}
        wanted = {
            where: [Subscription(clauses=(Clause(groups=tuple(f"Group {n}" for n in groups)),))]
            for where, groups in told.items()
        }
        plan = partial(apply_file, wanted=wanted, at=now(), prune=True)
        rows = asyncio.run(write_subscribers(KafkaConfig(self.kafka.direct), PREFIX, plan))
        return {destination: row for destination, row in rows.items() if row}


def do(step: Step, number: int, workers: Workers, there: Surroundings, later: Later) -> None:
    """Begin one fault, and arrange its end."""
    target, kafka, network = step.target, there.kafka, there.kafka.network
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
            later.after(step.seconds, partial(kafka.take_again, PREFIX, target))
        case "poison":
            later.after(0, partial(kafka.poison, PREFIX, target, PARTITIONS))
        case "slack":
            assert there.slack
            there.slack.gateway.faults.append(SlackFault(target, times=1 + number % 3))  # type: ignore[arg-type]


def chaos(there: Surroundings, steps: list[Step], *, seed: int, per_second: float) -> Verdict:
    """Run the whole schedule and compare. What is unfinished when the time is up counts as lost."""
    began, kafka, slack = monotonic(), there.kafka, there.slack

    def tell(what: str) -> None:
        sys.stderr.write(f"{monotonic() - began:6.1f} s  {what}\n")

    kafka.make_topics(PREFIX, PARTITIONS)
    subscribers = there.subscribe()
    environment = {
        "FIRSTSEEN_PREFIX": PREFIX,
        "FIRSTSEEN_PARTITIONS": str(PARTITIONS),
        "FIRSTSEEN_REPLICATION": str(len(kafka.nodes)),
        "FIRSTSEEN_HORIZON_DAYS": str(POLICY.horizon_days),
    }
    if slack:
        environment |= {
            "SLACK_BOT_TOKEN": slack.token,
            "FIRSTSEEN_SLACK_URL": slack.base_url,
        }
    with Workers(kafka.proxied, there.folder, environment) as workers:
        later = Later()
        with ExitStack() as stack:
            load = Load(kafka.direct, PREFIX, seed, per_second)
            stack.callback(load.stop)
            stack.callback(later.finish)
            _wait(kafka.cluster, lambda left: len(left) < len(STAGES), 60)
            pause(CALM_SECONDS)
            for number, step in enumerate(steps, 1):
                pause(step.pause)
                tell(f"{number} of {len(steps)}: {step}")
                if step.burst:
                    load.burst(step.burst)
                    pause(step.lead)
                do(step, number, workers, there, later)
            tell("healing")
            later.finish()
            pause(2)
        tell("waiting until all is done")
        left = _wait(kafka.cluster, lambda left: not left, SETTLE_SECONDS)
        if left is None or left:
            tell(f"still not done: {left}")
            workers.log_waiting_tasks()
            pause(3)
        tell(f"comparing; workers were started {workers.starts} times")
    messages = {slack.channel: slack.messages_and_replies()} if slack else {}
    verdict = asyncio.run(compare(KafkaConfig(kafka.direct), PREFIX, PARTITIONS, POLICY, subscribers, messages))
    verdict.notes.append(f"compaction went through {kafka.compacted_offsets(PREFIX)} offsets of the tables")
    if left is None or left:
        verdict.lost = max(verdict.lost, sum(left.values()) if left else 1)
        verdict.notes.append(f"there was still work: {left or 'nobody could tell'}; see the workers' logs (--keep)")
    verdict.notes += [f"{name} did not leave when it was asked to, and was killed" for name in sorted(workers.late)]
    tell("done")
    return verdict


def _wait(
    cluster: KafkaConfig, is_enough: Callable[[Mapping[Any, int]], bool], seconds: float
) -> Mapping[Any, int] | None:
    """Return what is left once it is so little, or when it gets no less; None when nobody could tell."""
    began = changed = monotonic()
    left: Mapping[Any, int] | None = None
    while monotonic() < min(began + seconds, changed + STANDSTILL_SECONDS):
        with suppress(Exception):  # a broker may be on its way back
            now = asyncio.run(asyncio.wait_for(lag_by_stage(cluster, PREFIX), 30))
            if now != left:
                left, changed = now, monotonic()
            if is_enough(now):
                break
        pause(0.5)
    return left


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="what happens when and to whom; default %(default)s")
    parser.add_argument("--faults", type=int, default=20, help="how many; default %(default)s")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3, help="default %(default)s")
    parser.add_argument("--slack", action=argparse.BooleanOptionalAction, default=True, help="with a Slack emulator")
    parser.add_argument("--per-second", type=float, default=150, help="sightings beside bursts; default %(default)g")
    parser.add_argument("--keep", type=Path, help="folder that keeps the workers' logs and files")
    arguments = parser.parse_args()
    steps = schedule(arguments.seed, arguments.faults, arguments.brokers, slack=arguments.slack)
    with tempfile.TemporaryDirectory(prefix="firstseen-chaos-", ignore_cleanup_errors=True) as scratch:
        folder = (arguments.keep or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with ExitStack() as stack:
                kafka = stack.enter_context(brokers(arguments.brokers, Path(scratch)))
                slack = stack.enter_context(fake_slack()) if arguments.slack else None
                there = Surroundings(kafka, slack, folder)
                verdict = chaos(there, steps, seed=arguments.seed, per_second=arguments.per_second)
        except LocalKafkaError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            return 130
    for note in verdict.notes:
        sys.stderr.write(f"{note}\n")
    told = {
        "seed": arguments.seed, "faults": arguments.faults, "records": verdict.records, "lost": verdict.lost,
        "doubled": verdict.doubled, "wrong": verdict.wrong, "ambiguous": verdict.ambiguous,
    }  # fmt: skip
    print(orjson.dumps(told).decode())
    return 1 if verdict.lost or verdict.doubled or verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
