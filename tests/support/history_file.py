"""A history database for commands, filled without Kafka."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from firstseen.settings import load_settings
from history.database import History
from history.follow import Follower
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.rejection import Rejection
from tests.support.pages import add_events, add_evidence, add_rejections


def use_history(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    events: Iterable[AlertEvent] = (),
    changes: Iterable[EvidenceChange] = (),
    rejections: Iterable[Rejection] = (),
) -> None:
    """Let commands ask a database in ``folder`` with these records, which follows no Kafka."""

    async def read_nothing(_: Follower) -> None:
        pass

    monkeypatch.setenv("FIRSTSEEN_HISTORY", str(folder / "history.sqlite"))
    monkeypatch.setattr(Follower, "catch_up", read_nothing)
    settings = load_settings()
    history = History(settings.history_file, settings.history_identity)
    add_evidence(history, *changes)
    add_events(history, events)
    add_rejections(history, rejections)
    history.close()
