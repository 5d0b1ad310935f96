"""Prints messages on the terminal: a framed card with the content of the Slack message, or one line."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from schemas.delivery import CONSOLE
from schemas.labels import join_words
from streams.notify.cards import NOT_NEWS, Card, correction_card, family_card
from streams.notify.changes import needs_reply
from streams.notify.ledger import PostRoot
from streams.notify.outbox import TerminalMessage
from streams.notify.phrases import day_in_words, group_in_text, news
from streams.notify.spans import Line, joined, line
from streams.notify.untrusted_text import clean

WIDEST_CARD = 96
"""Columns. Longer lines are hard to read, so a wider terminal leaves the rest empty."""

FRAME_COLUMNS = 6
"""Columns of the first line that the frame occupies. A headline that does not fit there goes inside, uncut."""


def print_message(message: TerminalMessage, page: str | None, console: Console) -> None:
    """Print the card of an alert or of its correction. ``page``: address of the web page, for links."""
    if card := _card(message, page):
        print_card(card, console, message.delivery.destination)


def print_line(message: TerminalMessage, page: str | None, console: Console) -> None:
    """Print the day on which an alert, or its correction, became known, and its headline, on one line."""
    card = _card(message, page)
    if card is None:
        return
    text = Text(f"{day_in_words(message.delivery.alert.arrived.date()):>11}  ", style="dim")
    text.append(_visible("".join(span.text for span in card.headline)), style=_line_style(message, card))
    if message.parents:
        names = [_visible(group_in_text(parent.alert)) for parent in message.parents]
        text.append(f", and with it {join_words(names)}", style="not dim")
    if instead := _destination(message.delivery.destination):
        text.append(" · ").append_text(instead)
    console.print(text, soft_wrap=True)


def _line_style(message: TerminalMessage, card: Card) -> str:
    if not isinstance(message.action, PostRoot):
        return NOT_NEWS
    return f"bold not dim {card.colour or ''}".strip()


def _card(message: TerminalMessage, page: str | None) -> Card | None:
    """Return the card of a message; None for a change that needs no message."""
    alert = message.delivery.alert
    if isinstance(message.action, PostRoot):
        return family_card(alert, [line(news(parent.alert)) for parent in message.parents], page)
    return correction_card(alert, page) if needs_reply(alert) else None


def print_card(card: Card, console: Console, destination: str = CONSOLE) -> None:
    """Print a card. The console leaves out colours when it does not write to a terminal.

    ``destination``: who should have received it, if it is not set up.
    """
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
            subtitle=_destination(destination),
            subtitle_align="left",
            box=ROUNDED,
            border_style=card.colour or "yellow",
            padding=(1, 2, 0, 2),
            width=width,
        )
    )


def _destination(destination: str) -> Text | None:
    """Return who should have received a message that the terminal shows instead."""
    return None if destination == CONSOLE else Text(f"for {_visible(destination)}, which is not set up", style="dim")


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
