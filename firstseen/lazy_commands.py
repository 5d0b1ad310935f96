"""A command group that imports a command's module only when that command runs.

The group lists its commands from :class:`CommandSource` and :class:`Noun` values, so that ``firstseen --help`` and
``firstseen NOUN --help`` import none of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from inspect import getdoc
from typing import Any, ClassVar, NamedTuple, cast

import typer
from rich.markup import escape
from typer.core import TyperArgument, TyperCommand, TyperGroup

from firstseen.error_exits import with_short_values
from firstseen.former_names import present_options, present_words

_EXAMPLES = "\n\nExamples:\n"
"""Ends the description in the docstring of a command; an example on each line follows."""


_VALUES = {"str": "TEXT", "list[str]": "TEXT", "int": "NUMBER", "float": "NUMBER", "path": "FILE"}
"""What help shows for a value of each type."""


class _Number(NamedTuple):
    form: re.Pattern[str]
    words: str


_NUMBERS: Mapping[object, _Number] = {
    int: _Number(re.compile(r"[+-]?[0-9]+"), "a whole number"),
    float: _Number(re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?"), "a number"),
}
"""How numbers are written: not as NaN, nor with the digits, spaces and underscores that Python also reads."""

_MAY_BE_EMPTY = frozenset({"TEXT"})
"""Values that may be empty, because the command itself says what is wrong with each."""


@dataclass(frozen=True, slots=True)
class CommandSource:
    """Where a command is defined, and what the list of commands says about it."""

    module: str
    """Name of a module in ``firstseen.commands``."""
    function: str
    short_help: str
    """First sentence of the command's help. A test compares the two."""
    panel: str | None = None
    """Heading under which ``firstseen --help`` lists it."""
    hidden: bool = False
    context_settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing that commands are about, and the verbs that it takes."""

    short_help: str
    verbs: Mapping[str, CommandSource]
    panel: str | None = None
    hidden: bool = False


Sources = Mapping[str, CommandSource | Noun]


def _in_plain_words(params: Sequence[Any]) -> Sequence[Any]:
    """Return options and arguments that say in help what to write, instead of a type of Python."""
    for param in params:
        param.display_type_rich = partial(_value_in_words, param)
        param._get_number_range_help_str = str  # noqa: SLF001 - the help texts give units and limits
    return params


def _value_in_words(param: Any, ctx: Any) -> str | None:
    if isinstance(param, TyperArgument) or getattr(param, "is_flag", False):
        return None
    shown: str = param.metavar or param.display_type(ctx).strip("<>")
    return _VALUES.get(shown.removesuffix(" range"), shown)


class ReaderGoneError(Exception):
    """The program that reads the output has ended, as ``head`` does after ten lines."""


class _Command(TyperCommand):
    """A command that understands the options of earlier versions."""

    def get_params(self, ctx: Any) -> Any:
        return _in_plain_words(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        takes_more, ctx.allow_extra_args = ctx.allow_extra_args, True
        try:
            present = present_options(args, known)
            if not ctx.resilient_parsing:
                self._check_values(ctx, present)
            rest: list[str] = super().parse_args(ctx, present)
        except typer.BadParameter as error:
            raise _in_our_words(error) from error
        finally:
            ctx.allow_extra_args = takes_more
        if rest and not takes_more and not ctx.resilient_parsing:
            ctx.fail(f"Unexpected argument {rest[0]!r}.{self._advice_on_words()}")
        return rest

    def _check_values(self, ctx: Any, args: list[str]) -> None:
        """Refuse empty values, and numbers that only Python reads, before anything is started."""
        values, *_ = self.make_parser(ctx).parse_args(args=[*args])
        for param in self.params:
            value = values.get(param.name)
            for text in value if isinstance(value, list | tuple) else [value]:
                if isinstance(text, str) and (problem := _value_problem(param, text, ctx)):
                    raise typer.BadParameter(problem, ctx=ctx, param=cast("Any", param))

    def _advice_on_words(self) -> str:
        has_filter = any(param.metavar == "FILTER" for param in self.params)
        return " Write a filter of several words in quotes: 'in:Sahel kind:first'." if has_filter else ""


def _value_problem(param: Any, text: str, ctx: Any) -> str | None:
    is_option = not isinstance(param, TyperArgument)
    if not text.strip() and param.metavar not in _MAY_BE_EMPTY and (is_option or param.required or param.nargs < 0):
        wanted = _value_in_words(param, ctx) if is_option else param.metavar
        without = ", or leave the option out" if is_option and not param.required else ""
        return f"the value is empty: write {wanted}{without}"
    number = None if param.type_descriptor.parameter_info.parser else _NUMBERS.get(param.type_descriptor.annotation)
    if number and not number.form.fullmatch(text):
        return f"{text!r}: write {number.words}"
    return None


def _in_our_words(error: typer.BadParameter) -> typer.BadParameter:
    """Return an error about a value without the words of pydantic, which Typer uses to read it."""
    from pydantic import ValidationError  # noqa: PLC0415 - costs too much time for a command that has no such error

    from firstseen.setting_errors import expected_in_words  # noqa: PLC0415

    if isinstance(error.__cause__, ValidationError):
        [problem, *_] = error.__cause__.errors(include_url=False)
        error.message = f"{str(problem['input'])!r}: {expected_in_words(problem)}"
    return error


class LazyGroup(TyperGroup):
    """A group whose ``commands`` are placeholders until one of them is resolved."""

    sources: ClassVar[Sources] = {}

    def get_params(self, ctx: Any) -> Any:
        """Return the options, with values in plain words."""
        return _in_plain_words(super().get_params(ctx))

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, source in self.sources.items():
            self.commands[name] = TyperCommand(
                name, short_help=source.short_help, hidden=source.hidden, rich_help_panel=source.panel
            )

    def load(self, name: str) -> None:
        """Replace the placeholder of a command by the command itself. Does nothing for an unknown name."""
        if source := self.sources.get(name):
            self.commands[name] = command_from(name, source)

    def resolve_command(self, ctx: Any, args: Sequence[str]) -> Any:
        """Load the command that the first argument names, then resolve it. Name the command that was meant."""
        self.load(args[0])
        if args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            meant = " or ".join(f"`{ctx.command_path} {words}`" for words in self.similar(args[0]))
            advice = f"Did you mean {meant}?" if meant else self.listed(ctx.command_path)
            ctx.fail(f"There is no command {args[0]!r}. {advice}")
        return super().resolve_command(ctx, [*args])

    def listed(self, path: str) -> str:
        """Return a sentence that lists the verbs of a noun, or says how to list all commands."""
        shown = [name for name, source in self.sources.items() if not source.hidden]
        nouns = any(isinstance(source, Noun) for source in self.sources.values())
        return f"`{path} --help` lists the commands." if nouns else f"`{path}` takes {', '.join(shown)}."

    def similar(self, word: str) -> Sequence[str]:
        """Return up to three commands that a word resembles, in words; a verb also without its noun."""
        named = dict(_named(self.sources))
        close = get_close_matches(word.casefold(), named, n=3)
        return [*dict.fromkeys(words for name in close for words in named[name])][:3]


class Program(LazyGroup):
    """The whole program, which understands the commands of earlier versions."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Raises ReaderGoneError if the program that reads its output has ended."""
        try:
            try:
                return super().invoke(ctx)
            except typer.BadParameter as error:
                error.message = with_short_values(error.message)
                raise
            finally:
                sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except KeyboardInterrupt:
            # Clients of Kafka that were interrupted complain while the interpreter ends.
            sys.unraisablehook = _ignore
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, after names of earlier versions are replaced."""
        verbs = {name: noun.verbs for name, noun in self.sources.items() if isinstance(noun, Noun)}
        return super().parse_args(ctx, present_words(args, verbs))


def _ignore(_: object) -> None:
    pass


def _named(sources: Sources) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the words that name commands, each with the commands in full."""
    by_verb: dict[str, list[str]] = {}
    for name, source in sources.items():
        if source.hidden:
            continue
        yield name, [name]
        for verb in source.verbs if isinstance(source, Noun) else ():
            by_verb.setdefault(verb, []).append(f"{name} {verb}")
    for verb, commands in by_verb.items():
        if verb not in sources:
            yield verb, commands


