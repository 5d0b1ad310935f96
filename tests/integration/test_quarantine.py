"""One bad record never takes a stage with it: it goes to quarantine, and everything behind it flows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from pydantic_core import from_json, to_json

from firstseen.local_kafka import LocalKafka
from schemas.quarantine import Quarantined
from schemas.topics import ALERTS, DELIVERIES, EVIDENCE, QUARANTINE, SIGHTINGS, STAGES, TABLES
from streams.io.kafka_config import KafkaConfig
from streams.io.quarantine_admin import read_quarantine, republish
from streams.io.reader import read_all
from tests.support.builders import sighting_today
from tests.support.system import System, system
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.worker import write_committed

pytestmark = pytest.mark.kafka


def quarantined(running: System) -> list[Quarantined]:
    return asyncio.run(read_quarantine(KafkaConfig(running.kafka), running.prefix))


def write(running: System, topic: str, *records: tuple[bytes | None, bytes | None], headers: Any = ()) -> None:
    """Write as another program does, with librdkafka."""
    producer = Producer({"bootstrap.servers": running.kafka})
    for key, value in records:
        producer.produce(topic, value, key, partition=0, headers=list(headers))
    assert producer.flush(PATIENCE_SECONDS) == 0


def alerts_in(running: System) -> list[str]:
    return [row["group"] for row in running.export("alerts")]


def test_records_that_a_stage_cannot_read_are_passed_over_and_can_be_tried_again(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="1", group="First"))
        running.settle()
        [good] = asyncio.run(read_all(KafkaConfig(kafka.bootstrap), prefix, EVIDENCE))
        of_the_future = from_json(good.value or b"")
        of_the_future["add"]["kind"] = "drone"
        write(running, QUARANTINE.full_name(prefix), (b"x", b"not json"))
        for topic in (EVIDENCE, ALERTS, DELIVERIES):
            write(running, topic.full_name(prefix), (b"x", b"not json"), (None, None), (b"\xff", b"{}"))
        write(running, EVIDENCE.full_name(prefix), (b"x", to_json(of_the_future)))
        running.publish(sighting_today(id="2", group="Second"))
        running.settle()

        assert alerts_in(running) == ["First", "Second"]
        assert len(running.export("deliveries")) == 2
        found = quarantined(running)
        assert {row.stage: row.topic for row in found} == {
            stage: topic.full_name(prefix) for stage, topic in STAGES.items() if stage != "intake"
        }
        assert len(found) == 10
        [future] = [row for row in found if row.original == to_json(of_the_future)]
        assert "kind" in future.why
        assert future.trace
        assert not [line for line in running.lines if "Traceback" in line or "ended (exit" in line]

        # A good record that was passed over by mistake: it counts once it is published again.
        again = future.replace(offset=good.offset, arrived=good.arrived, original=good.value)
        assert asyncio.run(republish(KafkaConfig(kafka.bootstrap), prefix, [again, *found])) == []
        running.settle()
        assert {row.offset for row in quarantined(running)}.isdisjoint({row.offset for row in found})
        assert len(quarantined(running)) == len(found)
        assert alerts_in(running) == ["First", "Second"]

        # At its offset is another record, as after the topic was recreated: its copy is published.
        elsewhere = future.replace(offset=good.offset)
        assert asyncio.run(republish(KafkaConfig(kafka.bootstrap), prefix, [elsewhere])) == []
        [*_, last] = asyncio.run(read_all(KafkaConfig(kafka.bootstrap), prefix, EVIDENCE))
        assert last.value == to_json(of_the_future)


def test_every_codec_and_every_header_of_other_clients_is_read(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        topic = SIGHTINGS.full_name(prefix)
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            producer = Producer({"bootstrap.servers": kafka.bootstrap, "compression.type": codec})
            for number in range(3):
                value = to_json(sighting_today(id=f"{codec} {number}", group=f"Group {codec}", title="x" * 500))
                producer.produce(topic, value, b"any", headers=[("empty", b""), ("null", None), ("", b"\xff")])
            assert producer.flush(PATIENCE_SECONDS) == 0
        value = to_json(sighting_today(id="null", group="Group null"))
        write(running, topic, (b"any", value), headers=[("ce_specversion", b"1.0"), ("ce_type", None)])
        running.settle()
        [counts] = running.export("accounting")
        assert (counts["records"], counts["accepted"]) == (16, 16)
        assert sorted(alerts_in(running)) == [
            f"Group {name}" for name in ("gzip", "lz4", "none", "null", "snappy", "zstd")
        ]


def test_an_error_in_a_rule_of_intake_is_counted_and_the_other_records_are_processed(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="1"))
        running.settle()
        # A row of versions that nobody can read, as a newer version may leave one behind.
        write_committed(kafka, TABLES["intake"][0].full_name(prefix), b"wire/2", b'{"revision":"newest"}')
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting_today(id="2"), sighting_today(id="3"))
        running.settle()
        [counts] = running.export("accounting")
        assert (counts["records"], counts["accepted"], counts["quarantined"]) == (3, 2, 1)
        [row] = quarantined(running)
        assert (row.stage, row.offset) == ("intake", 1)
