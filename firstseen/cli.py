"""The program ``firstseen``: its list of commands, and how errors end it.

Importing this module imports no command: :mod:`firstseen.lazy_commands` imports the one that runs.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from firstseen.exit_codes import ERRORS, Exit
from firstseen.lazy_commands import CommandSource, LazyGroup

_PACKAGE = "firstseen.commands."

COMMANDS = {
    "demo": CommandSource(
        _PACKAGE + "demo",
        "demo",
        "Replay seven years of real sightings in half a minute and show the alerts. Leaves no files behind.",
    ),
    "up": CommandSource(
        _PACKAGE + "up",
        "up",
        "Run everything on this machine: a real Kafka (unless FIRSTSEEN_KAFKA names one), the workers and the page.",
    ),
    "worker": CommandSource(
        _PACKAGE + "worker", "worker", "Run the worker of one stage, or one process for each stage."
    ),
    "web": CommandSource(_PACKAGE + "web", "web", "Serve the page and the HTTP API."),
    "publish": CommandSource(
        _PACKAGE + "publish",
        "publish",
        "Publish sightings. Rows that intake would reject are not sent, but shown with their line and the reason.",
    ),
    "validate": CommandSource(
        _PACKAGE + "validate",
        "validate",
        "Check files by the rules of intake, without Kafka and without sending anything.",
    ),
    "replay": CommandSource(
        _PACKAGE + "replay",
        "replay",
        "Run the whole pipeline on files, with a private Kafka and empty state, and exit when all is processed.",
    ),
    "follow": CommandSource(
        _PACKAGE + "follow",
        "follow",
        "Poll a feed: publish new rows, revise changed ones, and withdraw deleted ones.",
    ),
    "alerts": CommandSource(_PACKAGE + "alerts", "alerts", "List alerts, show one, and say why it was raised."),
    "explain": CommandSource(
        _PACKAGE + "explain",
        "explain",
        "Explain why a group is on record in a country: episodes, evidence, alerts, and later revisions.",
    ),
    "map-state": CommandSource(
        _PACKAGE + "map_state",
        "map_state",
        "Show where groups were new in a window of days: as known then, as known now, and why the two differ.",
    ),
    "export": CommandSource(_PACKAGE + "export", "export", "Print the state of the running system as JSON Lines."),
    "history": CommandSource(_PACKAGE + "history", "history", "Query what is on record in SQL, and export it."),
    "deliveries": CommandSource(
        _PACKAGE + "deliveries",
        "deliveries",
        "Show who was notified of which alert: destination, message, revision shown, state and attempts.",
    ),
    "resolve": CommandSource(
        _PACKAGE + "resolve",
        "resolve",
        "Resolve a country name, a code or lat,lon, and explain the result; suggest alternatives if it fails.",
        context_settings={"ignore_unknown_options": True},  # a latitude may be negative
    ),
    "doctor": CommandSource(
        _PACKAGE + "doctor",
        "doctor",
        "Check Python, Kafka, topics, stages, feeds, the Slack token and its scopes; each failure says what to do.",
    ),
    "prepare": CommandSource(
        _PACKAGE + "prepare",
        "prepare",
        "Download the local Kafka, so that everything works offline from then on.",
        hidden=True,
    ),
    "upgrade": CommandSource(
        _PACKAGE + "upgrade",
        "upgrade",
        "Carry an installation of an earlier version over to this one, without sending anything.",
    ),
    "rebuild": CommandSource(
        _PACKAGE + "rebuild",
        "rebuild_stage",
        "Recompute the tables of a stage from its input, without output, after a table was lost.",
    ),
    "topics": CommandSource(_PACKAGE + "topics", "topics", "List, apply and check the topics that Firstseen needs."),
    "quarantine": CommandSource(
        _PACKAGE + "quarantine", "quarantine", "List, show and retry records that a stage skipped after an error."
    ),
    "rejected": CommandSource(
        _PACKAGE + "rejected", "rejected", "Show rejected sightings, and retry them after a fix."
    ),
    "groups": CommandSource(_PACKAGE + "groups", "groups", "Define the names and affiliations of groups."),
    "subscriptions": CommandSource(_PACKAGE + "subscriptions", "subscriptions", "Manage who receives which alerts."),
}
"""Every command in the order of ``firstseen --help``."""


class _Commands(LazyGroup):
    sources = COMMANDS


app = typer.Typer(
    cls=_Commands,
    name="firstseen",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - no other command needs it

        print(f"firstseen {version('firstseen')}")
        raise typer.Exit


@app.callback()
def _firstseen(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Alerts subscribers within a second when an armed group appears in a country for the first time.

    Run [bold]firstseen --install-completion[/bold] once, and the shell completes commands and options.
    """


def main() -> None:
    """Run the program. :mod:`firstseen.exit_codes` lists how it can end."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        sys.stderr.close()
        sys.exit(Exit.OK)
    except Exception as error:
        code = _code_of(error)
        if code is not None:
            _end(f"firstseen: {error}", code)
        if not isinstance(error, _kafka_errors()):
            raise
        from faust_batches.errors import reason  # noqa: PLC0415 - loaded by now

        lost = f"firstseen: lost the connection to Kafka: {reason(error)}. Run the command again."
        _end(lost, Exit.UNREACHABLE)


def _end(message: str, code: Exit) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(code)


def _code_of(error: Exception) -> Exit | None:
    """Return the exit code of an explained error. Only those of imported modules can have been raised."""
    codes = (
        code
        for module, errors in ERRORS.items()
        if module in sys.modules
        for name, code in errors.items()
        if isinstance(error, getattr(sys.modules[module], name))
    )
    return next(codes, None)


def _kafka_errors() -> tuple[type[Exception], ...]:
    return (sys.modules["aiokafka.errors"].KafkaError,) if "aiokafka.errors" in sys.modules else ()
