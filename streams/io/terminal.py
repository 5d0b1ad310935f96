"""Prints messages on the terminal: a framed card with the content of the Slack message."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from streams.notify.cards import Card
from streams.notify.mrkdwn import clean
from streams.notify.spans import Line, joined

WIDEST_CARD = 96
"""Columns. Longer lines are hard to read, so a wider terminal leaves the rest empty."""

FRAME_COLUMNS = 6
"""Columns that the frame takes from the first line. A headline that does not fit there goes inside, uncut."""


def print_card(card: Card, console: Console) -> None:
    """Print a card. The console leaves out colours when it does not write to a terminal."""
    headline = _styled(card.headline)
    width = min(console.width, WIDEST_CARD)
    fits = headline.cell_len <= width - FRAME_COLUMNS
    context = _text([joined(card.context, " · ")])
    context.stylize("dim")
    parts = [
        *([] if fits else [headline]),
        *map(_address, _addresses(card.headline)),
        *map(_text, card.paragraphs),
        context,
    ]
    console.print(
        Panel(
            Group(*(Padding(part, (0, 0, 1, 0)) for part in parts)),
            title=headline if fits else None,
            title_align="left",
            box=ROUNDED,
            border_style=card.colour or "yellow",
            padding=(1, 2, 0, 2),
            width=width,
        )
    )


def _text(lines: Iterable[Line]) -> Text:
    return Text("\n", overflow="fold").join(
        text for spans in lines for text in (_styled(spans), *map(_address, _addresses(spans)))
    )


def _styled(spans: Line) -> Text:
    text = Text(overflow="fold")
    for span in spans:
        styles = {"bold": span.bold or bool(span.url), "strike": span.struck}
        text.append(_visible(span.text), style=" ".join(name for name, given in styles.items() if given))
    return text


def _addresses(spans: Line) -> list[str]:
    return [span.url for span in spans if span.url]


def _address(address: str) -> Text:
    return Text(_visible(address), style="blue underline", overflow="fold")


def _visible(text: str) -> str:
    # Cleaned again, because an escape sequence does more harm on a terminal than in Slack. Spaces at the ends separate
    # a span from the next.
    lead, trail = " " * text.startswith(" "), " " * (text.endswith(" ") and len(text) > 1)
    return f"{lead}{clean(text)}{trail}" if clean(text) else text
