"""The commands ``firstseen topics list``, ``apply`` and ``check``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from firstseen.commands.listing import ALL, LimitOption, Listing, OutputOption, fields_of
from firstseen.commands.output import Output
from firstseen.commands.progress import progress
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from schemas.topics import TOPICS
from streams.io.topic_admin import apply, differences, topic_config


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic, as Firstseen needs it."""

    topic: str
    record: str
    """Type of its values."""
    key: str
    written_by: str
    read_by: str
    partitions: int
    replication: int
    config: dict[str, str]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference between the topics of the cluster and the topics that Firstseen needs."""

    difference: str


LISTED = Listing[TopicRow](
    noun="topics",
    nothing="No topic.",
    columns={
        "topic": lambda row: row.topic,
        "record": lambda row: row.record,
        "key": lambda row: row.key,
        "kept": lambda row: "last value of each key" if row.config["cleanup.policy"] == "compact" else "forever",
        "written by": lambda row: row.written_by,
        "read by": lambda row: row.read_by,
    },
    fields=fields_of(TopicRow),
)

DIFFERENCES = Listing[DifferenceRow](
    noun="differences",
    nothing="The topics are correct.",
    columns={"differences": lambda row: row.difference},
    fields=fields_of(DifferenceRow),
)


def list_topics(limit: LimitOption = None, output: OutputOption = Output.TEXT) -> None:
    """Show every topic, in the order in which a sighting passes them.

    Examples:
        firstseen topics list
    """
    topic_settings = load_settings().topic_settings
    rows = (
        TopicRow(
            topic=topic.full_name(topic_settings.prefix),
            record=topic.record.__name__,
            key=topic.key,
            written_by=topic.written_by,
            read_by=topic.read_by,
            partitions=topic_settings.partitions,
            replication=topic_settings.replication,
            config=topic_config(topic, topic_settings),
        )
        for topic in TOPICS
    )
    LISTED.print(rows, output, limit)


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
    with progress("Applying the topics ..."):
        done = apply(settings.cluster, settings.topic_settings, new=TOPICS if new else ())
    for line in done or ["nothing to do: the topics are correct"]:
        print(line)


def check_topics(output: OutputOption = Output.TEXT) -> None:
    """Show how the cluster's topics differ from what Firstseen needs; the exit code is 1 if one differs.

    Examples:
        firstseen topics check
    """
    settings = load_settings()
    with progress("Comparing the topics ..."):
        found = differences(settings.cluster, settings.topic_settings)
    DIFFERENCES.print(map(DifferenceRow, found), output, ALL)
    if found:
        raise typer.Exit(Exit.NEGATIVE)
