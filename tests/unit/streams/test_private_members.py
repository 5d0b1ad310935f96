"""What streams.runtime touches of Faust and aiokafka beyond their public interface; a new version breaks here first."""

from __future__ import annotations

import inspect

import aiokafka
import faust
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver


def test_the_versions_are_those_that_the_batch_path_was_written_for() -> None:
    assert faust.__version__ == "0.15.3"
    assert aiokafka.__version__.startswith("0.14.")


def test_fausts_consumer_still_fetches_and_converts_where_the_batch_path_steps_in() -> None:
    assert list(inspect.signature(consumer.Consumer._getmany).parameters) == ["self", "active_partitions", "timeout"]
    assert list(inspect.signature(driver.Consumer._to_message).parameters) == ["self", "tp", "record"]
    assert list(inspect.signature(driver.Consumer._new_consumer_thread).parameters) == ["self"]
    assert list(inspect.signature(driver.AIOKafkaConsumerThread._create_worker_consumer).parameters) == [
        "self",
        "transport",
    ]


def test_fausts_consumer_still_keeps_its_positions_where_the_seek_corrects_them() -> None:
    source = inspect.getsource(consumer.Consumer.perform_seek)
    assert "self._read_offset" in source
    assert "self._committed_offset" in source
