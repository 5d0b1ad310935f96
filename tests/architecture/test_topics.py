"""Topics, records and their names agree."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from schemas.records import Record
from schemas.topics import STAGES, TABLES, TOPICS


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_carries_a_record_of_schemas(topic):
    assert issubclass(topic.record, Record)
    assert topic.record.__module__.startswith("schemas.")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_name_is_prefix_word_and_version(topic):
    assert re.fullmatch(r"firstseen\.[a-z]+\.v1", topic.full_name("firstseen"))


def test_no_two_topics_share_a_name():
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_a_stage_reads_a_log_and_remembers_in_tables():
    assert not [topic.name for topic in STAGES.values() if topic.compacted]
    tables = [topic for topics in TABLES.values() for topic in topics]
    assert sorted(topic.name for topic in tables) == sorted(topic.name for topic in TOPICS if topic.compacted)


def test_a_table_is_written_by_the_stage_that_remembers_it():
    for stage, tables in TABLES.items():
        assert [topic.written_by for topic in tables] == [stage] * len(tables)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_field_of_a_record_is_described(topic):
    assert not [name for name, field in topic.record.model_fields.items() if not field.description]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_an_instant_is_arrived_or_reported_or_ends_in_at(topic):
    instants = [name for name, field in topic.record.model_fields.items() if datetime in _types(field.annotation)]
    assert not [name for name in instants if name not in {"arrived", "reported"} and not name.endswith("_at")]


def _types(annotation):
    return {annotation, *getattr(annotation, "__args__", ())}
