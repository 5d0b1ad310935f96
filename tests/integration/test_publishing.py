"""Publishing to a running system: with the client, as its README says; from a workbook; and a release of UCDP GED."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from pydantic_core import to_json

from firstseen.local_kafka import LocalKafka
from firstseen_client import Client, Sighting
from firstseen_client.kafka import KafkaClient
from schemas.position import Position, StateIdentity
from schemas.topics import POSITIONS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.builders import sighting_today
from tests.support.system import System
from tests.support.waiting import until
from tests.support.workbook import write_workbook
from tests.support.worker import command, write_committed
from web.app import WebConfig, build_web
from web.http.connections import ConnectionLimits
from web.server import build_server

pytestmark = pytest.mark.kafka

README = Path(__file__).resolve().parents[2] / "client" / "README.md"


@contextmanager
def page(cluster: KafkaConfig, prefix: str) -> Iterator[str]:
    app = build_web(cluster, prefix, WebConfig(producers={"my-desk": "a-long-secret"}))
    server = build_server(app, "127.0.0.1", 0, ConnectionLimits())
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_the_readme_does_what_it_says(running: System, capsys: pytest.CaptureFixture[str]) -> None:
    http, straight = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    with page(KafkaConfig(running.kafka), running.prefix) as url:
        exec(compile(http.replace("http://127.0.0.1:8080", url), str(README), "exec"), {})
        straight = straight.replace("127.0.0.1:9092", running.kafka).replace(
            "KafkaClient(", f"KafkaClient(prefix={running.prefix!r}, bootstrap=", 1
        )
        exec(compile(straight, str(README), "exec"), {})
        running.settle()
        [row] = running.export("presence")
        assert (row["group"], row["country"], row["first_seen"]) == ("Islamic State", "ML", "2026-11-28")
        # Straight to Kafka went the same id with other content.
        assert running.export("accounting")[0]["rejected"] == {"conflict": 1}
    assert "accepted" in capsys.readouterr().out


def test_what_is_published_again_is_no_second_sighting_and_a_conflict_comes_back(running: System) -> None:
    sighting = Sighting.model_validate(sighting_today(source="my-desk", id="1", group="JNIM", country="Mali"))
    with page(KafkaConfig(running.kafka), running.prefix) as url:
        with Client(url, key="a-long-secret") as client:
            assert [verdict.verdict for verdict in client.publish(sighting, sighting)] == ["accepted", "accepted"]
            running.settle()
            moved = sighting.model_copy(update={"country": "Niger"})
            until(lambda: client.publish(moved)[0].reason == "conflict")  # the page follows intake
            until(lambda: client.rejections(reason="conflict").rejections)  # the page has read the rejection
            assert client.rejections(reason="conflict").rejections[0].id == "1"
        with KafkaClient(running.kafka, prefix=running.prefix) as straight:
            straight.publish(sighting)
        running.settle()
        assert len(running.export("presence")) == 1


def test_a_position_in_a_deleted_topic_accepts_no_row(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    state = StateIdentity(input_id="deleted", table_ids={}, partitions=1)
    write_committed(kafka, POSITIONS["intake"].full_name(prefix), b"0", Position(next_offset=9, state=state).to_bytes())
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(to_json(sighting_today()))
    done = command(kafka, prefix, tmp_path, "sightings", "publish", str(rows))
    assert "Still waiting for intake: 1." in done.stdout, done


MAP = """\
source: {value: my-desk}
id: Case
group: Actor
occurred: Date
country: Pays
grade: {value: B2}
evidence: {column: Type, values: {Attaque: attack}, default: other}
"""


def test_a_workbook_is_published_by_its_mapping_and_its_rejected_rows_are_kept(
    running: System, here: Path, tmp_path: Path
) -> None:
    today = date.today()
    rows: list[list[object]] = [
        ["Case", "Actor", "Date", "Pays", "Type"],
        [1042, "Workbook Front", today, "Mali", "Attaque"],
        [1043, "Workbook Front", today, "Niger", "Arrestation"],
        [1044, "Workbook Front", today, "Atlantis", "Attaque"],
    ]
    workbook = write_workbook(tmp_path / "incidents.xlsx", {"Data": rows})
    mapping = tmp_path / "columns.yaml"
    mapping.write_text(MAP, encoding="utf-8")
    environment = {
        **os.environ, "PYTHONPATH": str(here), "FIRSTSEEN_KAFKA": running.kafka, "FIRSTSEEN_PREFIX": running.prefix,
    }  # fmt: skip
    command = [sys.executable, "-m", "firstseen", "publish", "--map", str(mapping), str(workbook)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    running.settle()
    presences = {row["country"] for row in running.export("presence")}
    [accounting] = running.export("accounting")

    assert result.returncode == 1, result.stderr
    assert "2 published, 1 rejected, 0 left out" in result.stdout
    assert "Atlantis" in (tmp_path / "incidents.rejected.csv").read_text(encoding="utf-8-sig")
    assert presences == {"ML", "NE"}
    assert accounting["accepted"] == 2


def test_rows_are_published_even_if_the_reader_of_the_output_has_ended(running: System, tmp_path: Path) -> None:
    rows = ["{}"] * 2_000 + [to_json(sighting_today()).decode()]  # the reasons fill the pipe before the last row
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "FIRSTSEEN_KAFKA": running.kafka, "FIRSTSEEN_PREFIX": running.prefix}
    command = [
        sys.executable,
        "-m",
        "firstseen",
        "sightings",
        "publish",
        "--limit",
        "all",
        str(tmp_path / "rows.jsonl"),
    ]
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    os.close(writer)
    running.settle()

    assert (result.returncode, result.stderr) == (1, "")
    assert running.export("accounting")[0]["accepted"] == 1


HEADER = (
    "id,type_of_violence,side_a,side_b,source_article,source_office,source_date,where_prec,where_coordinates,adm_1,"
    "latitude,longitude,country,date_prec,date_start,date_end,low,high"
)


def _event(number: int, country: str, day: str) -> str:
    return f"{number},1,Government of {country},Group {number},,Wire,2024-03-02,1,Town,,,,{country},1,{day},{day},1,1"


def _publish_release(running: System, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firstseen", "publish", "--format", "ucdp-ged", *options, str(file)],
        env=os.environ
        | {"FIRSTSEEN_KAFKA": running.kafka, "FIRSTSEEN_PREFIX": running.prefix, "FIRSTSEEN_PARTITIONS": "2"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_release_corrects_and_withdraws_sightings_of_an_older_one(running: System, tmp_path: Path) -> None:
    first, second = tmp_path / "24.csv", tmp_path / "25.csv"
    first.write_text("\n".join([HEADER, _event(77, "Mali", "2022-03-01"), _event(78, "Chad", "2022-03-01")]))
    second.write_text("\n".join([HEADER, _event(77, "Niger", "2022-02-20"), _event(79, "Libya", "2024-02-01")]))

    def countries() -> list[str]:
        running.settle()
        return sorted(row["country"] for row in running.export("presence") if row["episodes"])

    assert _publish_release(running, first, "--release", "24.1", "--yes").returncode == 0
    assert countries() == ["ML", "TD"]

    options = ("--release", "25.1", "--withdraw-missing")
    asked = _publish_release(running, second, *options)
    assert asked.returncode == 2
    assert "Add --yes" in asked.stderr
    shown = _publish_release(running, second, *options, "--dry-run")
    assert shown.returncode == 0
    assert "Nothing was sent. 3 would be published" in shown.stdout
    assert countries() == ["ML", "TD"]

    sent = _publish_release(running, second, *options, "--yes")
    assert sent.returncode == 0
    assert sent.stderr.splitlines() == [
        "Release 25.1: 1 new, 1 revised, 1 withdrawn, 0 unchanged.",
        "  revised ged-77-b: ML -> NE; 2022-03-01 -> 2022-02-20",
        "  withdrawn ged-78-b: Group 78, TD, Town, 2022-03-01",
        "It withdraws 1 of 2 events. Is the file complete?",
    ]
    assert countries() == ["LY", "NE"]

    older = _publish_release(running, first, "--release", "24.1", "--withdraw-missing", "--yes")
    assert older.stderr.splitlines()[0] == (
        "Release 24.1: 0 new, 0 revised, 0 withdrawn, 0 unchanged, 2 on record from a newer release."
    )
    assert countries() == ["LY", "NE"]
