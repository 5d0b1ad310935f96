"""The evidence log: decoding it."""

from __future__ import annotations

from faust_batches.step import Incoming
from firstseen.groups.evidence_log import decode_log
from schemas.topics import EVIDENCE
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, change, evidence


def test_unreadable_evidence_is_skipped() -> None:
    skipped: list[int] = []
    changes = [change(add=evidence(id="1")).to_bytes(), b"not json", b"", change(add=evidence(id="2")).to_bytes()]
    log = decode_log(
        [Incoming(EVIDENCE.name, 0, offset, ARRIVED, None, value) for offset, value in enumerate(changes)],
        lambda record, _: skipped.append(record.offset),
    )
    assert skipped == [1, 2]
    assert [each.add.id for each in log.partitions[0] if each.add] == ["1", "2"]
    [history] = log.histories(Policy())
    [row] = history.presences.values()
    assert len(row.episodes) == 1
