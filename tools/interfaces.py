"""Interface documents: OpenAPI for `firstseen web`, AsyncAPI for the Kafka topics."""

from __future__ import annotations

from typing import Any

from schemas.topics import TABLES, TOPICS, Topic
from streams.io.kafka_config import KafkaConfig
from web.api.openapi import VERSION
from web.app import build_web

Json = dict[str, Any]

RECORDS, STATE = "Records", "State"

_OWNED = {topic.name for tables in TABLES.values() for topic in tables}


def openapi() -> Json:
    """Return the OpenAPI document that `/api/v1/openapi.json` serves."""
    return build_web(KafkaConfig("127.0.0.1:9092"), "firstseen").openapi()


def asyncapi() -> Json:
    """Return the AsyncAPI 3.0 document: a channel per topic, with its writers and readers."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Firstseen on Kafka",
            "version": VERSION,
            "description": "Topics with the default prefix. Read them with `isolation.level=read_committed`.",
            "contact": {"name": "The operator of this cluster"},
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [
                {"name": RECORDS, "description": "What producers write, what stages pass on, and configuration."},
                {"name": STATE, "description": "Tables from which a stage restores its state. Only that stage writes."},
            ],
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:9092", "protocol": "kafka"}},
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
    }


def _channel(topic: Topic) -> Json:
    name = topic.record.__name__
    kept = "The latest value of each key is kept." if topic.compacted else "All records are kept forever."
    return {
        "address": topic.full_name("firstseen"),
        "tags": [{"name": STATE if topic.name in _OWNED else RECORDS}],
        "description": f"Written by {topic.written_by}; read by {topic.read_by}. {kept}",
        "messages": {
            name: {
                "name": name,
                "payload": {"$ref": f"schemas/{topic.name}.v{topic.version}.json"},
                "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
            }
        },
        "bindings": {"kafka": {"topic": topic.full_name("firstseen"), "bindingVersion": "0.5.0"}},
    }


def _operations(topic: Topic) -> list[tuple[str, Json]]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    ours, direction = ("send", "Sent by") if topic.written_by != "producers" else ("receive", "Received from")
    description = f"{direction} {topic.written_by}, with the key: {topic.key}."
    return [(f"{ours}_{topic.name}", {"action": ours, "channel": channel, "description": description})]