def command_from(name: str, source: CommandSource | Noun) -> Any:
    """Return a click command: import the module of a command, or make the lazy group of a noun."""
    if isinstance(source, Noun):
        verbs = type("Verbs", (LazyGroup,), {"sources": source.verbs})
        return verbs(name=name, help=source.short_help, no_args_is_help=True, rich_markup_mode="rich")
    function = getattr(import_module(f"firstseen.commands.{source.module}"), source.function)
    description, _, examples = (getdoc(function) or "").partition(_EXAMPLES)
    single = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    single.command(
        name,
        cls=_Command,
        help=_in_one_line_each(description),
        epilog=_one_a_line(examples),
        hidden=source.hidden,
        context_settings=dict(source.context_settings),
    )(function)
    return typer.main.get_command(single)


def _in_one_line_each(paragraphs: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs.split("\n\n"))


def _one_a_line(examples: str) -> str:
    lines = (f"  [bold]{escape(line.strip())}[/bold]" for line in examples.splitlines())
    return "\n".join(("Examples:", *lines))


def loaded_commands(app: typer.Typer) -> Mapping[str, Any]:
    """Return every command and noun of a program by name, all imported, for tests that inspect them."""
    group: Any = typer.main.get_command(app)
    _load_all(group)
    commands: Mapping[str, Any] = group.commands
    return commands


def _load_all(group: Any) -> None:
    for name in getattr(group, "sources", ()):
        group.load(name)
        _load_all(group.commands[name])
