"""Prints messages on the terminal: a framed card with the content of the Slack message.

A card is built from the message's blocks, so that one renderer writes all texts. In these blocks every ``*``, ``~`` and
``<`` is ours (:mod:`streams.notify.mrkdwn`), so three patterns are enough to parse them.
"""

from __future__ import annotations

import re

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.notify.message import Block, Message
from streams.notify.mrkdwn import clean

WIDEST_CARD = 96
"""Columns. Longer lines are hard to read, so a wider terminal leaves the rest empty."""

FRAME_COLUMNS = 6
"""Columns that the frame takes from the first line. A header that does not fit there goes inside, uncut."""

_MARKED = re.compile(r"\*(?P<bold>[^*\n]+)\*|~(?P<struck>[^~\n]+)~|<(?P<address>[^|>]+)\|(?P<label>[^>]*)>")


def print_message(message: Message, console: Console) -> None:
    """Print a message as a card. The console leaves out colours when it does not write to a terminal."""
    headed = message.blocks[0]["type"] == "header"
    title = Text(clean(message.blocks[0]["text"]["text"]) if headed else "", style="bold")
    rest = message.blocks[1:] if headed else message.blocks
    width = min(console.width, WIDEST_CARD)
    fits = title.cell_len <= width - FRAME_COLUMNS
    parts = [*([] if fits else [title]), *map(_block, rest)]
    console.print(
        Panel(
            Group(*(Padding(part, (0, 0, 1, 0)) for part in parts)),
            title=title if fits and headed else None,
            title_align="left",
            box=ROUNDED,
            border_style="yellow",
            padding=(1, 2, 0, 2),
            width=width,
        )
    )


def _block(block: Block) -> RenderableType:
    if "fields" in block:
        return _fields([field["text"] for field in block["fields"]])
    if block["type"] == "context":
        context = Text("\n").join(_rich_text(element["text"]) for element in block["elements"])
        context.stylize("dim")
        return context
    return _rich_text(block["text"]["text"])


def _fields(fields: list[str]) -> Table:
    grid = Table.grid(padding=(0, 3), expand=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for number, (left, right) in enumerate(zip(fields[::2], [*fields[1::2], ""], strict=False)):
        if number:
            grid.add_row()
        grid.add_row(_rich_text(left), _rich_text(right))
    return grid


def _rich_text(mrkdwn: str) -> Text:
    # Cleaned again, because an escape sequence does more harm on a terminal than in Slack.
    visible = "\n".join(map(clean, mrkdwn.split("\n")))
    text, end = Text(overflow="fold"), 0
    for marked in _MARKED.finditer(visible):
        text.append(_unescaped(visible[end : marked.start()]))
        shown = marked["bold"] or marked["struck"] or marked["label"]
        text.append(_unescaped(shown), style="strike" if marked["struck"] else "bold")
        if marked["address"]:
            text.append("\n" + _unescaped(marked["address"]), style="blue underline")
        end = marked.end()
    return text.append(_unescaped(visible[end:]))


def _unescaped(mrkdwn: str) -> str:
    return mrkdwn.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
