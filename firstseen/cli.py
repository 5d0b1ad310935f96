"""The program ``firstseen``.

Importing this module imports no command: :mod:`firstseen.lazy_commands` imports the command that runs,
and :mod:`firstseen.error_exits` explains errors.
"""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from firstseen.command_list import COMMANDS
from firstseen.error_exits import drop_output, ending_of, in_utf8, open_streams
from firstseen.exit_codes import IN_SHORT, Exit
from firstseen.lazy_commands import Program, ReaderGoneError


class _Commands(Program):
    sources = COMMANDS


app = typer.Typer(
    cls=_Commands,
    name="firstseen",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog=f"Exit codes: {'; '.join(f'{int(code)} {short}' for code, short in IN_SHORT.items())}.",
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

    [bold]firstseen NOUN --help[/bold] lists the verbs of a noun. Run [bold]firstseen
    --install-completion[/bold] once, and the shell completes commands and options.
    """


def is_shown(record: logging.LogRecord) -> bool:
    """Whether a command shows a warning of a library: the same one once a minute."""
    from firstseen.logs import ONCE_A_MINUTE  # noqa: PLC0415 - most commands log nothing

    return ONCE_A_MINUTE.filter(record)


def main() -> None:
    """Run the program. :mod:`firstseen.exit_codes` lists how it can end."""
    open_streams()
    sys.argv[1:] = in_utf8(sys.argv[1:])
    if logging.lastResort:  # shows the warnings of libraries, unless a command sets up a log
        logging.lastResort.addFilter(is_shown)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except ReaderGoneError:
        drop_output()
        sys.exit(Exit.OK)
    except Exception as error:  # noqa: BLE001 - each has an end of its own
        ending = ending_of(error)
        print(f"firstseen: {ending.message}", file=sys.stderr)
        sys.exit(ending.code)
