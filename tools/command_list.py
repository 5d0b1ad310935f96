"""Builds ``docs/commands.md``: every command by kind of user, how commands end, and earlier names."""

from __future__ import annotations

from collections.abc import Iterator

from firstseen import former_names
from firstseen.command_list import COMMANDS
from firstseen.exit_codes import MEANINGS
from firstseen.lazy_commands import Noun

_INTRODUCTION = """\
# Commands

Generated from the code by `tools/build_reference.py`. Each command has `--help` with examples. Every command that lists
something has `-o text`, `-o json` (an object on each line) and `-o csv`, and `--limit`; text has at most 50 rows unless
`--limit` says otherwise, JSON and CSV have all. A command that answers about one thing has `-o text`, `-o json` (one
object) and, for the rows in it, `-o csv`. [Schemas](schemas/answers) describe the JSON. Notes and progress go to
standard error.
"""

_EXIT_CODES = """\
## Exit codes

Every command ends with one of these codes. A worker
has [codes of its own](troubleshooting.md#a-worker-exits), from 70.

| code | meaning |
| --- | --- |
"""

_EARLIER = """\
## Earlier names

They still work. `--json` is now `-o json`.

| earlier | now |
| --- | --- |
"""


def command_page() -> str:
    """Return the text of ``docs/commands.md``."""
    codes = "".join(f"| `{int(code)}` | {meaning} |\n" for code, meaning in MEANINGS.items())
    earlier = "".join(
        f"| `firstseen {former}` | `firstseen {' '.join(words)}` |\n"
        for former, words in former_names.COMMANDS.items()
        if former not in COMMANDS
    )
    return "\n".join((_INTRODUCTION, *_panels(), _EXIT_CODES + codes, _EARLIER + earlier))


def _panels() -> Iterator[str]:
    panels = dict.fromkeys(source.panel for source in COMMANDS.values() if source.panel)
    for panel in panels:
        rows = []
        for name, source in COMMANDS.items():
            if source.panel == panel and isinstance(source, Noun):
                rows += [(f"{name} {verb}", command.short_help) for verb, command in source.verbs.items()]
            elif source.panel == panel:
                rows.append((name, source.short_help))
        lines = "".join(f"| `firstseen {name}` | {text} |\n" for name, text in rows)
        yield f"## {panel}\n\n| command | what it does |\n| --- | --- |\n{lines}"
