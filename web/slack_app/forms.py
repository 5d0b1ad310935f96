"""The forms that the Slack app opens, and what their answers mean: subscribe, edit, mute, report an error. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from places.areas import Areas
from places.countries import country_in_text
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.subscription import PUSHED, PUSHED_IN_WORDS
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.filters.tokens import quote
from streams.notify.buttons import MUTE, MUTE_DAYS, REPORT_WRONG
from streams.notify.message import Message
from streams.notify.phrases import group_in_text, short_id, subject
from streams.notify.spans import Span, line, rich_text, section, with_code
from streams.notify.untrusted_text import escape, visible

SUBSCRIBE, EDIT = "firstseen_subscribe", "firstseen_edit"
"""With MUTE and REPORT_WRONG, the callback ids of the forms."""

MUTE_CHOICES = (1, MUTE_DAYS, 30)
"""For how many days a form mutes."""
FIELDS: Mapping[str, Mapping[str, type]] = {
    SUBSCRIBE: {"groups": str, "places": str, "kinds": list, "when": str},
    EDIT: {"filter": str},
    MUTE: {"days": str, "reason": str},
    REPORT_WRONG: {"error": str, "reason": str},
}
"""What :func:`answers` returns for each form."""
_ERRORS = {
    "event": "It did not happen", "group": "The group is wrong", "place": "The country or place is wrong",
    "day": "The day is wrong", "duplicate": "It is not new", "other": "Something else",
}  # fmt: skip
_DAILY = "digest:daily@08:00"
_LONGEST_ANSWER, _LONGEST_FILTER = 500, 2000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form was opened. It travels with the form as its ``private_metadata``."""

    channel: str
    response_url: str = ""
    """Where the answer goes, for half an hour; empty: to the channel."""
    about: str = ""
    """Id of the alert, or the filter that is edited."""

    def to_text(self) -> str:
        """Return the ``private_metadata`` of a form."""
        return json.dumps([self.channel, self.response_url, self.about])

    @classmethod
    def from_text(cls, text: str) -> Origin:
        """Return the origin in the ``private_metadata`` of a form. Raises ValueError or TypeError for other texts."""
        channel, response_url, about = json.loads(text)
        if not all(isinstance(each, str) for each in (channel, response_url, about)):
            raise ValueError("an origin has three texts")
        return cls(channel, response_url, about)


def mute_form(alert: AlertEvent, origin: Origin) -> Json:
    """Return the form that asks for how long, and why, to mute an alert's group in its country."""
    covered = group_in_text(alert)
    covered += "" if alert.is_regional else f" in {country_in_text(alert.country)}"
    days = [_option(f"{number} day{'s' if number > 1 else ''}", str(number)) for number in MUTE_CHOICES]
    return _form(
        MUTE, "Mute alerts", "Mute", origin,
        rich_text([
            line(f"This channel gets no new alerts about {covered} until the mute ends."),
            line("It still gets corrections to earlier alerts. Everybody in the channel sees the mute and its reason."),
        ]),
        _input("days", "For how long", {"type": "static_select", "options": days, "initial_option": days[1]}),
        _text_input("reason", "Why?", optional=True),
    )  # fmt: skip


def report_form(alert: AlertEvent, origin: Origin) -> Json:
    """Return the form that reports an error in an alert."""
    choices = [_option(text, code) for code, text in _ERRORS.items()]
    return _form(
        REPORT_WRONG, "Report an error", "Send", origin,
        rich_text([
            line(f"This tells the operators of Firstseen that the alert about {subject(alert)} is wrong."),
            line("It changes nothing by itself. If they agree, they correct the evidence for all readers."),
        ]),
        _input("error", "What is wrong?", {"type": "radio_buttons", "options": choices}),
        _text_input("reason", "How do you know? A link helps", optional=True, multiline=True),
    )  # fmt: skip


def subscribe_form(origin: Origin) -> Json:
    """Return the form that asks which alerts a channel wants."""
    kinds = [_option(label.plural.capitalize(), kind) for kind, label in KINDS.items()]
    pushed = [option for option in kinds if option["value"] in PUSHED]
    when = [_option("At once", "now"), _option("Once a day, at 08:00 UTC", _DAILY)]
    return _form(
        SUBSCRIBE, "Subscribe", "Subscribe", origin,
        rich_text([line("This channel gets the alerts that match. Leave a field empty to get everything.")]),
        _text_input("groups", "Groups", "JNIM, Islamic State", optional=True),
        _text_input("places", "Countries, regions or areas", "Mali, Sahel, Western Africa", optional=True),
        _input("kinds", "Kinds of alerts", {"type": "checkboxes", "options": kinds, "initial_options": pushed}),
        _input("when", "When", {"type": "radio_buttons", "options": when, "initial_option": when[0]}),
        rich_text([with_code("A filter can do more, such as exclude: `/firstseen help more`.")]),
    )  # fmt: skip


