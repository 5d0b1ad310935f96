"""Writes sightings to Kafka: what the command line, the client and every importer publish through."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from schemas.topics import LARGEST_SIGHTING_BYTES, SIGHTINGS
from streams.runtime.cluster import Cluster
from streams.runtime.complaints import reason
from streams.runtime.topic_admin import UnreachableError
from streams.steps import Headers


class PublishError(RuntimeError):
    """Kafka did not take a record. The message says why."""


class SightingProducer:
    """Publishes to the topic of sightings; use it as a context, which ends when all is acknowledged.

    Raises UnreachableError at once when Kafka does not answer.
    """

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self._topic = SIGHTINGS.full_name(prefix)
        self._failed: list[BaseException] = []
        try:
            self._producer = KafkaProducer(
                **cluster.for_client(),
                bootstrap_timeout_ms=10_000,
                linger_ms=5,
                max_request_size=2 * LARGEST_SIGHTING_BYTES,
            )
        except KafkaError as error:
            msg = (
                f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}). `firstseen up` starts one on "
                "this machine; FIRSTSEEN_KAFKA names another."
            )
            raise UnreachableError(msg) from error

    def send(self, key: str | None, value: bytes, timestamp_ms: int | None = None, headers: Headers = ()) -> None:
        """Hand one record over; it is acknowledged at the latest when the context ends.

        ``timestamp_ms`` is milliseconds since 1970, UTC, and counts only on a topic that takes the producer's time.
        Raises PublishError when the record is larger than the topic takes, or an earlier one was refused.
        """
        self._raise_failure()
        try:
            future = self._producer.send(
                self._topic,
                value=value,
                key=key.encode() if key else None,
                timestamp_ms=timestamp_ms,
                headers=list(headers),
            )
        except MessageSizeTooLargeError as error:
            msg = f"the record has {len(value):,} bytes, more than the topic takes ({LARGEST_SIGHTING_BYTES:,})"
            raise PublishError(msg) from error
        except KafkaError as error:
            raise PublishError(_words(error)) from error
        future.add_errback(self._failed.append)

    def flush(self) -> None:
        """Wait until every record is acknowledged. Raises PublishError when one was not."""
        try:
            self._producer.flush(timeout=60)
        except KafkaError as error:
            raise PublishError(_words(error)) from error
        self._raise_failure()

    def close(self) -> None:
        """Wait for the acknowledgements, then close. Raises PublishError when a record was not taken."""
        try:
            self.flush()
        finally:
            self._producer.close(timeout=5)

    def _raise_failure(self) -> None:
        if self._failed:
            raise PublishError(_words(self._failed[0]))

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
            self._producer.close(timeout=5)


def _words(error: BaseException) -> str:
    return f"Kafka did not take a record: {reason(error)}"
