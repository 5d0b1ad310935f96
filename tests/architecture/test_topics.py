"""Topics, records and their names agree."""

from __future__ import annotations

import re
from datetime import datetime

from schemas.pydantic_models import pydantic_model
from schemas.record import AnyRecord
from schemas.topics import AREAS, FEEDS, GROUPS, HEARTBEATS, QUARANTINE, STAGES, SUBSCRIPTIONS, TABLES, TOPICS, Topic
from tests.support.tables import each_row


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_a_topic_carries_a_record_of_schemas(topic: Topic) -> None:
    assert issubclass(topic.record, AnyRecord)
    assert topic.record.__module__.startswith("schemas.")


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_a_topic_name_is_prefix_words_and_version(topic: Topic) -> None:
    assert re.fullmatch(r"firstseen\.([a-z]+-)?[a-z]+\.v[12]", topic.full_name("firstseen"))


def test_no_two_topics_share_a_name() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_stages_read_logs_and_keep_state_in_tables() -> None:
    assert not [topic.name for topic in STAGES.values() if topic.compacted]
    tables = [topic for topics in TABLES.values() for topic in topics]
    compacted = {topic.name for topic in TOPICS if topic.compacted}
    assert sorted(topic.name for topic in tables) == sorted(
        compacted - {GROUPS.name, AREAS.name, SUBSCRIPTIONS.name, HEARTBEATS.name, FEEDS.name, QUARANTINE.name}
    ), "groups, areas and subscriptions are written by people, and no stage restores heartbeats, feeds or quarantine"


def test_a_table_is_written_by_its_own_stage() -> None:
    for stage, tables in TABLES.items():
        assert [topic.written_by for topic in tables] == [stage] * len(tables)


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_every_field_of_a_record_is_described(topic: Topic) -> None:
    assert not [name for name, field in pydantic_model(topic.record).model_fields.items() if not field.description]


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_optional_fields_default_to_none_because_none_is_not_written(topic: Topic) -> None:
    for record in _records_in(topic.record):
        for name, field in pydantic_model(record).model_fields.items():
            if type(None) in _types(field.annotation):
                assert field.default is None, f"{record.__name__}.{name}"


def _records_in(record: type[AnyRecord]) -> set[type[AnyRecord]]:
    found, rest = set(), [record]
    while rest:
        current = rest.pop()
        found.add(current)
        inner = {
            type_ for field in pydantic_model(current).model_fields.values() for type_ in _all_types(field.annotation)
        }
        rest += [
            type_ for type_ in inner if isinstance(type_, type) and issubclass(type_, AnyRecord) and type_ not in found
        ]
    return found


def _all_types(annotation: object) -> set[object]:
    inside = getattr(annotation, "__args__", ())
    return {annotation}.union(*(_all_types(type_) for type_ in inside)) if inside else {annotation}


@each_row("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_an_instant_is_arrived_or_reported_or_ends_in_at(topic: Topic) -> None:
    instants = [
        name
        for name, field in pydantic_model(topic.record).model_fields.items()
        if datetime in _types(field.annotation)
    ]
    assert not [name for name in instants if name not in {"arrived", "reported"} and not name.endswith("_at")]


def _types(annotation: object) -> set[object]:
    return {annotation, *getattr(annotation, "__args__", ())}
