"""An administration client cleans up after itself."""

from __future__ import annotations

import threading

import pytest
from kafka.errors import KafkaError

from faust_batches.admin import AdminClient


def test_a_client_that_cannot_connect_leaves_no_thread() -> None:
    before = threading.active_count()
    with pytest.raises(KafkaError):
        AdminClient(bootstrap_servers=["127.0.0.1:1"], bootstrap_timeout_ms=100)
    assert threading.active_count() == before
