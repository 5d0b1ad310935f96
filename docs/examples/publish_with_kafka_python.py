"""Publish one sighting with kafka-python alone: ``python publish_with_kafka_python.py [HOST:PORT]``."""  # noqa: INP001

from __future__ import annotations

import json
import sys

from kafka import KafkaProducer

TOPIC = "firstseen.sightings.v1"
SIGHTING = {
    "source": "my-desk",
    "id": "2017/42",
    "group": "Islamic State",
    "country": "Ireland",
    "occurred": "2017-10-28/2017-11-24",
    "title": "Police investigate a cell in the west",
}


def key_of(source: str, sighting_id: str) -> bytes:
    """Return ``source/id`` with percent signs and slashes of the id percent-encoded."""
    return f"{source}/{sighting_id.replace('%', '%25').replace('/', '%2F')}".encode()


def main(bootstrap: str) -> None:
    """Send the sighting and wait until Kafka has acknowledged it."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    value = json.dumps(SIGHTING, ensure_ascii=False).encode()
    producer.send(TOPIC, key=key_of(SIGHTING["source"], SIGHTING["id"]), value=value).get(timeout=30)
    producer.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092")
