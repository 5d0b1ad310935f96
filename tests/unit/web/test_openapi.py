"""The documents of the interfaces list what is there, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from schemas.topics import TOPICS
from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web

DOCS = Path(__file__).parents[3] / "docs"


def test_the_document_lists_no_answer_of_the_framework(empty_page: FastAPI) -> None:
    document = empty_page.openapi()
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
    [operation] = [each for name, each in document["operations"].items() if name.partition("_")[2] == topic.name]
    assert topic.written_by in operation["description"]
    assert channel["tags"][0] in [{"name": tag["name"]} for tag in document["info"]["tags"]]
    assert channel["address"] == topic.full_name("firstseen")
    assert (DOCS / message["payload"]["$ref"]).is_file()


def test_the_document_is_valid(empty_page: FastAPI) -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="run make setup")
    validator.validate(empty_page.openapi())


def test_the_document_has_no_tuples(empty_page: FastAPI) -> None:
    """Spectral rejects an array without ``items``."""
    assert "prefixItems" not in json.dumps(empty_page.openapi())


def test_every_operation_has_a_name_a_tag_and_a_description_and_every_parameter_an_example(
    empty_page: FastAPI,
) -> None:
    document = empty_page.openapi()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("(list|get|post|stream|complete)([A-Z][a-z]+)+", name) for name in names), names
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert set(operation["tags"]) <= tags
        assert operation["description"]
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], parameter
            assert parameter["schema"]["examples"], parameter


def test_the_types_of_a_generated_client_are_checked_for_every_path(empty_page: FastAPI) -> None:
    """The compiler checks these calls in the thorough run."""
    calls = (DOCS.parent / "tests/support/interface_checker/calls.ts").read_text(encoding="utf-8")
    document = empty_page.openapi()
    assert set(re.findall(r'^  "(/.*)": \(\) =>', calls, re.MULTILINE)) == set(document["paths"])


def test_an_answer_has_one_media_type(empty_page: FastAPI) -> None:
    """Generators return one type for each operation."""
    document = empty_page.openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            assert all(len(answer.get("content", {})) <= 1 for answer in operation["responses"].values()), operation


def test_an_answer_that_a_limit_cuts_says_so(empty_page: FastAPI) -> None:
    document = empty_page.openapi()
    cut = [
        operation for methods in document["paths"].values() for operation in methods.values()
        if "limit" in {parameter["name"] for parameter in operation.get("parameters", ())}
    ]  # fmt: skip
    without_pages = [each["operationId"] for each in cut if "Link" not in each["responses"]["200"]["headers"]]
    assert without_pages == ["completeFilter"]
    assert "more" in document["components"]["schemas"]["FilterHelp"]["properties"]


def test_a_generated_client_has_a_field_that_may_be_absent_as_optional(empty_page: FastAPI) -> None:
    """A field with a default is required in the types of openapi-typescript."""
    schemas = empty_page.openapi()["components"]["schemas"]
    sent = schemas["Sighting"]["properties"]
    assert not any("default" in field for field in sent.values())
    assert sent["revision"]["description"].endswith("By default `1`.")
    assert "default" not in schemas["Problem"]["properties"]["errors"]


async def test_every_example_of_a_parameter_is_accepted(empty_page: FastAPI) -> None:
    """Asks with each example alone, beside what is required."""
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    app.state.services.page.was_complete = True
    document = app.openapi()
    headers = {"Authorization": "Bearer w"}
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page", headers=headers)
    for path, methods in document["paths"].items():
        if "get" not in methods or path == "/api/v1/events":
            continue
        parameters = methods["get"].get("parameters", [])
        required = {each["name"]: each["schema"]["examples"][0] for each in parameters if each.get("required")}
        for parameter in parameters:
            for example in parameter["schema"]["examples"]:
                values = required | {parameter["name"]: example}
                address = path.format(**values)
                query = {name: value for name, value in values.items() if f"{{{name}}}" not in path}
                answer = await client.get(address, params=query)
                assert answer.status_code in {200, 404}, (address, query, answer.text)
