"""``firstseen groups`` on a running system: affiliations and aliases are added, ended and removed, in every region."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firstseen.local_kafka import LocalKafka
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.system import System, system
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

TODAY = datetime.now(UTC).date().isoformat()

STATE = "- id: Islamic State\n  names: [IS, ISIS]\n"
PROVINCE = "- id: ISWAP\n  affiliations: [{parent: ISIS, since: 2015-03, source: audio message}]\n"


def sighting(id_: str, country: str, group: str = "ISWAP", occurred: str = TODAY, **fields: Any) -> dict[str, Any]:
    known = {"source": "desk", "id": id_, "group": group, "country": country, "occurred": occurred, "grade": "B2"}
    return known | fields


class Operator:
    """Runs commands of ``firstseen`` against a running system."""

    def __init__(self, kafka: str, prefix: str, folder: Path) -> None:
        self._environment = {**os.environ, "FIRSTSEEN_KAFKA": kafka, "FIRSTSEEN_PREFIX": prefix}
        self.file = folder / "groups.yaml"

    def write(self, *entries: str) -> None:
        self.file.write_text("".join(entries), encoding="utf-8")

    def apply(self, *entries: str, options: tuple[str, ...] = ()) -> str:
        self.write(*entries)
        return self.groups("apply", str(self.file), *options)

    def groups(self, *arguments: str, expect: int = 0) -> str:
        return self.run("groups", *arguments, expect=expect)

    def run(self, *arguments: str, expect: int = 0) -> str:
        command = [sys.executable, "-m", "firstseen", *arguments]
        result = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
        assert result.returncode == expect, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stdout + result.stderr


def places(running: System) -> set[tuple[str, str]]:
    return {(row["group"], row["country"]) for row in running.export("presence")}


def alerts_of(running: System, group: str) -> list[tuple[str, str, str, str]]:
    rows = (row for row in running.export("alerts") if row["group"] == group)
    return sorted((row["country"], row["type"], row["status"], ", ".join(row["by_affiliation"])) for row in rows)


def test_affiliations_and_aliases_apply_in_every_region_and_can_be_undone(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        # Three regions, so several partitions; and one sighting from before the affiliation.
        running.publish(
            sighting("1", "Niger"), sighting("2", "Cameroon"), sighting("3", "Libya"),
            sighting("4", "Nigeria", occurred="2015-02-01"),
        )  # fmt: skip
        running.settle()
        seen = {("ISWAP", "NE"), ("ISWAP", "CM"), ("ISWAP", "LY"), ("ISWAP", "NG")}
        assert places(running) == seen

        output = operator.apply(STATE, PROVINCE)
        running.settle()
        assert "applied ISWAP: 1 name; belongs to ISIS since 2015-03-01" in output
        by_affiliation = {("Islamic State", "NE"), ("Islamic State", "CM"), ("Islamic State", "LY")}
        assert places(running) == seen | by_affiliation
        raised = [(code, "initial", "confirmed", "ISWAP") for code in ("CM", "LY", "NE")]
        assert alerts_of(running, "Islamic State") == raised
        assert running.shows("By affiliation: seen as ISWAP")

        assert "nothing to do" in operator.apply(STATE, PROVINCE)
        explanation = operator.run("explain", "isis", "Niger")
        assert f"Islamic State has been on record in Niger since {TODAY}, by affiliation: ISWAP." in explanation
        assert "because names or affiliations changed: Islamic State, ISWAP" in explanation
        state = json.loads(
            operator.run("map-state", "--as-of", datetime.now(UTC).date().isoformat(), "--group", "IS", "--json")
        )
        assert {(row["country"], row["category"]) for row in state["now"]} == {
            ("NE", "new"), ("CM", "new"), ("LY", "new"),
        }  # fmt: skip

        operator.apply(STATE, "- id: ISWAP\n")
        running.settle()
        assert places(running) == seen
        withdrawn = [(code, "retraction", "retracted", "ISWAP") for code in ("CM", "LY", "NE")]
        assert alerts_of(running, "Islamic State") == sorted(raised + withdrawn)

        operator.apply(STATE, PROVINCE)
        running.settle()
        alert_ids = [row["alert_id"] for row in running.export("alerts") if row["group"] == "Islamic State"]
        assert len(set(alert_ids)) == 6, "a repeated appearance is another alert"

        # A later alias merges two names, and can be removed again. A group has one spelling in all regions.
        written = {("GSIM", "ML"), ("JNIM", "ML"), ("GSIM", "TG")}
        running.publish(*(sighting(f"j{n}", code, group) for n, (group, code) in enumerate(sorted(written))))
        running.settle()
        assert written <= places(running)
        operator.apply("- id: JNIM\n  names: [GSIM]\n")
        running.settle()
        assert {place for place in places(running) if place[1] in {"ML", "TG"}} == {("JNIM", "ML"), ("JNIM", "TG")}
        assert "removed Islamic State" in operator.apply("- id: JNIM\n", options=("--prune",))
        running.settle()
        assert places(running) == seen | written


Alerts = list[tuple[object, ...]]


def planned(operator: Operator, *entries: str, options: tuple[str, ...] = ()) -> Alerts:
    """Return the alert events that ``groups diff`` predicts for a file."""
    operator.write(*entries)
    plan = json.loads(operator.groups("diff", str(operator.file), "--json", *options, expect=1))
    return sorted(_event(row, row["first_day"]) for row in plan["alerts"])


def events(running: System) -> Alerts:
    return [_event(row, row["episode_start"]) for row in running.export("alerts")]


def _event(row: dict[str, Any], first_day: str) -> tuple[object, ...]:
    names = ("group", "country", "region", "kind", "status", "by_affiliation", "countries", "changes")
    return (*(json.dumps(row[name]) for name in names), first_day)


def test_groups_diff_predicts_the_effect_of_groups_apply(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        running.publish(
            sighting("1", "Niger"), sighting("2", "Cameroon"), sighting("3", "Libya"), sighting("4", "Mali", "GSIM"),
            sighting("5", "Mali", "JNIM", "2025-02-01"), sighting("6", "Togo", "GSIM"), sighting("7", "Ghana", "GSIM"),
            sighting("8", "Benin", "Islamic State West Africa Province"),
        )  # fmt: skip
        running.settle()

        unknown = [json.loads(line) for line in operator.groups("unknown", "--json").splitlines()]
        assert [(name["name"], name["sightings"], name["countries"]) for name in unknown] == [
            ("GSIM", 3, ["GH", "ML", "TG"]), ("ISWAP", 3, ["CM", "LY", "NE"]),
            ("Islamic State West Africa Province", 1, ["BJ"]), ("JNIM", 1, ["ML"]),
        ]  # fmt: skip
        assert unknown[1]["near"] == [{"name": "Islamic State West Africa Province", "group": None}]

        for entries, options in (
            ((STATE, PROVINCE), ()),
            ((STATE, PROVINCE, "- id: JNIM\n  names: [GSIM]\n"), ()),
            ((STATE, "- id: ISWAP\n  names: [Islamic State West Africa Province]\n"), ("--prune",)),
        ):
            predicted, before = planned(operator, *entries, options=options), events(running)
            operator.apply(*entries, options=options)
            running.settle()
            after = events(running)
            for event in before:
                after.remove(event)
            assert predicted
            assert predicted == sorted(after)
            assert "Nothing would change" in operator.groups("diff", str(operator.file), *options)


def test_a_subscription_to_an_unknown_group_is_rejected_unless_allowed(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        file = tmp_path / "subscriptions.yaml"
        file.write_text("- {destination: console, filter: 'group:JNMI'}\n- destination: foo\n", encoding="utf-8")
        assert "1: entry 1" not in operator.run("subscriptions", "apply", str(file), expect=4), "no group is known yet"

        running.publish(sighting("1", "Mali", "JNIM"))
        running.settle()
        rejected = operator.run("subscriptions", "apply", str(file), expect=4)
        assert "1: entry 1 (console), filter: No group is called JNMI yet. Did you mean JNIM?" in rejected
        assert "2: entry 2 (foo), destination: 'foo' is not a destination" in rejected
        assert "Nobody has subscribed" in operator.run("subscriptions", "list")

        file.write_text("- {destination: console, filter: 'group:JNMI'}\n", encoding="utf-8")
        assert "Did you mean JNIM?" in operator.run("subscriptions", "apply", str(file), expect=4)
        assert "applied console: group:JNMI" in operator.run("subscriptions", "apply", str(file), "--allow-unknown")


def test_groups_survive_a_restart_and_are_shown_with_their_sources(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        operator.apply(STATE)
        # The parent is not in the file, but in Kafka.
        assert "kept, but not in the file: Islamic State" in operator.apply(PROVINCE)
        running.settle()
    with system(kafka, prefix, tmp_path) as running:
        running.publish(sighting("1", "Niger"))
        running.settle()
        assert places(running) == {("ISWAP", "NE"), ("Islamic State", "NE")}
        operator = Operator(running.kafka, running.prefix, tmp_path)
        assert [line.split() for line in operator.groups("list").splitlines()] == [
            ["group", "names", "belongs", "to"],
            ["ISWAP", "1", "ISIS", "since", "2015-03-01"],
            ["Islamic", "State", "3"],
        ]
        shown = operator.groups("show", "isis")
        assert "also called IS\n" in shown
        assert "has the faction ISWAP since 2015-03-01 (audio message)" in shown
        assert "no group is called 'Nobody'" in operator.groups("show", "Nobody", expect=5)


def test_an_invalid_file_changes_nothing(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    operator = Operator(kafka.bootstrap, prefix, tmp_path)
    operator.apply(STATE)
    file = tmp_path / "bad.yaml"
    for text, problem in {
        "- id: A\n  names: [isis]\n": "'ISIS' is a name of both 'Islamic State' and 'A'",
        "- id: A\n  affiliations: [{parent: B}]\n": "'A' belongs to 'B', which is not a group here",
        "- id: Islamic State\n  affiliations: [{parent: Islamic State}]\n": "belongs to itself",
        "- id: A\n  affiliations: [{parent: Islamic State, since: 2014-02-30}]\n": "there is no day 2014-02-30",
        "[": "a bracket that was opened is not closed",
    }.items():
        file.write_text(text, encoding="utf-8")
        assert problem in operator.groups("apply", str(file), expect=4)
    assert operator.groups("list", "-o", "csv").splitlines()[1:] == ["Islamic State,IS; ISIS,"]
