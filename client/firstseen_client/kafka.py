"""The client straight to Kafka: for those who may write to its topic. Needs the extra ``firstseen-client[kafka]``."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from firstseen_client.http import FirstseenError
from firstseen_client.schemas.sighting import Sighting


class KafkaClient:
    """Publishes to the topic of sightings; leaving the context waits until Kafka has acknowledged all.

    ``bootstrap`` is ``host:port``, ``prefix`` that of the installation's topics; other arguments are kafka-python's,
    such as ``security_protocol``. Raises FirstseenError when Kafka does not answer or does not take a sighting.
    """

    def __init__(self, bootstrap: str = "127.0.0.1:9092", *, prefix: str = "firstseen", **security: Any) -> None:
        self._topic = f"{prefix}.sightings.v1"
        self._futures: list[Any] = []
        try:
            self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, **security)
        except KafkaError as error:
            raise FirstseenError(f"Kafka does not answer at {bootstrap} ({type(error).__name__})") from error

    def publish(self, *sightings: Sighting) -> None:
        """Send sightings under the key under which all versions of one meet. Intake judges them when they arrive.

        Raises FirstseenError when Kafka has no such topic, or a sighting is larger than it takes.
        """
        try:
            for sighting in sightings:
                self._futures.append(self._producer.send(self._topic, sighting.to_bytes(), sighting.key.encode()))
        except KafkaError as error:
            raise FirstseenError(f"Kafka did not take a sighting for {self._topic}: {error}") from error

    def flush(self) -> None:
        """Wait until Kafka has acknowledged all. Raises FirstseenError when it did not."""
        futures, self._futures = self._futures, []
        try:
            for future in futures:
                future.get(timeout=60)
        except KafkaError as error:
            raise FirstseenError(f"Kafka did not take a sighting: {error}") from error

    def close(self) -> None:
        """Wait for the acknowledgements, then leave Kafka."""
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
        """Wait for the acknowledgements, then leave Kafka."""
        self.close()
