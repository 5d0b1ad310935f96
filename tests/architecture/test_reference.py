"""Generated files are fresh, and the reference is complete."""

from __future__ import annotations

import json
from functools import cache

from firstseen.settings import Settings
from schemas.rejection import REMEDIES, Reason
from schemas.sighting import Sighting
from schemas.topics import TOPICS, Topic
from tests.support.tables import each_row
from tools.build_reference import DOCS, main, stale_files, variable_of

REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")


stale = cache(stale_files)


def test_generated_files_are_fresh() -> None:
    assert [path.name for path in stale()] == [], "run python tools/build_reference.py"


def test_the_check_exits_with_1_if_a_file_is_stale() -> None:
    assert main(["--check"]) == (1 if stale() else 0)


@each_row("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_meaning(name: str) -> None:
    assert Settings.model_fields[name].description
    assert f"| `{variable_of(name)}` |" in REFERENCE


def test_a_duration_in_the_settings_carries_its_unit() -> None:
    words = ("window", "dormancy", "horizon", "timeout", "pause")
    durations = [name for name in Settings.model_fields if name.startswith(words)]
    assert durations
    assert all(name.endswith(("_days", "_seconds", "_ms")) for name in durations)


@each_row("reason", Reason)
def test_every_reason_has_a_remedy_and_is_documented(reason: Reason) -> None:
    assert f"| `{reason.value}` | {REMEDIES[reason]} |" in REFERENCE


@each_row("name", Sighting.model_fields)
def test_every_field_of_a_sighting_is_documented(name: str) -> None:
    assert f"| `{name}` |" in REFERENCE


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_every_topic_has_a_schema_with_title_and_version(topic: Topic) -> None:
    schema = json.loads((DOCS / "schemas" / f"{topic.name}.v{topic.version}.json").read_text(encoding="utf-8"))
    assert (schema["title"], schema["version"]) == (topic.record.__name__, f"v{topic.version}")
    assert "$id" not in schema
