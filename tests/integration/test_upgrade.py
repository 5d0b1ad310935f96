"""One command carries an installation of an earlier version over. The state is what commit 0016d43 wrote.

:mod:`tests.support.earlier_state.record` says how to record it again.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from firstseen.local_kafka import LocalKafka
from firstseen.topic_exports import KINDS, Kind, export
from schemas.names import comparable
from schemas.position import Position
from schemas.topics import FORMER_TOPICS, POSITIONS, PRESENCE
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_table
from streams.presence.policy import Policy
from tests.support.builders import sighting_today
from tests.support.earlier_state.load import PARTITIONS, earlier_state, load
from tests.support.slack_recorder import THROTTLED, SlackRecorder, slack_recorder
from tests.support.system import System, system
from tests.support.worker import command, until_all_committed, write_committed

pytestmark = pytest.mark.kafka

UPGRADE = "Stop all workers, and run `firstseen upgrade`"

Row = dict[str, Any]


def test_an_earlier_installation_is_carried_over_by_one_command(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    load(kafka.bootstrap, prefix)
    earlier = earlier_state().exports

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = command(kafka, prefix, tmp_path, *arguments, FIRSTSEEN_PARTITIONS=str(PARTITIONS))
        until_all_committed(kafka.bootstrap, prefix)
        return done

    refused = run("worker", "presence")
    assert refused.returncode != 0
    told = " ".join(refused.stderr.replace("│", " ").split())
    assert f"an earlier version of Firstseen wrote the state of presence. {UPGRADE}" in told
    assert "`firstseen upgrade`" in run("topics", "apply").stderr

    upgraded = run("upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    for line in (
        "presence: its tables must be recomputed (an earlier version wrote format 1)",
        f"created {PRESENCE.full_name(prefix)}",
        "partition 1: done",
        "The upgrade is complete. Start the workers",
        f"No longer used: {', '.join(f'{prefix}.{name}' for name in FORMER_TOPICS)}",
    ):
        assert line in upgraded.stdout
    assert "under the current rules" not in upgraded.stdout

    expected = {kind: as_earlier(earlier[kind], earlier[kind]) for kind in KINDS}
    assert _exports(kafka, prefix) == expected
    _mark_as_interrupted(kafka, prefix)
    assert "recomputed (a rebuild was interrupted)" in run("upgrade").stdout
    assert _exports(kafka, prefix) == expected
    assert "Nothing to upgrade" in run("upgrade").stdout

    recorder = SlackRecorder(throttled=None)
    with slack_recorder(recorder) as slack:
        environment: dict[str, str | None] = {"SLACK_BOT_TOKEN": "xoxb-0", "FIRSTSEEN_SLACK_URL": slack}
        with system(kafka, prefix, tmp_path, partitions=PARTITIONS, environment=environment) as running:
            running.settle()
            assert [message["channel"] for message in recorder.sent("chat.postMessage")] == [THROTTLED]
            assert not [line for line in running.lines if "for the first time" in line]
            assert len(running.export("alerts")) == len(earlier["alerts"])
            recorder.requests.clear()
            _repeats_are_duplicates(running, earlier)
            _withdrawals_correct_what_was_sent(running, recorder, earlier["deliveries"], earlier["alerts"])
            _news_is_news(running, recorder)
    deleted = run("upgrade", "--delete-old").stdout
    assert all(f"deleted {prefix}.{name}" in deleted for name in FORMER_TOPICS)


def _repeats_are_duplicates(running: System, earlier: dict[str, list[Row]]) -> None:
    """A sighting that the earlier version accepted is known, whether it is sent again or differs."""
    same = {"source": "desk", "id": "burkina", "group": "Katiba Macina", "country": "Burkina Faso", "grade": "B2"}
    running.publish({**same, "occurred": "2020-03-05"}, {**same, "occurred": "2020-03-06"})
    running.settle()
    [before], [now] = earlier["accounting"], running.export("accounting")
    assert (now["accepted"], now["duplicate"]) == (before["accepted"], before["duplicate"] + 1)
    assert now["rejected"] == {**before["rejected"], "conflict": 1}
    assert len(running.export("alerts")) == len(earlier["alerts"])


def _withdrawals_correct_what_was_sent(
    running: System, recorder: SlackRecorder, deliveries: Iterable[Row], alerts: Iterable[Row]
) -> None:
    """A withdrawn sighting retracts the alert that was sent; its messages are edited at the same destinations."""
    last = {alert["alert_id"]: alert for alert in alerts}
    known = {alert["alert_id"]: alert["revision"] for alert in last.values() if _is_withdrawn(alert)}
    for id_, revision in (("niger", 3), ("kenya", 2)):
        running.publish({"source": "desk", "id": id_, "revision": revision, "retracted": True})
    running.settle()
    events = [
        alert for alert in running.export("alerts") if alert["type"] == "retraction" and alert["alert_id"] in known
    ]
    assert {alert["alert_id"]: alert["revision"] for alert in events} == {id_: last + 1 for id_, last in known.items()}
    assert len(known) == 3
    now = running.export("deliveries")
    for alert_id, revision in known.items():
        before = {row["destination"] for row in deliveries if row["alert_id"] == alert_id}
        sent = [row for row in now if (row["alert_id"], row["revision"]) == (alert_id, revision + 1)]
        assert {row["destination"] for row in sent} == before
        assert {row["state"] for row in sent} == {"sent"}
    shown = {
        (row["destination"], row["message_ts"]) for row in deliveries if row["alert_id"] in known and row["message_ts"]
    }
    assert {(edit["channel"], edit["ts"]) for edit in recorder.sent("chat.update")} == shown
    # Each is also explained in a reply, and no channel gets a new message.
    assert all(reply.get("thread_ts") for reply in recorder.sent("chat.postMessage"))


def _is_withdrawn(alert: Row) -> bool:
    return (alert["country"], alert["group"]) in {("NE", "JNIM"), ("KE", "AL-SHABAAB")} or alert["kind"] == "spread"


def _news_is_news(running: System, recorder: SlackRecorder) -> None:
    recorder.requests.clear()
    running.publish(sighting_today(id="new", group="A new group", country="Ghana"))
    running.settle()
    [alert] = [alert for alert in running.export("alerts") if alert["group"] == "A new group"]
    assert (alert["kind"], alert["revision"], alert["status"]) == ("first_ever", 1, "confirmed")
    assert [message["channel"] for message in recorder.sent("chat.postMessage")] == ["C0AFRICA"]
    assert running.shows("A new group")


def as_earlier(rows: list[Row], earlier: list[Row]) -> list[Row]:
    """Return rows with the fields of the earlier version, sorted.

    Names are in comparable form, because a group now has one spelling in a region. Texts of messages are left out.
    """
    fields = _names(earlier) - {"text"}
    kept: list[Row] = [_only(row, fields) for row in rows]
    named = [{**row, "group": comparable(row["group"])} if "group" in row else row for row in kept]
    return sorted(named, key=lambda row: sorted(map(str, row.items())))


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *_names(list(value.values()))}
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def _only(value: Any, fields: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _only(part, fields) for name, part in value.items() if name in fields}
    return [_only(part, fields) for part in value] if isinstance(value, list) else value


def _exports(kafka: LocalKafka, prefix: str) -> dict[Kind, list[Row]]:
    cluster, earlier = KafkaConfig(kafka.bootstrap), earlier_state().exports
    return {kind: as_earlier(asyncio.run(export(cluster, prefix, kind, Policy())), earlier[kind]) for kind in KINDS}


def _mark_as_interrupted(kafka: LocalKafka, prefix: str) -> None:
    """Write the position of the first partition as it is while its tables are recomputed."""
    topic = POSITIONS["presence"]
    rows = asyncio.run(read_table(KafkaConfig(kafka.bootstrap), prefix, topic))
    [position] = [Position.from_bytes(row.value or b"") for row in rows if row.key == b"0"]
    assert position.state
    interrupted = position.replace(state=position.state.replace(rebuilding=True))
    write_committed(kafka, topic.full_name(prefix), b"0", interrupted.to_bytes())
