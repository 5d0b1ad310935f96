"""A worker keeps its name over restarts, and no two running workers share one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faust_batches.membership import claim_instance


def test_the_same_host_and_number_in_another_folder_is_another_worker(tmp_path: Path) -> None:
    names = {claim_instance(tmp_path / folder, "host", "slack") for folder in ("a", "b")}
    assert len(names) == 2


def test_characters_that_kafka_does_not_accept_are_replaced(tmp_path: Path) -> None:
    name = claim_instance(tmp_path, "my host/" + "x" * 300, "slack")
    assert name is not None
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nonsense"])
def test_a_truncated_file_gets_a_new_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "instance.0").write_bytes(content)
    name = claim_instance(tmp_path, "host", "slack")
    assert name is not None
    assert re.fullmatch(r"host-[0-9a-f]{8}-slack-0", name)


def test_a_folder_without_locks_gives_no_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert claim_instance(tmp_path / "file", "host", "slack") is None
