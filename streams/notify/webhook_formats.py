"""The bodies of webhooks for receivers that expect another form: formats by name, and templates of an operator. Pure.

A template is JSON whose texts hold fields in braces, such as ``"{headline}"``. It is filled in as values, never as text
of JSON, so no text of a producer can change its structure. It calculates nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, TypeAlias

from pydantic_core import to_json

from schemas.delivery import Delivery
from schemas.labels import KINDS
from streams.notify.adaptive_card import teams_message
from streams.notify.cards import Card, alert_card, follow_up_card, lines_of
from streams.notify.message import LONGEST_TEXT
from streams.notify.phrases import alert_address, place_name, short_id
from streams.notify.spans import Line, joined, mrkdwn, words
from streams.notify.untrusted_text import clean, escape, units
from streams.notify.webhook import body, event_type

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

Name = Literal["standard", "plain", "slack-compatible", "teams"]

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Template:
    """A body with fields in braces."""

    body: Json


Format = Name | Template


@dataclass(frozen=True, slots=True)
class WebhookFormats:
    """Which receivers get which format."""

    by_address: tuple[tuple[str, Format], ...] = ()
    """Addresses with their formats. An address covers itself and every address below it; the first match counts."""

    def of(self, destination: str) -> Format:
        """Return the format of a destination."""
        return next((chosen for address, chosen in self.by_address if _is_below(destination, address)), "standard")

    def body(self, delivery: Delivery, *, corrects: bool, page: str | None) -> bytes:
        """Return the body for a delivery. ``corrects``: the receiver has an earlier event of the alert."""
        chosen = self.of(delivery.destination)
        if chosen == "standard":
            return body(delivery, corrects=corrects)
        alert = delivery.alert
        card = follow_up_card(alert, page) if corrects else alert_card(alert, page=page)
        if isinstance(chosen, Template):
            fields = {name: value(delivery, card, page) for name, value in FIELDS.items()}
            return to_json(_filled(chosen.body, fields))
        return _NAMED[chosen](card)


def template_mistakes(template: Json) -> Iterator[str]:
    """Yield what is wrong with a template, and what to write instead."""
    if isinstance(template, str):
        for found in _BRACES.finditer(template):
            name = found[1]
            if name is None and found[0] in {"{", "}"}:
                yield f"{found[0]} has no counterpart: write {found[0] * 2} for the character itself"
            elif name is not None and name not in FIELDS:
                meant = get_close_matches(name, FIELDS, n=1)
                hint = f"did you mean {{{meant[0]}}}?" if meant else f"the fields are {', '.join(FIELDS)}"
                yield f"{{{clean(name)[:40]}}} is not a field: {hint}"
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from template_mistakes(value)
    elif isinstance(template, Sequence):
        for value in template:
            yield from template_mistakes(value)


def _filled(template: Json, fields: Mapping[str, str | int]) -> Json:
    if isinstance(template, str):
        alone = _BRACES.fullmatch(template)
        if alone and alone[1] is not None:
            return fields[alone[1]]  # a number stays a number
        return _BRACES.sub(lambda found: _text(found, fields), template)
    if isinstance(template, Mapping):
        return {name: _filled(value, fields) for name, value in template.items()}
    if isinstance(template, Sequence):
        return [_filled(value, fields) for value in template]
    return template


def _text(found: re.Match[str], fields: Mapping[str, str | int]) -> str:
    return found[0][0] if found[1] is None else str(fields[found[1]])


def _is_below(destination: str, address: str) -> bool:
    return destination == address or destination.startswith(f"{address.rstrip('/')}/")


def _plain(card: Card) -> bytes:
    return to_json({"text": _words(lines_of(card))})


def _slack_compatible(card: Card) -> bytes:
    """Return Slack's oldest form, which Mattermost, Rocket.Chat and others take. Its text mentions and formats nothing.

    Only Slack itself knows times in the reader's zone.
    """
    text = mrkdwn(tuple(replace(span, at=None) for span in each) for each in lines_of(card))
    return to_json({"text": text if units(text) <= LONGEST_TEXT else escape(words(card.headline), LONGEST_TEXT)})


_NAMED: Mapping[Name, Callable[[Card], bytes]] = {
    "plain": _plain, "slack-compatible": _slack_compatible, "teams": teams_message,
}  # fmt: skip


def _words(lines: Sequence[Line]) -> str:
    return "\n".join(map(words, lines))


FIELDS: Mapping[str, Callable[[Delivery, Card, str | None], str | int]] = {
    "headline": lambda _, card, __: words(card.headline),
    "text": lambda _, card, __: _words([each for lines in card.paragraphs for each in lines]),
    "context": lambda _, card, __: words(joined(card.context, " · ")),
    "address": lambda delivery, _, page: alert_address(page, delivery.alert) if page else "",
    "colour": lambda _, card, __: card.colour or "",
    "event": lambda delivery, _, __: event_type(delivery.alert),
    "kind": lambda delivery, _, __: KINDS[delivery.alert.kind].filter_names[0],
    "status": lambda delivery, _, __: delivery.alert.status,
    "group": lambda delivery, _, __: clean(delivery.alert.group),
    "country": lambda delivery, _, __: delivery.alert.country,
    "place": lambda delivery, _, __: clean(place_name(delivery.alert)),
    "region": lambda delivery, _, __: clean(delivery.alert.region),
    "first_day": lambda delivery, _, __: delivery.alert.first_day.isoformat(),
    "last_day": lambda delivery, _, __: delivery.alert.last_day.isoformat(),
    "origins": lambda delivery, _, __: delivery.alert.why.origins,
    "alert_id": lambda delivery, _, __: delivery.alert.alert_id,
    "short_id": lambda delivery, _, __: short_id(delivery.alert),
    "revision": lambda delivery, _, __: delivery.alert.revision,
    "delivery_id": lambda delivery, _, __: delivery.delivery_id,
}
"""Fields of a template."""
