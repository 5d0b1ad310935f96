"""Publishes sightings to Kafka, for the command line, the HTTP interface and every importer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import (
    CorruptRecordError,
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
from kafka.partitioner import StickyPartitioner

from faust_batches.errors import UnreachableError, reason
from faust_batches.kafka_client import ClosingClient
from faust_batches.step import Headers
from faust_batches.transaction import home_partition
from schemas.topics import LARGEST_SIGHTING_BYTES, SIGHTINGS
from streams.io.kafka_config import KafkaConfig

OnRejected = Callable[[str], object]
"""Receives the reason for which Kafka rejected a record."""

OnAcknowledged = Callable[[int, int], object]
"""Receives the partition and offset of an acknowledged record. Called in a thread of the client."""

_RECORD_ERRORS = (
    CorruptRecordError, InvalidRecordError, InvalidTimestampError, MessageSizeTooLargeError, PolicyViolationError,
    RecordListTooLargeError,
)  # fmt: skip
"""Errors of the record itself: Kafka will never accept it. Every other error is a failure of Kafka."""

ANSWER_SECONDS = 60.0

_BATCH_BYTES = 128 * 1024
"""Size of a record batch. With kafka-python's 16 kB, requests cost more than the records in them."""

_LINGER_MS = 50
"""Records wait at most this long for others of their batch; a flush sends them at once."""

_TOPIC_SECONDS = 15.0
"""Time limit for the topic's metadata; only a missing topic takes this long."""


class PublishError(RuntimeError):
    """Kafka did not accept a record. The message gives the reason."""


class _Partitioner(StickyPartitioner):  # type: ignore[misc]
    """Chooses the same partitions as kafka-python's own, which takes four times as long to hash a key."""

    def partition(
        self, topic: str, key: Any, serialized_key: bytes | None, value: Any, serialized_value: Any, cluster: Any
    ) -> int:
        if serialized_key is None:
            chosen: int = super().partition(topic, key, serialized_key, value, serialized_value, cluster)
            return chosen
        return home_partition(serialized_key, len(cluster.partitions_for_topic(topic)))


@dataclass(frozen=True, slots=True)
class _Record:
    key: bytes | None
    value: bytes
    timestamp_ms: int | None
    headers: Headers
    on_rejected: OnRejected | None
    on_acknowledged: OnAcknowledged | None


class SightingProducer:
    """Publishes to the topic of sightings. Use it as a context, which ends once every record is acknowledged.

    Raises UnreachableError at once when Kafka does not answer.
    """

    def __init__(self, cluster: KafkaConfig, prefix: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        """``answer_seconds``: how long Kafka may take to acknowledge."""
        self._answer_seconds = answer_seconds
        self._topic = SIGHTINGS.full_name(prefix)
        self._failed: list[tuple[_Record, BaseException]] = []
        try:
            self._producer = KafkaProducer(
                **cluster.for_client(),
                bootstrap_timeout_ms=10_000,
                kafka_client=ClosingClient,
                linger_ms=_LINGER_MS,
                batch_size=_BATCH_BYTES,
                partitioner=_Partitioner(),
                # An idempotent producer is unusable once Kafka has rejected a record. If a retry writes a record
                # twice, intake counts a duplicate.
                enable_idempotence=False,
                acks="all",
                max_block_ms=round(min(answer_seconds, _TOPIC_SECONDS) * 1000),
                max_request_size=2 * LARGEST_SIGHTING_BYTES,
            )
        except KafkaError as error:
            msg = (
                f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}). `firstseen up` starts one on "
                "this machine; FIRSTSEEN_KAFKA names another."
            )
            raise UnreachableError(msg) from error

    def send(
        self,
        key: str | None,
        value: bytes,
        timestamp_ms: int | None = None,
        headers: Headers = (),
        on_rejected: OnRejected | None = None,
        on_acknowledged: OnAcknowledged | None = None,
    ) -> None:
        """Send a record. Kafka has acknowledged it when the context ends, or earlier.

        ``timestamp_ms``, in milliseconds since 1970, UTC, is ignored by a topic in which the broker sets timestamps.
        ``on_rejected`` is called if Kafka will never accept this record, and the other records are published; without
        it, a rejection raises PublishError. ``on_acknowledged`` is called with the record's position.

        Raises PublishError if Kafka did not accept an earlier record.
        """
        self._retry_failed()
        self._send(_Record(key.encode() if key else None, value, timestamp_ms, headers, on_rejected, on_acknowledged))

    def flush(self) -> None:
        """Wait until every record is acknowledged or rejected. Raises PublishError as :meth:`send` does."""
        self._flush()
        self._retry_failed()

    def close(self) -> None:
        """Wait for the acknowledgements, then close. Raises PublishError as :meth:`send` does."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close without waiting for acknowledgements."""
        with suppress(KafkaError):
            self._producer.close(timeout=5)
            return
        # kafka-python stops closing if records are still queued, and its sender thread would run forever.
        self._producer._sender.force_close()  # noqa: SLF001
        with suppress(KafkaError):
            self._producer.close(timeout=5)

    def _send(self, record: _Record) -> None:
        try:
            future = self._producer.send(
                self._topic,
                value=record.value,
                key=record.key,
                timestamp_ms=record.timestamp_ms,
                headers=list(record.headers),
            )
        except KafkaError as error:  # the client rejects a record that is larger than a request may be
            self._failed.append((record, error))
            return
        future.add_errback(lambda error: self._failed.append((record, error)))
        if on_acknowledged := record.on_acknowledged:
            future.add_callback(lambda metadata: on_acknowledged(metadata.partition, metadata.offset))

    def _flush(self) -> None:
        try:
            self._producer.flush(timeout=self._answer_seconds)
        except KafkaError as error:
            raise PublishError(f"Kafka did not acknowledge all records: {error}") from error

    def _retry_failed(self) -> None:
        """Retry failed records one by one, because one unacceptable record makes Kafka reject its whole batch."""
        while self._failed:
            self._flush()
            failed, self._failed = self._failed, []
            for record, error in failed:
                if not _may_be_of_another_record(error):
                    self._report_rejected(record, error)
                    continue
                self._send(record)
                self._flush()
                if self._failed:
                    self._report_rejected(*self._failed.pop())

    def _report_rejected(self, record: _Record, error: BaseException) -> None:
        why = reason(error)
        if isinstance(error, MessageSizeTooLargeError):
            why = f"it has {len(record.value):,} bytes, more than max.message.bytes of {self._topic} allows"
        if isinstance(error, KafkaTimeoutError) and "metadata" in str(error):
            why = f"the topic {self._topic} does not exist; `firstseen topics apply` creates it"
        if record.on_rejected is None or not isinstance(error, _RECORD_ERRORS):
            raise PublishError(f"Kafka did not accept a record: {why}") from error
        record.on_rejected(why)

    def __enter__(self) -> Self:
        """Return the producer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, then close."""
        if error is None:
            self.close()
        else:
            self.abandon()


def _may_be_of_another_record(error: BaseException) -> bool:
    """Whether the record may have failed because of another record in its batch; kafka-python gives no cause then."""
    return type(error) is KafkaError or isinstance(error, _RECORD_ERRORS)
