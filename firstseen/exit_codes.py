"""The exit codes of ``firstseen``: what each one means, and which error ends in which. There is no other table of them.

A worker has codes of its own, from 70, that say what a supervisor must know: :mod:`faust_batches.exits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    NOT_FOUND = 5
    DEFECT = 73
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "It is done, the answer is yes, or a command that runs until it is stopped, such as `worker` or `web`, "
    "was stopped.",
    Exit.NEGATIVE: "The answer is no: a check failed, something differs, a row was rejected, a name was not resolved, "
    "or a feed could not be read.",
    Exit.USAGE: "The command line or a setting is wrong, or a question needs a terminal. Nothing was done.",
    Exit.UNREACHABLE: "Kafka, its topics or the history are not reachable. Run the command again later.",
    Exit.REFUSED: "A file or a filter was refused as a whole, or a file cannot be written. Nothing was applied; the "
    "message names each mistake.",
    Exit.NOT_FOUND: "There is no group, country, alert or record of this name.",
    Exit.DEFECT: "A defect of Firstseen. The message names the file with the details for a report.",
    Exit.INTERRUPTED: "Ctrl-C ended it before it was done.",
}
"""Each code in words, for ``docs/reference.md``."""

IN_SHORT: Mapping[Exit, str] = {
    Exit.OK: "done, or yes",
    Exit.NEGATIVE: "no",
    Exit.USAGE: "wrong usage",
    Exit.UNREACHABLE: "not reachable",
    Exit.REFUSED: "refused input",
    Exit.NOT_FOUND: "not found",
}
"""The codes in a few words, for ``firstseen --help``."""

ERRORS: Mapping[str, Mapping[str, Exit]] = {
    "faust_batches.errors": {"MissingTopicError": Exit.UNREACHABLE, "UnreachableError": Exit.UNREACHABLE},
    "faust_batches.exits": {"FatalError": Exit.NEGATIVE},
    "faust_batches.rebuild": {"RebuildError": Exit.NEGATIVE},
    "faust_batches.rocksdb": {"StoreError": Exit.NEGATIVE},
    "firstseen.commands.output": {"NotFoundError": Exit.NOT_FOUND},
    "firstseen.commands.publish_release": {"IncompleteError": Exit.REFUSED},
    "firstseen.config.yaml_values": {"ConfigurationError": Exit.REFUSED},
    "firstseen.follow.feeds": {"UnknownFeedError": Exit.USAGE},
    "firstseen.follow.http": {"FeedError": Exit.NEGATIVE},
    "firstseen.follow.progress": {"TakenOverError": Exit.NEGATIVE},
    "firstseen.local_kafka": {"LocalKafkaError": Exit.UNREACHABLE},
    "firstseen.publishing.sightings_file": {"FileError": Exit.REFUSED},
    "firstseen.settings": {"SettingsError": Exit.USAGE},
    "firstseen.supervisor": {"ProcessError": Exit.NEGATIVE},
    "history.database": {"HistoryError": Exit.UNREACHABLE},
    "sqlite3": {"Error": Exit.UNREACHABLE},
    "streams.io.publisher": {"PublishError": Exit.UNREACHABLE},
    "streams.io.topic_admin": {"TopicsError": Exit.NEGATIVE},
}
"""Errors whose message says what happened, where, and what to do, by module. The first that fits an
error counts. :mod:`firstseen.error_exits` ends with all others."""
