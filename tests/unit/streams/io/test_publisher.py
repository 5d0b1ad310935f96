"""A record that Kafka rejects does not affect the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pytest
from kafka.errors import InvalidTimestampError, KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError, SightingProducer

Decision = Callable[[bytes], KafkaError | None]


@dataclass
class Future:
    error: KafkaError | None = None
    listeners: list[Callable[[KafkaError], object]] = field(default_factory=list)

    def add_errback(self, on_error: Callable[[KafkaError], object]) -> None:
        self.listeners.append(on_error)


class Broker:
    """As kafka-python's producer: what was sent since the last flush is one batch, and is accepted or rejected as a whole."""

    def __init__(self, decide: Decision, in_batch: KafkaError | None = None) -> None:
        self._decide, self._in_batch = decide, in_batch
        self._batch: list[tuple[bytes, Future]] = []
        self.accepted: list[bytes] = []

    def send(self, _: str, value: bytes, **__: Any) -> Future:
        self._batch.append((value, Future()))
        return self._batch[-1][1]

    def flush(self, timeout: float) -> None:
        assert timeout
        batch, self._batch = self._batch, []
        errors = [self._decide(value) for value, _ in batch]
        for (value, future), error in zip(batch, errors, strict=True):
            if any(errors):
                for on_error in future.listeners:
                    on_error(error or self._in_batch or KafkaError("it was part of a batch"))
            else:
                self.accepted.append(value)

    def close(self, timeout: float) -> None:
        assert timeout


def producer(monkeypatch: pytest.MonkeyPatch, broker: Broker) -> SightingProducer:
    monkeypatch.setattr("streams.io.publisher.KafkaProducer", lambda **_: broker)
    return SightingProducer(KafkaConfig("127.0.0.1:9"), "test")


def too_late(value: bytes) -> KafkaError | None:
    return InvalidTimestampError("Timestamp is out of range") if b"2099" in value else None


def test_the_other_records_of_a_rejected_batch_are_published(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, rejected = Broker(too_late), dict[str, str]()
    with producer(monkeypatch, broker) as publishing:
        for value in ("1", "2099 a", "2", "2099 b", "3"):
            publishing.send(None, value.encode(), on_rejected=partial(rejected.setdefault, value))

    assert sorted(broker.accepted) == [b"1", b"2", b"3"]
    assert list(rejected) == ["2099 a", "2099 b"]
    assert "Timestamp is out of range" in rejected["2099 a"]


def test_failed_records_are_retried_before_the_next_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, rejected = Broker(too_late), list[str]()
    with producer(monkeypatch, broker) as publishing:
        publishing.send(None, b"1", on_rejected=rejected.append)
        publishing.send(None, b"2099", on_rejected=rejected.append)
        publishing.flush()
        publishing.send(None, b"2", on_rejected=rejected.append)

    assert (sorted(broker.accepted), len(rejected)) == ([b"1", b"2"], 1)


def test_a_record_that_is_too_large_is_rejected_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, rejected = Broker(lambda value: MessageSizeTooLargeError() if len(value) > 9 else None), list[str]()
    with producer(monkeypatch, broker) as publishing:
        publishing.send(None, b"x" * 10, on_rejected=rejected.append)

    assert rejected == ["it has 10 bytes, more than max.message.bytes of test.sightings.v1 allows"]


def test_without_a_callback_a_rejection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    publishing = producer(monkeypatch, Broker(too_late))
    publishing.send(None, b"2099")

    with pytest.raises(PublishError, match="Timestamp is out of range"):
        publishing.flush()


def test_a_failure_of_kafka_is_an_error_even_with_a_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    publishing = producer(monkeypatch, Broker(lambda _: KafkaTimeoutError("no leader")))
    publishing.send(None, b"1", on_rejected=lambda _: None)

    with pytest.raises(PublishError, match="no leader"):
        publishing.flush()


def test_a_missing_topic_is_named_with_the_command_that_creates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoTopic(Broker):
        def send(self, *_: Any, **__: Any) -> Future:
            raise KafkaTimeoutError("Failed to update metadata after 15.0 secs.")

    publishing = producer(monkeypatch, NoTopic(lambda _: None))
    publishing.send("k", b"v")
    with pytest.raises(PublishError, match="test.sightings.v1 does not exist; `firstseen topics apply` creates it"):
        publishing.flush()


def test_a_producer_with_queued_records_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Broker):
        asked: ClassVar[list[str]] = []

        @property
        def _sender(self) -> Stuck:
            return self

        def force_close(self) -> None:
            self.asked.append("force_close")

        def close(self, timeout: float) -> None:
            assert timeout
            self.asked.append("close")
            if "force_close" not in self.asked:
                raise KafkaTimeoutError("Timeout waiting for future")

    producer(monkeypatch, Stuck(lambda _: None)).abandon()
    assert Stuck.asked == ["close", "force_close", "close"]
