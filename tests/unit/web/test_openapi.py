"""The documents of the interfaces list what is there, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.topics import TOPICS
from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import build_web

DOCS = Path(__file__).parents[3] / "docs"


def test_the_document_lists_no_answer_of_the_framework() -> None:
    document = build_web(KafkaConfig("127.0.0.1:9"), "test").openapi()
    assert "ValidationError" not in json.dumps(document)
    listed = [
        (path, method) for path, operations in document["paths"].items() for method, operation in operations.items()
        if "422" in operation["responses"]
    ]  # fmt: skip
    assert listed == [("/api/v1/sightings", "post")]


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_every_topic_is_in_the_asyncapi_document_with_its_schema(topic: Any) -> None:
    document = json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8"))
    channel = document["channels"][topic.name]
    [message] = channel["messages"].values()
    assert channel["address"] == topic.full_name("firstseen")
    assert (DOCS / message["payload"]["$ref"]).is_file()
