"""``firstseen follow`` on a running system: feeds change, fail and shrink, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json, to_json

from firstseen.follow.progress import ProgressWriter
from firstseen.local_kafka import LocalKafka
from streams.io.clock import monotonic
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.publisher import Publisher, Reply, publisher
from tests.support.system import System, system
from tests.support.waiting import PATIENCE_SECONDS
from tests.unit.firstseen.importers.test_gdelt import GUNMAN, TALIBAN, line

pytestmark = pytest.mark.kafka

TODAY = datetime.now(UTC)
DAY = TODAY.date().isoformat()
NEWEST = TODAY.replace(minute=TODAY.minute // 15 * 15, second=0, microsecond=0)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def there() -> Iterator[Publisher]:
    with publisher() as running:
        yield running


class Operator:
    """Follows feeds in processes of their own, as on different machines."""

    def __init__(self, kafka: str, prefix: str, there: Publisher, **environment: str) -> None:
        self.environment = {
            **os.environ,
            "FIRSTSEEN_KAFKA": kafka,
            "FIRSTSEEN_PREFIX": prefix,
            "FIRSTSEEN_FEED_PRIVATE": "true",
            "FIRSTSEEN_GDELT_URL": f"{there.url}/gdeltv2/lastupdate.txt",
            "FIRSTSEEN_UCDP_URL": f"{there.url}/api/gedevents",
            **environment,
        }

    def run(self, *arguments: str, expect: int = 0) -> str:
        command = [sys.executable, "-m", "firstseen", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def follow(self, *arguments: str, expect: int = 0) -> str:
        return self.run("follow", *arguments, "--once", expect=expect)

    @contextmanager
    def following(self, *arguments: str) -> Iterator[Running]:
        command = [sys.executable, "-u", "-m", "firstseen", "follow", *arguments]
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running = Running(process)
        try:
            yield running
        finally:
            process.kill()
            process.wait(PATIENCE_SECONDS)
            running.listener.join(PATIENCE_SECONDS)


class Running:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.listener = threading.Thread(target=self._listen)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for text in self.process.stdout:
            self.lines.append(text)
        self.process.stdout.close()

    def hears(self, words: str, times: int = 1, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = monotonic() + seconds
        while sum(words in text for text in self.lines) < times:
            assert monotonic() < deadline, f"{words!r} is not in\n{''.join(self.lines)}"
            threading.Event().wait(0.05)


def row(id_: str, **fields: Any) -> dict[str, Any]:
    usual = {"source": "desk", "id": id_, "group": "M23", "country": "CD", "occurred": DAY, "grade": "B2"}
    return usual | fields


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(to_json(row) + b"\n" for row in rows)


def events(*ids: int) -> bytes:
    day = {1: f"{TODAY:%Y%m%d}", 59: f"{NEWEST:%Y%m%d%H%M%S}"}
    known = [line(TALIBAN, day, {0: str(id_)}) for id_ in ids]
    return b"\n".join([*known, line(GUNMAN, day, {0: "1"})]) + b"\n"


def counts(running: System) -> dict[str, Any]:
    running.settle()
    [accounting] = running.export("accounting")
    return {
        name: accounting[name]
        for name in ("accepted", "duplicate", "stale", "retracted", "rejected")
        if accounting[name]
    }


def test_gdelt_is_followed_from_one_machine_and_then_from_another_and_nothing_is_sent_twice(
    kafka: LocalKafka, prefix: str, tmp_path: Path, there: Publisher
) -> None:
    with system(kafka, prefix, tmp_path, partitions=2) as running:
        operator = Operator(kafka.bootstrap, prefix, there)
        assert "No feed is followed" in operator.run("follow", "--status")
        there.serve_gdelt({NEWEST - QUARTER: events(10), NEWEST: events(11, 12)})
        output = operator.follow("gdelt", "--catch-up", "30m")
        assert "gdelt: reads http://127.0.0.1" in output
        assert "not read before" in output
        assert "5 rows, 3 sent, 0 revised, 2 left out (neither actor is a known armed group 2)" in output
        assert counts(running) == {"accepted": 3}

        there.asked.clear()
        assert "nothing new" in operator.follow("gdelt")
        assert there.paths() == ["/gdeltv2/lastupdate.txt"]
        there.serve_gdelt({NEWEST + QUARTER: events(13)})
        output = operator.follow("gdelt")
        assert f"continues after {NEWEST:%Y%m%d%H%M%S}" in output
        assert "2 rows, 1 sent" in output
        assert counts(running) == {"accepted": 4}

        status = operator.run("follow", "--status")
        assert "gdelt: last success 20" in status
        assert "4 sent, 0 revised, 0 withdrawn" in status
        assert "3 left out: neither actor is a known armed group" in status
        [shown] = map(from_json, operator.run("follow", "--status", "--json").splitlines())
        assert (shown["feed"], shown["cursor"]) == ("gdelt", f"{NEWEST + QUARTER:%Y%m%d%H%M%S}")
        assert "ok    feed     gdelt: read " in operator.run("doctor")

        assert "gdelt: progress deleted" in operator.run("follow", "gdelt", "--forget")
        assert "No feed is followed" in operator.run("follow", "--status")


def test_what_changes_while_the_workers_are_down_waits_for_them_and_becomes_a_revision(
    kafka: LocalKafka, prefix: str, tmp_path: Path, there: Publisher
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    operator = Operator(kafka.bootstrap, prefix, there)
    url = f"{there.url}/incidents.jsonl"
    there.serve("/incidents.jsonl", Reply(lines(row("1"))))
    assert "1 sent" in operator.follow(url)
    there.serve("/incidents.jsonl", Reply(lines(row("1", country="RW"))))
    assert "intake has not yet read what was sent last" in operator.follow(url, expect=1)
    with system(kafka, prefix, tmp_path, partitions=2) as running:
        assert counts(running) == {"accepted": 1}
        assert "0 sent, 1 revised" in operator.follow(url)
        assert counts(running) == {"accepted": 2}


def test_failures_are_reported_and_retried_and_a_signal_ends_in_order(
    kafka: LocalKafka, prefix: str, there: Publisher
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    operator = Operator(kafka.bootstrap, prefix, there, FIRSTSEEN_FEED_SECONDS="4")
    there.serve_gdelt({NEWEST: events(10)})
    good = there.reply_to
    file, latest = f"/gdeltv2/{NEWEST:%Y%m%d%H%M%S}.export.CSV.zip", "/gdeltv2/lastupdate.txt"
    zipped = _reply(there, file)
    listed = _reply(there, latest)
    there.serve(
        latest, Reply(status=500), Reply(status=429, headers={"Retry-After": "2"}), Reply(b"x", seconds=PATIENCE_SECONDS),
        listed, listed, listed,
    )  # fmt: skip
    there.serve(file, Reply(zipped.body, sent=50), Reply(zipped.body[:-9]), zipped)
    assert good == there.reply_to
    with operator.following("gdelt", "--every", "1s") as running:
        running.hears("answered 500 Internal Server Error. Retry in")
        running.hears("answered 429 Too Many Requests. Retry in 2 s")
        running.hears("no complete response within 4 s")
        running.hears("the response is truncated or damaged")
        running.hears("its MD5 differs from the one in lastupdate.txt")
        running.hears("2 rows, 1 sent, 0 revised, 1 left out")
        running.hears("nothing new", times=2)
        status = operator.run("follow", "gdelt", "--status")
        assert "1 sent" in status
        assert "failed" not in status
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_SECONDS) == 0
        assert not [text for text in running.lines if "Traceback" in text]
    there.serve(latest, Reply(status=503))
    assert "answered 503" in operator.follow("gdelt", expect=1)
    assert "failed" in operator.run("follow", "gdelt", "--status")


def _reply(there: Publisher, path: str) -> Reply:
    [reply] = there._replies[path]
    assert isinstance(reply, Reply)
    return reply


def test_a_restart_waits_for_its_turn(kafka: LocalKafka, prefix: str, there: Publisher) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    operator = Operator(kafka.bootstrap, prefix, there)
    there.serve_gdelt({NEWEST: events(10)})
    operator.follow("gdelt", "--catch-up", "0s")
    there.asked.clear()
    with operator.following("gdelt", "--every", "1h") as running:
        running.hears("; next poll ")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE_SECONDS) == 0
    assert there.asked == []


def test_an_invalid_feed_is_reported_before_any_request(kafka: LocalKafka, prefix: str, there: Publisher) -> None:
    operator = Operator(kafka.bootstrap, prefix, there)
    assert "set FIRSTSEEN_ACLED_USER and FIRSTSEEN_ACLED_PASSWORD" in operator.follow("acled", expect=2)
    assert "use one of gdelt" in operator.follow("gdlet", expect=2)
    assert "is not a duration" in operator.follow("gdelt", "--every", "often", expect=2)
    assert "`firstseen topics apply` creates it" in operator.follow("gdelt", expect=3)
    assert there.asked == []


def test_a_document_is_compared_row_by_row_with_what_is_on_record(running: System, there: Publisher) -> None:
    operator = Operator(running.kafka, running.prefix, there)
    url = f"{there.url}/incidents.jsonl"
    there.serve("/incidents.jsonl", Reply(lines(row("1"), row("2"), row("3", country="Atlantis")), marked=True))
    output = operator.follow(url)
    assert "3 rows, 2 sent, 0 revised, 1 left out (rejected: country_unresolved 1)" in output
    assert "  rejected: line 3: country_unresolved: " in output
    assert counts(running) == {"accepted": 2}
    assert "nothing new" in operator.follow(url)

    changed = lines(row("1"), row("2", country="RW"), row("3", country="UG"), row("4"))
    there.serve("/incidents.jsonl", Reply(changed, marked=True))
    assert "4 rows, 2 sent, 1 revised, 1 unchanged, 0 left out" in operator.follow(url)
    assert counts(running) == {"accepted": 5}
    assert {(p["group"], p["country"]) for p in running.export("presence")} == {
        ("M23", "CD"), ("M23", "RW"), ("M23", "UG"),
    }  # fmt: skip

    there.serve("/incidents.jsonl", Reply(b"<html>\nPlease sign in\n</html>\n"))
    assert "none of 3 rows is a sighting; line 1: " in operator.follow(url, expect=1)

    # One sighting is withdrawn here, and the publisher drops another: neither is sent again or withdrawn.
    running.publish({"source": "desk", "id": "4", "revision": 2, "retracted": True})
    running.settle()
    there.serve("/incidents.jsonl", Reply(lines(row("1"), row("2", country="RW"), row("4")), marked=True))
    output = operator.follow(url)
    assert "3 rows, 0 sent, 0 revised, 2 unchanged, 1 left out (withdrawn here; not sent again 1)" in output
    assert counts(running) == {"accepted": 5, "retracted": 1}


def test_a_table_of_ones_own_is_followed_by_its_mapping(running: System, tmp_path: Path, there: Publisher) -> None:
    mapping = tmp_path / "columns.yaml"
    mapping.write_text(
        "source: {value: my-desk}\nid: No\ngroup: Actor\ncountry: Country\n"
        'occurred: {column: Date, format: "%d/%m/%Y"}\ngrade: {value: B2}\n',
        encoding="utf-8",
    )
    operator = Operator(running.kafka, running.prefix, there)
    url = f"{there.url}/incidents.csv"
    table = f"No;Actor;Country;Date\n1;ADF;Congo, Dem. Rep.;{TODAY:%d/%m/%Y}\n2;ADF;Mali;{TODAY:%d/%m/%Y}\n"
    there.serve("/incidents.csv", Reply(table.encode("utf-16")))
    assert "2 rows, 2 sent" in operator.follow(url, "--map", str(mapping))
    assert counts(running) == {"accepted": 2}
    there.serve("/incidents.csv", Reply(table.replace("Mali", "Rwanda").encode()))
    assert "2 rows, 0 sent, 1 revised, 1 unchanged" in operator.follow(url, "--map", str(mapping))
    assert counts(running) == {"accepted": 3}
    assert {p["country"] for p in running.export("presence")} == {"CD", "RW"}
    there.serve("/incidents.csv", Reply(table.replace("Actor", "Group").encode()))
    assert "the table has no column 'Actor'" in operator.follow(url, "--map", str(mapping), expect=1)
    assert "gdelt has its own format" in operator.follow("gdelt", "--map", str(mapping), expect=2)


def test_acled_is_followed_with_its_corrections_and_deletions(running: System, there: Publisher) -> None:
    def event(id_: str, timestamp: int, **fields: str) -> dict[str, str]:
        usual = {
            "event_id_cnty": id_, "event_date": DAY, "time_precision": "1", "event_type": "Battles",
            "sub_event_type": "Armed clash", "actor1": "Front of the Desert", "inter1": "Rebel group",
            "actor2": "Military Forces of Mali (2021-)", "inter2": "State forces", "country": "Mali", "admin1": "Gao",
            "location": "Gao", "latitude": "16.2717", "longitude": "-0.0447", "geo_precision": "1",
            "source": "Invented Wire", "timestamp": str(timestamp),
        }  # fmt: skip
        return usual | fields

    def page(*rows: dict[str, Any]) -> Reply:
        return Reply(to_json({"status": 200, "success": True, "data": rows}))

    then = round(TODAY.timestamp()) - 5_000
    there.serve("/oauth/token", Reply(b'{"access_token": "a", "refresh_token": "b"}'))
    there.serve("/api/acled/read", page(event("MLI1", then), event("MLI2", then), event("MLI3", then)))
    there.serve("/api/deleted/read", page())
    operator = Operator(
        running.kafka, running.prefix, there,
        FIRSTSEEN_ACLED_URL=there.url, FIRSTSEEN_ACLED_USER="a@example.org", FIRSTSEEN_ACLED_PASSWORD="hunter2",
    )  # fmt: skip
    assert "3 rows, 3 sent" in operator.follow("acled")
    assert counts(running) == {"accepted": 3}
    assert "nothing new" in operator.follow("acled")

    nobody = event("MLI2", then + 10, actor1="Unidentified Armed Group (Mali)")
    moved = event(
        "MLI1", then + 10, country="Niger", admin1="Niamey", location="Niamey", latitude="13.51", longitude="2.11"
    )
    there.serve("/api/acled/read", page(moved, nobody))
    there.serve("/api/deleted/read", page({"event_id_cnty": "MLI3", "deleted_timestamp": str(then + 20)}))
    output = operator.follow("acled")
    assert "2 rows, 0 sent, 1 revised, 2 withdrawn, 1 left out" in output
    assert "hunter2" not in output
    assert counts(running) == {"accepted": 4, "retracted": 2}
    assert [p["country"] for p in running.export("presence")] == ["NE"]
    assert "nothing new" in operator.follow("acled")


def test_an_end_before_the_progress_is_stored_repeats_rows_that_intake_counts_as_duplicates(
    running: System, there: Publisher
) -> None:
    operator = Operator(running.kafka, running.prefix, there)
    there.serve_gdelt({NEWEST: events(10, 11)})
    path = f"/gdeltv2/{NEWEST:%Y%m%d%H%M%S}.export.CSV.zip"
    whole, gate = _reply(there, path), threading.Event()
    there.serve(path, Reply(whole.body, gate=gate), whole)
    with operator.following("gdelt", "--catch-up", "0s") as first:
        while path not in there.paths():
            threading.Event().wait(0.05)
        asyncio.run(_take_over(running))  # the first can still send but no longer store its progress
        gate.set()
        assert first.process.wait(PATIENCE_SECONDS) == 1
    assert "Another process now follows gdelt; this one exits." in "".join(first.lines)
    assert counts(running) == {"accepted": 2}
    assert "3 rows, 2 sent" in operator.follow("gdelt", "--catch-up", "0s")
    assert counts(running) == {"accepted": 2, "duplicate": 2}
    assert "nothing new" in operator.follow("gdelt")


def test_ucdp_is_read_through_its_interface(running: System, there: Publisher) -> None:
    event = {
        "id": 500001, "type_of_violence": 1, "side_a": "Government of Iraq", "side_b": "IS", "date_prec": 1,
        "source_article": "Reuters,2026-10-03,Clash", "source_office": "Reuters", "source_date": "2026-10-03",
        "source_headline": "Clash", "where_coordinates": "Tal Afar town", "where_prec": 1, "adm_1": None,
        "latitude": 36.376, "longitude": 42.449, "country": "Iraq", "country_id": 645,
        "date_start": f"{TODAY - timedelta(days=40):%Y-%m-%d}T00:00:00",
        "date_end": f"{TODAY - timedelta(days=40):%Y-%m-%d}T00:00:00", "low": 3, "high": 7, "best": 3,
    }  # fmt: skip
    month = f"{TODAY:%y}.0.{TODAY.month}"
    operator = Operator(running.kafka, running.prefix, there, FIRSTSEEN_UCDP_TOKEN="hunter2")
    there.serve(f"/api/gedevents/{month}", Reply(to_json({"Result": [event], "NextPageUrl": ""})))
    assert "1 row, 1 sent, 0 revised" in operator.follow("ucdp-candidate")
    assert there.asked[-1].headers["x-ucdp-access-token"] == "hunter2"
    assert counts(running) == {"accepted": 1}
    assert "nothing new" in operator.follow("ucdp-candidate")
    moved = {**event, "country": "Syria", "country_id": 652, "latitude": 35.0, "longitude": 40.0}
    there.serve(f"/api/gedevents/{month}", Reply(to_json({"Result": [moved], "NextPageUrl": ""})))
    assert "0 sent, 1 revised" in operator.follow("ucdp-candidate")
    assert counts(running) == {"accepted": 2}
    assert [presence["country"] for presence in running.export("presence")] == ["SY"]


async def _take_over(running: System) -> None:
    async with ProgressWriter.open(KafkaConfig(running.kafka), running.prefix, "gdelt"):
        pass
