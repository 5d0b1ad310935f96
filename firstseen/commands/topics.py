"""The command ``firstseen topics``: list, apply and check the topics."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic_core import to_json

from firstseen.commands.output import JsonOption
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from schemas.topics import TOPICS
from streams.io.topic_admin import apply, differences, topic_config


def list_topics(json: JsonOption = False) -> None:
    """Show every topic, in the order of the path of a sighting.

    Examples:
        firstseen topics list
    """
    topic_settings = load_settings().topic_settings
    for topic in TOPICS:
        row = {
            "topic": topic.full_name(topic_settings.prefix),
            "record": topic.record.__name__,
            "key": topic.key,
            "written_by": topic.written_by,
            "read_by": topic.read_by,
            "partitions": topic_settings.partitions,
            "replication": topic_settings.replication,
            "config": topic_config(topic, topic_settings),
        }
        if json:
            print(to_json(row).decode())
        else:
            kept = "last value of each key" if topic.compacted else "kept forever"
            path = f"{topic.written_by} -> {topic.read_by}"
            print(f"{row['topic']:28} {row['record']:15} by {topic.key:22} {kept:23} {path}")


def apply_topics(
    new: Annotated[
        bool,
        typer.Option("--new", help="Create missing topics of a stage even if its other topics hold records."),
    ] = False,
) -> None:
    """Create missing topics and correct their settings; reject changes that would make results wrong.

    It never changes the number of partitions or the replication factor of a topic.

    Examples:
        firstseen topics apply
    """
    settings = load_settings()
    done = apply(settings.cluster, settings.topic_settings, new=TOPICS if new else ())
    for line in done or ["nothing to do: the topics are correct"]:
        print(line)


def check_topics() -> None:
    """Show how the topics of the cluster differ from what Firstseen needs; the exit code is 1 if any does.

    Examples:
        firstseen topics check
    """
    settings = load_settings()
    found = differences(settings.cluster, settings.topic_settings)
    for line in found or ["the topics are correct"]:
        print(line)
    if found:
        raise typer.Exit(Exit.NEGATIVE)
