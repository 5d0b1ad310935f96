"""The forms, the home and the replies of the Slack app as Markdown, for ``docs/messages.md``. For developers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from places.areas import packaged
from schemas.alert import AlertEvent
from schemas.subscription import Mute, Subscriber
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.similar_names import Names
from web.slack_app.commands import parse_command
from web.slack_app.forms import Origin, edit_form, mute_form, report_form, subscribe_form
from web.slack_app.home import home_view
from web.slack_app.replies import Reply
from web.slack_app.requests import Change, Command

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_CHANNEL, _USER = "C0123456789", "U0123456789"
_COMMANDS = {
    "Help": "help",
    "A word that is not a command": "unsubscibe 1",
    "An alert without its id": "report",
    "A name with a space, without quotation marks": "subscribe country:Burkina Faso",
    "A digest without a time": "subscribe in:Sahel digest:daily",
    "An unknown group": "subscribe group:ISSI",
}

_CHANGES = {
    "A subscription": "subscribe in:Sahel",
    "A mute": "mute group:JNIM country:Mali 7d",
    "The list": "list",
    "The end of a mute": "unmute 1",
    "The end of a subscription": "unsubscribe 1",
}
"""Commands that follow each other in one channel."""

Blocks = Callable[[Mapping[str, Any]], list[str]]
"""Returns a block as lines of Markdown."""


def app_sections(alert: AlertEvent, block: Blocks) -> Iterator[str]:
    """Yield the sections about the app: its replies, its forms about an alert, and its home."""
    yield "## Replies to commands\n"
    for title, text in _COMMANDS.items():
        found = parse_command(Command(text, _CHANNEL, _USER, _AT), packaged(), Names(("ISIS", "JNIM")))
        assert isinstance(found, Reply)
        yield f"{title}:\n\n{_quoted(each for shown in found.blocks for each in block(shown))}\n"
    row: Subscriber | None = None
    for title, text in _CHANGES.items():
        found = parse_command(Command(text, _CHANNEL, _USER, _AT), packaged())
        assert isinstance(found, Change)
        row, answer = found.decide(row)
        yield f"{title}:\n\n{_quoted(each for shown in answer.blocks for each in block(shown))}\n"
    origin = Origin(_CHANNEL)
    forms = {
        "`/firstseen subscribe`": subscribe_form(origin),
        "Mute, in the menu of an alert": mute_form(alert, origin),
        "Report an error, in the menu of an alert": report_form(alert, origin),
        "Edit, in the home": edit_form(Origin(_CHANNEL, about="in:Sahel origins>=2")),
    }
    yield "## Forms\n"
    for opened_by, form in forms.items():
        yield f"{opened_by}:\n\n{_quoted(_form(form, block))}\n"
    yield "## Home\n"
    mute = Mute(group="JNIM", country="ML", until=_AT + timedelta(7))
    row = _subscriber("in:Sahel origins>=2", "group:JNIM digest:daily@08:00").replace(mutes=(mute,))
    view = home_view([row], _USER, packaged(), _AT)
    yield f"{_quoted(each for shown in view['blocks'] for each in ['', *block(shown)])}\n"


def _subscriber(*filters: str) -> Subscriber:
    parsed = [parse_filter(text, packaged()) for text in filters]
    subscriptions = tuple(found.subscription for found in parsed if isinstance(found, ParsedFilter))
    return Subscriber(destination=_CHANNEL, subscriptions=subscriptions, owner=_USER, changed_at=_AT)


def _form(form: Mapping[str, Any], block: Blocks) -> Iterator[str]:
    yield f"**{form['title']['text']}**"
    for shown in form["blocks"]:
        yield ""
        yield from _input(shown) if shown["type"] == "input" else block(shown)
    yield ""
    yield f"`[ {form['submit']['text']} ]` `[ {form['close']['text']} ]`"


def _input(field: Mapping[str, Any]) -> Iterator[str]:
    element = field["element"]
    optional = " (optional)" if field["optional"] else ""
    chosen = element.get("initial_options", [element.get("initial_option")])
    yield f"{field['label']['text']}{optional}\\"
    if "options" not in element:
        shown = element.get("initial_value") or element.get("placeholder", {}).get("text", "")
        yield f"`{shown or ' '}`"
        return
    box, full = ("[ ]", "[x]") if element["type"] == "checkboxes" else ("( )", "(•)")
    yield " ".join(f"`{full if option in chosen else box} {option['text']['text']}`" for option in element["options"])


def _quoted(lines: Iterable[str]) -> str:
    return "\n".join(f"> {each}".rstrip() for each in lines)