def edit_form(origin: Origin) -> Json:
    """Return the form that changes the filter of a subscription."""
    return _form(
        EDIT, "Edit subscription", "Save", origin,
        _text_input(
            "filter", f"Filter. If it is empty: {PUSHED_IN_WORDS}", initial=origin.about, optional=True, multiline=True
        ),
        rich_text([with_code("`group:JNIM in:Sahel country:!Mali kind:first origins>=2 digest:daily@08:00`")]),
    )  # fmt: skip


def answers(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers in a submitted form, by field: a text, or a list of texts."""
    found: dict[str, Any] = {}
    for name, fields in view["state"]["values"].items():
        [field] = fields.values()
        if "selected_options" in field:
            found[name] = [option["value"] for option in field["selected_options"]]
        else:
            selected = field.get("selected_option")
            found[name] = selected["value"] if selected else field.get("value") or ""
    return found


def filter_of(answered: Mapping[str, Any], areas: Areas) -> str | dict[str, str]:
    """Return the filter that a subscribe form asks for, or what is wrong, by field."""
    groups, places = (_values(answered.get(name, "")) for name in ("groups", "places"))
    kinds: list[AlertKind] = [kind for kind in KINDS if kind in answered.get("kinds", ())]
    if not kinds:
        return {"kinds": "Choose at least one kind."}
    common = [f"group:{_joined(groups)}"] if groups else []
    if set(kinds) != set(PUSHED):
        common.append(f"kind:{','.join(KINDS[kind].filter_names[0] for kind in kinds)}")
    found: dict[str, list[str]] = {"in": [], "within": [], "country": []}
    for place in places:
        parsed = {key: parse_filter(f"{key}:{quote(place)}", areas) for key in found}
        if keys := [key for key, result in parsed.items() if not isinstance(result, FilterError)]:
            found[keys[0]].append(place)
        elif isinstance(error := parsed["country"], FilterError):
            return {"places": _error(place, error)}
    where = [f"{key}:{_joined(values)}" for key, values in found.items() if values]
    text = " OR ".join(" ".join([*common, place]) for place in where or [""]).strip()
    text = " ".join(filter(None, (text, _DAILY if answered.get("when") == _DAILY else "")))
    whole = parse_filter(text, areas)
    return {"groups": _error(whole.part, whole)} if isinstance(whole, FilterError) else text or "all"


def operator_report(alert: AlertEvent, user: str, origin: Origin, answered: Mapping[str, Any]) -> Message:
    """Return the message to the operators when a reader reports an alert as wrong."""
    what = _ERRORS.get(str(answered.get("error", "")), "Something is wrong")
    how = visible(str(answered.get("reason", "")), _LONGEST_ANSWER)
    id_ = visible(short_id(alert), 60)
    about = f"{what}: {subject(alert)}, alert {id_}, revision {alert.revision}."
    details = [line(f"“{how}”")] if how else []
    advice = line(
        Span(f"firstseen alerts why {id_}", code=True),
        " shows its evidence with the source and id of each sighting. To withdraw one, publish its retraction "
        "(docs/producers.md).",
    )
    return Message(
        text=f"<@{user}> in <#{origin.channel}> reports an error. {escape(about, 900)}",
        blocks=({
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [
                    {"type": "user", "user_id": user}, {"type": "text", "text": " in "},
                    {"type": "channel", "channel_id": origin.channel}, {"type": "text", "text": " reports an error."},
                ]},
                section([line(about), *details, advice]),
            ],
        },),
        metadata={},
    )  # fmt: skip


def _values(text: str) -> list[str]:
    return [value for part in text.replace("\n", ",").split(",") if (value := part.strip())]


def _joined(values: list[str]) -> str:
    return ",".join(map(quote, values))


def _error(part: str, error: FilterError) -> str:
    return f"“{visible(part, 60)}”: {visible(error.reason, 200)}"[:_LONGEST_ANSWER]


def _form(callback: str, title: str, submit: str, origin: Origin, *blocks: Json) -> Json:
    return {
        "type": "modal", "callback_id": callback, "private_metadata": origin.to_text(), "blocks": list(blocks),
        "title": _plain(title), "submit": _plain(submit), "close": _plain("Cancel"),
    }  # fmt: skip


def _input(name: str, label: str, element: Json, *, optional: bool = False) -> Json:
    element = {"action_id": name, **element}
    return {"type": "input", "block_id": name, "label": _plain(label), "optional": optional, "element": element}


def _text_input(
    name: str, label: str, example: str = "", *, initial: str = "", optional: bool = False, multiline: bool = False
) -> Json:
    longest = _LONGEST_FILTER if name in {"filter", "groups", "places"} else _LONGEST_ANSWER
    element: Json = {"type": "plain_text_input", "multiline": multiline, "max_length": longest}
    element |= {"placeholder": _plain(example)} if example else {}
    element |= {"initial_value": initial} if initial else {}
    return _input(name, label, element, optional=optional)


def _option(text: str, value: str) -> Json:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
