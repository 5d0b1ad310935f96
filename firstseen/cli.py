"""The program ``firstseen``, and how errors end it.

Importing this module imports no command: :mod:`firstseen.lazy_commands` imports the command that runs.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from firstseen.command_list import COMMANDS
from firstseen.exit_codes import ERRORS, IN_SHORT, Exit
from firstseen.lazy_commands import Program


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
