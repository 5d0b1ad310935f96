"""A command group that imports a command's module only when that command runs.

The group lists its commands from :class:`CommandSource` values, so that ``firstseen --help`` imports none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class CommandSource:
    """Where a command is defined, and what the list of commands says about it."""

    module: str
    attribute: str
    """Name of a function, which becomes one command, or of a ``typer.Typer``, which becomes a group."""
    short_help: str
    """First sentence of the command's help. A test compares the two."""
    hidden: bool = False
    context_settings: Mapping[str, Any] = field(default_factory=dict)


class LazyGroup(TyperGroup):
    """A group whose ``commands`` are placeholders until one of them is resolved."""

    sources: ClassVar[Mapping[str, CommandSource]]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, source in self.sources.items():
            self.commands[name] = TyperCommand(name, short_help=source.short_help, hidden=source.hidden)

    def load(self, name: str) -> None:
        """Replace the placeholder of a command by the command itself. Does nothing for an unknown name."""
        if source := self.sources.get(name):
            self.commands[name] = command_from(name, source)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that the first argument names, then resolve it."""
        self.load(args[0])
        return super().resolve_command(ctx, args)


def command_from(name: str, source: CommandSource) -> Any:
    """Import a command's module and return its click command."""
    definition = getattr(import_module(source.module), source.attribute)
    if isinstance(definition, typer.Typer):
        group = typer.main.get_group(definition)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    single.command(name, hidden=source.hidden, context_settings=dict(source.context_settings))(definition)
    return typer.main.get_command(single)


def loaded_commands(app: typer.Typer) -> Mapping[str, Any]:
    """Return every command of a program by name, for tests that inspect all of them."""
    group: Any = typer.main.get_command(app)
    for name in group.sources:
        group.load(name)
    commands: Mapping[str, Any] = group.commands
    return commands
