"""A broker that fails when it is asked is told in our words: no library's error reaches who asks."""

from __future__ import annotations

from typing import Any

import pytest
from kafka.errors import NodeNotReadyError

from streams.runtime import topic_admin
from streams.runtime.cluster import Cluster
from streams.runtime.topic_admin import UnreachableError, topic_facts


class LostOnTheWay:
    """Stands for a client whose broker dies between the bootstrap and the question."""

    def __init__(self, **_: Any) -> None:
        """Take any settings."""

    def describe_topics(self, _: list[str]) -> list[Any]:
        raise NodeNotReadyError(1)

    def close(self) -> None:
        """Do nothing."""


def test_a_broker_that_dies_before_it_is_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "KafkaAdminClient", LostOnTheWay)

    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1 did not answer as it should: NodeNotReadyError"):
        topic_facts(Cluster("127.0.0.1:1"), ["evidence"])
