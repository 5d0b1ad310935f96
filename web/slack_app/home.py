"""The app's home in Slack: the subscriptions and mutes that a person made, each with buttons. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime

from places.areas import Areas
from schemas.subscription import Mute, Subscriber, Subscription
from streams.dispatch.filters.mutes import format_mute
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import current_mutes, undefined_areas, undefined_areas_warning
from streams.notify.buttons import LONGEST_VALUE
from streams.notify.spans import Line, Span, line, rich_text, section, utc, with_code
from web.slack_app.forms import Json
from web.slack_app.replies import filter_span

HOME_EDIT, HOME_REMOVE, HOME_UNMUTE = "firstseen_home_edit", "firstseen_home_remove", "firstseen_home_unmute"
HOME_ACTIONS = frozenset({HOME_EDIT, HOME_REMOVE, HOME_UNMUTE})
"""Action ids of the buttons."""

_MAX_SUBSCRIPTIONS, _MAX_MUTES = 26, 9
"""Slack accepts 100 blocks in a home. A subscription has up to three, a mute two."""
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{5,20}")


def home_view(subscribers: Iterable[Subscriber], user: str, areas: Areas, at: datetime) -> Json:
    """Return the home of a user: the subscriptions and mutes of the destinations that they changed last."""
    own = [row for row in subscribers if row.owner == user]
    rows = [(row.destination, each) for row in own for each in row.subscriptions]
    mutes = [(row.destination, each) for row in own for each in current_mutes(row, at)]
    blocks: list[Json] = [{"type": "header", "text": {"type": "plain_text", "text": "Your subscriptions"}}]
    for destination, subscription in rows[:_MAX_SUBSCRIPTIONS]:
        blocks += _subscription(destination, subscription)
        if undefined := undefined_areas(subscription, areas):
            blocks.insert(-1, rich_text([line(undefined_areas_warning(undefined))]))
    if not rows:
        blocks.append(rich_text([with_code("None yet. Write `/firstseen subscribe` in a channel.")]))
    for destination, mute in mutes[:_MAX_MUTES]:
        blocks += _mute(destination, mute)
    if len(rows) > _MAX_SUBSCRIPTIONS or len(mutes) > _MAX_MUTES:
        blocks.append(rich_text([with_code("The rest: `/firstseen list` in each channel.")]))
    return {"type": "home", "blocks": blocks}


def button_target(value: str) -> tuple[str, str]:
    """Return the destination, and the filter or what is muted, in the value of a button.

    Raises ValueError or TypeError for other values.
    """
    destination, text = json.loads(value)
    if not isinstance(destination, str) or not isinstance(text, str):
        raise TypeError("a button has two texts")
    return destination, text


def _subscription(destination: str, subscription: Subscription) -> list[Json]:
    text = _text(destination, line(": ", filter_span(subscription)))
    value = _value(destination, format_filter(subscription))
    if len(value) > LONGEST_VALUE:
        return [text, rich_text([_too_long()])]
    buttons = [_button("Edit", HOME_EDIT, value), _button("Unsubscribe", HOME_REMOVE, value, asks=True)]
    return [text, {"type": "actions", "elements": buttons}]


def _mute(destination: str, mute: Mute) -> list[Json]:
    until = Span(utc(mute.until), at=mute.until)
    text = _text(destination, line(": muted until ", until, ": ", Span(format_mute(mute), code=True)))
    return [
        text,
        {"type": "actions", "elements": [_button("Unmute", HOME_UNMUTE, _value(destination, format_mute(mute)))]},
    ]


def _text(destination: str, spans: Line) -> Json:
    where = {"type": "text", "text": destination}
    if _CHANNEL_ID.fullmatch(destination):
        where = {"type": "channel", "channel_id": destination}
    what = section([spans])
    return {"type": "rich_text", "elements": [{**what, "elements": [where, *what["elements"]]}]}


def _value(destination: str, text: str) -> str:
    return json.dumps([destination, text], ensure_ascii=False)


def _too_long() -> Line:
    return line("Too long to edit here: use ", Span("/firstseen unsubscribe", code=True), " in the channel.")


def _button(text: str, action: str, value: str, *, asks: bool = False) -> Json:
    button: Json = {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action, "value": value}
    if asks:
        button["confirm"] = {
            "title": {"type": "plain_text", "text": "Unsubscribe?"},
            "text": {"type": "plain_text", "text": "The channel gets no new alerts of this subscription."},
            "confirm": {"type": "plain_text", "text": "Unsubscribe"},
            "deny": {"type": "plain_text", "text": "Keep"},
        }
    return button
