"""The evidence log: decoding it."""

from __future__ import annotations

from faust_batches.step import Incoming
from history.evidence_log import decode_log
from schemas.topics import ALERTS, EVIDENCE
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, alert_event, change, evidence


def test_unreadable_evidence_and_alerts_are_skipped() -> None:
    skipped: list[tuple[str, int]] = []
    changes = [change(add=evidence(id="1")).to_bytes(), b"not json", b"", change(add=evidence(id="2")).to_bytes()]
    log = decode_log(
        [Incoming(EVIDENCE.name, 0, offset, ARRIVED, None, value) for offset, value in enumerate(changes)],
        [Incoming(ALERTS.name, 0, 7, ARRIVED, None, b"{}"), Incoming(ALERTS.name, 0, 8, ARRIVED, None, alert_event().to_bytes())],
        lambda record, _: skipped.append((record.topic, record.offset)),
    )  # fmt: skip
    assert skipped == [(EVIDENCE.name, 1), (EVIDENCE.name, 2), (ALERTS.name, 7)]
    assert [each.add.id for each in log.partitions[0] if each.add] == ["1", "2"]
    assert len(log.alert_events or ()) == 1
    [row] = log.history(Policy()).presences.values()
    assert len(row.episodes) == 1
