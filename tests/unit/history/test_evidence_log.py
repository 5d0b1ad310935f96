"""The evidence log: decoding it, and finding groups in it."""

from __future__ import annotations

from faust_batches.step import Incoming
from history.evidence_log import EvidenceLog, decode_log, find_group, similar_groups
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
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


def test_groups_are_found_by_any_name_and_similar_ones_suggested() -> None:
    log = EvidenceLog(
        (
            (
                EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(Group(id="JNIM", names=["GSIM"]),))),
                change(evidence(group="Katiba")),
            ),
        ),
        (),
    )
    known, names = log.groups(), log.group_names()
    assert find_group(known, names, "gsim") == "JNIM"
    assert find_group(known, names, "KATIBA") == "Katiba"
    assert find_group(known, names, "K\u0101tiba\u200b") == "Katiba"
    assert find_group(known, names, "GSIN") is None
    assert similar_groups(known, names, "GSIN") == ["GSIM"]
    assert similar_groups(known, names, "Katibah") == ["Katiba"]
