"""Kafka client for producers with write access to the topic. It needs the extra ``firstseen-client[kafka]``."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from firstseen_client.http import FirstseenError
from firstseen_client.schemas.sighting import Sighting


class KafkaClient:
    """Client that publishes to the topic of sightings. Leaving the context waits for Kafka's acknowledgements.

    ``bootstrap`` is ``host:port``; ``prefix`` is the prefix of the topics. Other arguments are passed to kafka-python,
    such as ``security_protocol``. Raises FirstseenError if Kafka does not answer or rejects a sighting.
    """

    def __init__(self, bootstrap: str = "127.0.0.1:9092", *, prefix: str = "firstseen", **security: Any) -> None:
        self._topic = f"{prefix}.sightings.v1"
        self._futures: list[Any] = []
        try:
            self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, **security)
        except KafkaError as error:
            raise FirstseenError(f"Kafka does not answer at {bootstrap} ({type(error).__name__})") from error

    def publish(self, *sightings: Sighting) -> None:
        """Send sightings, keyed by source and id. Intake validates them when they arrive.

        Raises FirstseenError if the topic does not exist or a sighting is too large.
        """
        try:
            for sighting in sightings:
                self._futures.append(self._producer.send(self._topic, sighting.to_bytes(), sighting.key.encode()))
        except KafkaError as error:
            raise FirstseenError(f"Kafka rejected a sighting for {self._topic}: {error}") from error

    def flush(self) -> None:
        """Wait until Kafka has acknowledged all sightings. Raises FirstseenError if it rejects one."""
        futures, self._futures = self._futures, []
        try:
            for future in futures:
                future.get(timeout=60)
        except KafkaError as error:
            raise FirstseenError(f"Kafka rejected a sighting: {error}") from error

    def close(self) -> None:
        """Wait for the acknowledgements, then close the connection."""
        try:
            self.flush()
        finally:
            self._producer.close(timeout=5)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, then close the connection."""
        self.close()
