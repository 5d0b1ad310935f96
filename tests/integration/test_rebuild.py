"""A stage whose state does not fit its topics does not start, and one command computes its tables again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faust_batches.exits import ExitCode
from firstseen.local_kafka import LocalKafka
from schemas.topics import AUDIENCES, DAYS, EVIDENCE, LEDGER, PRESENCE, TOPICS, VERSIONS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import admin_client, missing
from tests.support.builders import sighting_today
from tests.support.system import system
from tests.support.waiting import PATIENCE_SECONDS, until
from tests.support.worker import SHORT_SESSION, command, worker

pytestmark = pytest.mark.kafka

LOST = {"intake": VERSIONS, "presence": PRESENCE, "dispatch": AUDIENCES, "slack": LEDGER}


def test_a_lost_table_is_refused_and_computed_again_and_nothing_is_news_twice(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(*(sighting_today(id=str(number), group=f"Group {number}") for number in range(3)))
        running.settle()
        before = {kind: running.export(kind) for kind in ("presence", "activity", "alerts")}
        deliveries = [(row["delivery_id"], row["revision"]) for row in running.export("deliveries")]
        versions = running.export("accounting")
    with admin_client(KafkaConfig(kafka.bootstrap)) as admin:
        admin.delete_topics([topic.full_name(prefix) for topic in LOST.values()])
        until(lambda: len(missing(admin, prefix, TOPICS)) == len(LOST))
    assert command(kafka, prefix, tmp_path, "topics", "apply").returncode == 1
    applied = command(kafka, prefix, tmp_path, "topics", "apply", "--new")
    assert applied.returncode == 0, applied.stderr

    workers = {stage: worker(stage, kafka, prefix, tmp_path, **SHORT_SESSION) for stage in LOST}
    for stage, topic in LOST.items():
        output, _ = workers[stage].communicate(timeout=PATIENCE_SECONDS)
        assert workers[stage].returncode == ExitCode.LOST_RECORDS, output
        assert f"{topic.name}: deleted and recreated" in output
        assert f"firstseen rebuild {stage}" in output
    # Each rebuild waits until the session of the worker that has ended is over.
    with ThreadPoolExecutor() as threads:
        for done in threads.map(lambda stage: command(kafka, prefix, tmp_path, "rebuild", stage), LOST):
            assert done.returncode == 0, done.stderr

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        # A repeat, a correction of something on record, and one more sighting of a known presence.
        running.publish(sighting_today(id="0", group="Group 0"))
        running.publish(sighting_today(id="9", group="Group 1", origin="wire"))
        running.settle()
        alerts = running.export("alerts")
        assert [row for row in alerts if row["type"] == "initial"] == before["alerts"]
        assert [row["group"] for row in running.export("presence")] == [row["group"] for row in before["presence"]]
        assert len(running.export("activity")) == len(before["activity"])
        [counts] = running.export("accounting")
        assert (counts["records"], counts["duplicate"]) == (versions[0]["records"] + 2, 1)
        assert [(row["delivery_id"], row["revision"]) for row in running.export("deliveries")] == deliveries
        assert not [line for line in running.lines if "Group" in line and "FIRST" in line]


def test_another_policy_or_more_partitions_are_refused_with_the_remedy(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="1"))
        running.settle()
    refused = command(kafka, prefix, tmp_path, "worker", "presence", FIRSTSEEN_HORIZON_DAYS="60")
    assert refused.returncode == ExitCode.CONFIGURATION, refused.stderr
    assert "horizon_days is 60 here and 30 in the state" in refused.stderr
    assert command(kafka, prefix, tmp_path, "rebuild", "presence", FIRSTSEEN_HORIZON_DAYS="60").returncode == 0
    refused = command(kafka, prefix, tmp_path, "worker", "presence")
    assert "horizon_days is 30 here and 60 in the state" in refused.stderr

    grown = {EVIDENCE.full_name(prefix): 2, DAYS.full_name(prefix): 2}
    with admin_client(KafkaConfig(kafka.bootstrap)) as admin:
        admin.create_partitions(grown)
        until(lambda: all(len(topic["partitions"]) == 2 for topic in admin.describe_topics([*grown])))
    refused = command(kafka, prefix, tmp_path, "worker", "presence", FIRSTSEEN_HORIZON_DAYS="60")
    assert refused.returncode == ExitCode.CONFIGURATION, refused.stderr
    assert "partitions" in refused.stderr


def test_a_stage_remembers_how_far_it_read_a_lost_input(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="1", group="First"))
        running.settle()
    with admin_client(KafkaConfig(kafka.bootstrap)) as admin:
        admin.delete_topics([EVIDENCE.full_name(prefix)])
        until(lambda: missing(admin, prefix, [EVIDENCE]) == [EVIDENCE])
    assert command(kafka, prefix, tmp_path, "topics", "apply", "--new").returncode == 0
    refused = command(kafka, prefix, tmp_path, "rebuild", "presence")
    assert "ends at 0 and was read to 1" in refused.stderr
    assert command(kafka, prefix, tmp_path, "rebuild", "presence", "--new-input").returncode == 0

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="2", group="Second"))
        running.settle()
        assert [row["group"] for row in running.export("presence")] == ["First", "Second"]
    refused = command(kafka, prefix, tmp_path, "rebuild", "presence")
    assert "lacks records that were read before they were lost" in refused.stderr
