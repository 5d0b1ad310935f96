"""A Python client in one import.

from firstseen.client import Client, Sighting

with Client("127.0.0.1:9092") as client:
    client.publish(Sighting(source="my-desk", id="42", group="IS", country="Mali", occurred="2017-10-31"))
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from schemas.sighting import Sighting
from streams.runtime.cluster import Cluster
from streams.runtime.producer import SightingProducer

__all__ = ["Client", "Sighting"]


class Client:
    """Publishes sightings; leaving the context waits until Kafka has acknowledged them all.

    ``kafka`` is ``host:port``; further arguments are those of :class:`streams.runtime.cluster.Cluster`. Raises
    UnreachableError when Kafka does not answer and PublishError when it does not take a sighting.
    """

    def __init__(self, kafka: str = "127.0.0.1:9092", *, prefix: str = "firstseen", **security: Any) -> None:
        self._producer = SightingProducer(Cluster(kafka, **security), prefix)

    def publish(self, sighting: Sighting) -> None:
        """Send one sighting. It has been validated when it was made; its country is resolved by intake."""
        self._producer.send(sighting.key, sighting.to_bytes())

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, then close."""
        self._producer.__exit__(kind, error, trace)
