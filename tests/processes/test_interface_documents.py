"""Tools that others use read the OpenAPI and AsyncAPI documents without a complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.interface_checker.install import INSTALLED, findings, type_errors

DOCS = Path(__file__).parents[2] / "docs"

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not INSTALLED.exists(), reason="python -m tests.support.interface_checker.install"),
]


def test_spectral_and_the_parser_of_asyncapi_find_nothing_in_the_documents() -> None:
    found = findings(DOCS / "openapi.json", DOCS / "asyncapi.json")
    # Most tools read 3.0.0, and 3.1.0 adds nothing for Kafka.
    assert [each for each in found if each["code"] != "asyncapi-latest-version"] == []


def test_types_that_are_generated_from_the_document_compile_with_a_call_of_every_path() -> None:
    assert type_errors(DOCS / "openapi.json") == []
