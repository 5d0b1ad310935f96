"""The program ``firstseen``: arguments only. What a command does stands in ``commands/``."""

from __future__ import annotations

import sys

import typer
from aiokafka.errors import KafkaError

from faust_batches.exits import EndingError
from faust_batches.log_once import reason
from faust_batches.rebuild import RebuildError
from faust_batches.rocksdb import StoreError
from firstseen.commands import (
    admin,
    ask,
    deliveries,
    follow,
    groups,
    history,
    mend,
    publish,
    rejected,
    replay,
    run,
    subscriptions,
    validate,
)
from firstseen.commands.release import IncompleteError
from firstseen.config.yaml_values import ConfigurationError
from firstseen.follow.http import FeedError
from firstseen.follow.progress import TakenOverError
from firstseen.local_kafka import LocalKafkaError
from firstseen.publishing.sightings_file import FileError
from firstseen.settings import SettingsError
from firstseen.supervisor import ProcessError
from streams.io.publisher import PublishError
from streams.io.reader import MissingTopicError
from streams.io.topic_admin import TopicsError, UnreachableError

app = typer.Typer(
    name="firstseen",
    help="Tells who asked, within a second, when an armed group appears in a country where it had not been seen.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run.demo)
app.command()(run.up)
app.command()(run.worker)
app.command()(run.web)
app.command()(publish.publish)
app.command()(validate.validate)
app.command()(replay.replay)
app.command()(follow.follow)
app.command()(history.explain)
app.command("map-state")(history.map_state)
app.command()(ask.export)
app.command()(deliveries.deliveries)
app.command(context_settings={"ignore_unknown_options": True})(ask.resolve)  # a latitude may be negative
app.command()(admin.doctor)
app.command(hidden=True)(admin.prepare)
app.command("rebuild")(mend.rebuild_stage)
app.add_typer(admin.topics, name="topics")
app.add_typer(mend.quarantine, name="quarantine")
app.add_typer(rejected.rejected, name="rejected")
app.add_typer(groups.groups, name="groups")
app.add_typer(subscriptions.subscriptions, name="subscriptions")

_TOLD = (
    SettingsError,
    ConfigurationError,
    FileError,
    IncompleteError,
    FeedError,
    TakenOverError,
    LocalKafkaError,
    ProcessError,
    PublishError,
    MissingTopicError,
    TopicsError,
    UnreachableError,
    RebuildError,
    EndingError,
    StoreError,
)


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 it did not work or something differs, 2 wrong usage, 130 Ctrl-C."""
    try:
        app()
    except _TOLD as error:
        sys.exit(f"firstseen: {error}")
    except KafkaError as error:
        sys.exit(f"firstseen: Kafka was lost on the way: {reason(error)}. Try again.")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        sys.exit(0)
