"""One real Kafka for the whole run, and a prefix of topics for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka, prepare
from tests.support import warm_start

warm_start.install()

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Apache Kafka on loopback, for the whole run."""
    prepare()
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test has, so that topics and groups are fresh."""
    return f"t{next(_numbers)}"


@pytest.fixture
def here() -> Path:
    """The root of the checkout."""
    return Path(__file__).parent.parent
