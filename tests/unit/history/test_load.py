"""The log of a running system is read whatever else lies in its topics."""

from __future__ import annotations

from faust_batches.step import Incoming
from history.load import log_of
from schemas.topics import ALERTS, EVIDENCE
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, alert_event, change, evidence


def test_evidence_and_alerts_that_cannot_be_read_are_passed_over() -> None:
    heard: list[tuple[str, int]] = []
    changes = [change(add=evidence(id="1")).to_bytes(), b"not json", b"", change(add=evidence(id="2")).to_bytes()]
    log = log_of(
        [Incoming(EVIDENCE.name, 0, offset, ARRIVED, None, value) for offset, value in enumerate(changes)],
        [Incoming(ALERTS.name, 0, 7, ARRIVED, None, b"{}"), Incoming(ALERTS.name, 0, 8, ARRIVED, None, alert_event().to_bytes())],
        lambda record, _: heard.append((record.topic, record.offset)),
    )  # fmt: skip
    assert heard == [(EVIDENCE.name, 1), (EVIDENCE.name, 2), (ALERTS.name, 7)]
    assert [one.add.id for one in log.partitions[0] if one.add] == ["1", "2"]
    assert len(log.told or ()) == 1
    assert len(log.history(Policy()).days) == 1
