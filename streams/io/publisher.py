"""Publishes sightings to Kafka, for the command line, the page and every importer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

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

from faust_batches.errors import UnreachableError, reason
from faust_batches.step import Headers
from schemas.topics import LARGEST_SIGHTING_BYTES, SIGHTINGS
from streams.io.kafka_config import KafkaConfig

Refuse = Callable[[str], object]
"""Receives the reason why Kafka rejected a record."""

Taken = Callable[[int, int], object]
"""Receives the partition and offset of a record, in a thread of the client."""

_AT_FAULT = (
    CorruptRecordError, InvalidRecordError, InvalidTimestampError, MessageSizeTooLargeError, PolicyViolationError,
    RecordListTooLargeError,
)  # fmt: skip
"""Errors that concern the record: Kafka will never accept it. Any other error concerns Kafka."""

ANSWER_SECONDS = 60.0


_TOPIC_SECONDS = 15.0
"""How long to wait for the topic's metadata; only a missing topic takes so long."""


class PublishError(RuntimeError):
    """Kafka did not accept a record. The message says why."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A record as it is sent."""

    key: bytes | None
    value: bytes
    timestamp_ms: int | None
    headers: Headers
    refuse: Refuse | None
    taken: Taken | None


class SightingProducer:
    """Publishes to the topic of sightings. Use it as a context, which ends when every record is acknowledged.

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
                linger_ms=5,
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
        refuse: Refuse | None = None,
        taken: Taken | None = None,
    ) -> None:
        """Send one record; it is acknowledged at the latest when the context ends.

        ``timestamp_ms`` is milliseconds since 1970, UTC, and counts only on a topic that takes the producer's time.
        ``refuse`` hears why Kafka will never take this record, and the others are published; without it that is a
        PublishError. ``taken`` hears where it lies. Raises PublishError when Kafka did not take an earlier record.
        """
        self._settle_failed()
        self._send(_Record(key.encode() if key else None, value, timestamp_ms, headers, refuse, taken))

    def flush(self) -> None:
        """Wait until every record is acknowledged or rejected. Raises PublishError if one is not."""
        self._flush()
        self._settle_failed()

    def close(self) -> None:
        """Wait for the acknowledgements, then close. Raises PublishError if a record was not accepted."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close without waiting for acknowledgements."""
        with suppress(KafkaError):
            self._producer.close(timeout=5)
            return
        # kafka-python gives up closing while records wait, and the thread of its private sender would run forever.
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
        except KafkaError as error:  # the client refuses what is larger than any request
            self._failed.append((record, error))
            return
        future.add_errback(lambda error: self._failed.append((record, error)))
        if taken := record.taken:
            future.add_callback(lambda metadata: taken(metadata.partition, metadata.offset))

    def _flush(self) -> None:
        try:
            self._producer.flush(timeout=self._answer_seconds)
        except KafkaError as error:
            raise PublishError(f"Kafka did not take all: {error}") from error

    def _settle_failed(self) -> None:
        """Retry failed records one by one: Kafka rejects a whole batch for one record that it does not accept."""
        while self._failed:
            self._flush()
            failed, self._failed = self._failed, []
            for record, error in failed:
                if not _is_refused_whole(error):
                    self._give_up(record, error)
                    continue
                self._send(record)
                self._flush()
                if self._failed:
                    self._give_up(*self._failed.pop())

    def _give_up(self, record: _Record, error: BaseException) -> None:
        words = reason(error)
        if isinstance(error, MessageSizeTooLargeError):
            words = f"it has {len(record.value):,} bytes, more than the topic takes ({LARGEST_SIGHTING_BYTES:,})"
        if isinstance(error, KafkaTimeoutError) and "metadata" in str(error):
            words = f"it does not say where {self._topic} lies: `firstseen topics apply` makes it"
        if record.refuse is None or not isinstance(error, _AT_FAULT):
            raise PublishError(f"Kafka did not take a record: {words}") from error
        record.refuse(words)

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


def _is_refused_whole(error: BaseException) -> bool:
    """Whether the record may have failed because of another in its batch: kafka-python then gives no cause."""
    return type(error) is KafkaError or isinstance(error, _AT_FAULT)
