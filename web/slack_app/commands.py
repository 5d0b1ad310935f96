"""What `/firstseen` answers: the text after it and what is known become a reply, and perhaps a change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from places.areas import Areas
from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.subscription import Mute, Subscriber, Subscription
from streams.dispatch.filters.errors import FilterError, UnknownGroup, unknown_groups
from streams.dispatch.filters.parser import ParsedFilter, parse_filter, rename_groups
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.matching import wants
from streams.dispatch.mutes import parse_mute
from streams.dispatch.subscribers import add_mute, subscribe, unsubscribe
from streams.notify.buttons import LONGEST_VALUE, Block, group_question
from streams.notify.message import summary_line
from streams.notify.mrkdwn import escape
from streams.notify.phrases import place_name, sighting_line
from streams.preview import PreviewedMessage, preview
from streams.similar_names import Names

HELP = """*Firstseen* tells this channel when an armed group appears in a country where it had not been seen.
`/firstseen subscribe group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2`
`/firstseen subscribe in:Sahel OR country:Belgium digest:daily@08:00 Europe/Brussels`
`/firstseen subscribe` without a filter: everything that is pushed; with `picture` at its end also what is new now
`/firstseen list` shows what this channel subscribed to
`/firstseen unsubscribe 2` or the filter as it was written, or `all`
`/firstseen preview 90d in:Sahel` shows what a subscription would have told; without a filter, what this channel's would
`/firstseen mute group:JNIM country:Mali 7d` for a while; corrections of what was told still come
`/firstseen why 1a2b3c4d` shows the evidence of an alert, by the id at its foot
A space means AND, a comma OR, `!` or `-` NOT; `OR` between whole filters. Names hold in any usual spelling.
Corrections come to whoever was told, whatever the filter says by then."""

_MOST_LINES = 30
_PICTURE_DAYS = 30
_MOST_SENTENCES = 5
_LONGEST = 2900
"""Slack takes 3,000 units in a section."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    text: str
    """What stands after ``/firstseen``."""
    channel: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    text: str
    in_channel: bool = False
    """True: everybody in the channel sees it; False: only who asked."""
    blocks: tuple[Block, ...] = ()
    """What Slack shows instead of the text: a question with buttons."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the channel's row, given what it is when it is written; and the answer that goes with it."""

    decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    picture: Subscription | None = None
    """With the answer goes where this subscription's groups are new now."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The log of alerts is to be read, and the answer made of it."""

    subscriptions: tuple[Subscription, ...] | None
    """None: those of the channel."""
    days: int


@dataclass(frozen=True, slots=True)
class ExplainAlert:
    """An alert is to be looked up by the beginning of its id."""

    alert: str


def parse_command(asked: Command, areas: Areas, known: Names | None = None) -> Reply | Change | Preview | ExplainAlert:
    """Return what a command asks for.

    ``known`` are all names of groups that are known: a subscription to another is asked back, and a mute of another
    remarked on. None: any will do.
    """
    verb, _, rest = unescaped(asked.text).strip().partition(" ")
    rest = rest.strip()
    match verb.lower():
        case "subscribe":
            return _subscribe(asked, rest, areas, known)
        case "unsubscribe":
            return _unsubscribe(asked, rest, areas)
        case "list":
            return Change(_listed)
        case "preview":
            return _preview(rest, areas)
        case "mute":
            return _mute(asked, rest, areas, known)
        case "why" if rest:
            return ExplainAlert(rest.split()[0])
        case "" | "help":
            return Reply(HELP)
        case "why":
            return Reply("Which alert? `/firstseen why 1a2b3c4d`, with the id that stands at the foot of the message.")
    return Reply(f"“{escape(verb, 100)}” is no command. `/firstseen help` shows them all.")


def _as_slack_sends(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Return a text as it was typed: Slack escapes three characters in it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _subscribe(asked: Command, rest: str, areas: Areas, known: Names | None) -> Reply | Change:
    head, _, last = rest.rpartition(" ")
    pictured = last.lower() == "picture"
    rest = head if pictured else rest
    parsed = parse_filter(rest, areas, known)
    if isinstance(parsed, FilterError):
        return _mistaken(parsed, "subscribe")
    ending = " picture" if pictured else ""
    if parsed.unknown_groups and (question_ := _asked_back(parsed, ending)):
        return question_

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        if before and parsed.subscription in before.subscriptions:
            # Written again all the same: a channel that could not be reached begins anew with it.
            text = f"This channel has that subscription already: {_shown(parsed.subscription)}."
        else:
            text = f"Subscribed this channel to {_shown(parsed.subscription)}."
        remarks = "".join(f"\n{escape(remark, 300)}" for remark in parsed.warnings)
        remarks += f"\n{_sentences(parsed.unknown_groups)}" if parsed.unknown_groups else ""
        after = subscribe(before, asked.channel, parsed.subscription, asked.user, asked.at)
        return after, Reply(text + remarks, in_channel=True)

    return Change(decide, parsed.subscription if pictured else None)


def _asked_back(parsed: ParsedFilter, ending: str) -> Reply | None:
    """Return the question whether a known group is meant: else a channel waits for alerts that never come.

    None when the command is too long for a button.
    """
    unknown = parsed.unknown_groups
    near = {one.name: one.near for one in unknown if one.near}
    instead, keep = (
        f"subscribe {_as_slack_sends(format_filter(rename_groups(parsed.subscription, names)))}{ending}"
        for names in (near, {})
    )
    if len(keep) > LONGEST_VALUE:
        return None
    text = f"{_sentences(unknown)}\nNothing is subscribed yet: which do you mean?"
    names = [one.name for one in unknown]
    return Reply(text, blocks=tuple(group_question(text, list(near.values()), names, instead, keep)))


def _sentences(unknown: Sequence[UnknownGroup]) -> str:
    more = len(unknown) - _MOST_SENTENCES
    said = [escape(one.sentence, 300) for one in unknown[:_MOST_SENTENCES]]
    return "\n".join([*said, *([f"{more} more groups are not known."] if more > 0 else [])])


def current_alerts(wanted: Subscription, events: Iterable[AlertEvent], areas: Areas, at: datetime) -> str:
    """Return what stands of the alerts of the last thirty days that a subscription wants, a line for each."""
    last = {one.alert_id: one for one in events}
    since = at.date() - timedelta(_PICTURE_DAYS)
    standing = [
        one for one in last.values()
        if one.status == "confirmed" and one.last_day >= since and wants(wanted, one, areas)
    ]  # fmt: skip
    if not standing:
        return f"Nothing of it is new in the last {_PICTURE_DAYS} days."
    standing.sort(key=lambda one: one.first_day, reverse=True)
    return _fitting([f"New in the last {_PICTURE_DAYS} days:", *(f"• {summary_line(one)}" for one in standing)])


def _unsubscribe(asked: Command, rest: str, areas: Areas) -> Reply | Change:
    number = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 4 else None
    parsed = None if number is not None or rest.lower() == "all" else parse_filter(rest, areas)
    if isinstance(parsed, FilterError):
        return _mistaken(parsed, "unsubscribe")

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        if before is None:
            return None, Reply("This channel has no subscription.")
        if number is not None:
            gone = before.subscriptions[number - 1 : number] if number else ()
        else:
            gone = tuple(one for one in before.subscriptions if parsed is None or one == parsed.subscription)
        if not gone or (not rest and len(before.subscriptions) > 1):
            return before, Reply("Which one? A number of this list, or `all`.\n" + _list(before))
        after = unsubscribe(before, gone, asked.user, asked.at)
        return after, Reply(f"This channel is not told any more: {', '.join(map(_shown, gone))}.", in_channel=True)

    return Change(decide)


def _listed(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
    if before is None:
        return None, Reply("This channel has no subscription. `/firstseen help` shows how to make one.")
    return before, Reply(_list(before))


def _list(subscriber: Subscriber) -> str:
    lines = [f"{number}. {_shown(one)}" for number, one in enumerate(subscriber.subscriptions, 1)]
    lines += [f"Muted until {one.until:%Y-%m-%d %H:%M} UTC: {_muted(one)}" for one in subscriber.mutes]
    return _fitting(lines)


def _mute(asked: Command, rest: str, areas: Areas, known: Names | None) -> Reply | Change:
    mute = parse_mute(rest, asked.at, areas)
    if isinstance(mute, FilterError):
        return _mistaken(mute, "mute")
    unknown = tuple(unknown_groups([mute.group] if mute.group else [], known))

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        after, reply = mute_channel(before, mute, asked.user, asked.at)
        return after, replace(reply, text=f"{reply.text}\n{_sentences(unknown)}") if unknown else reply

    return Change(decide)


def mute_channel(before: Subscriber | None, mute: Mute, user: str, at: datetime) -> tuple[Subscriber | None, Reply]:
    """Return the channel's row with a mute, and the answer."""
    if before is None:
        return None, Reply("This channel has no subscription, so there is nothing to mute.")
    said = f"Muted until {mute.until:%Y-%m-%d %H:%M} UTC: {_muted(mute)}. Corrections of what was told still come."
    return add_mute(before, mute, user, at), Reply(said, in_channel=True)


def _preview(rest: str, areas: Areas) -> Reply | Preview:
    first, _, filter_ = rest.partition(" ")
    count = first[:-1] if first[-1:] in {"d", "D"} else ""
    if count.isascii() and count.isdigit():
        if len(count) > 9 or not 0 < int(count) <= 3660:
            return Reply("Between 1 and 3660 days: `/firstseen preview 365d`.")
        days = int(count)
    else:
        days, filter_ = 365, rest
    if not filter_.strip():
        return Preview(None, days)
    parsed = parse_filter(filter_, areas)
    return _mistaken(parsed, "preview") if isinstance(parsed, FilterError) else Preview((parsed.subscription,), days)


def preview_reply(
    subscriptions: Sequence[Subscription], days: int, events: Iterable[AlertEvent], areas: Areas, at: datetime
) -> Reply:
    """Return what subscriptions would have told, a line for each message and correction, in the order of sending."""
    if not subscriptions:
        return Reply("This channel has no subscription: `/firstseen preview 365d in:Sahel` tries one.")
    said = list(preview(subscriptions, events, areas, at - timedelta(days), at))
    if not said:
        return Reply(f"Nothing in the last {days} days.")
    shown = said[-_MOST_LINES:]
    lines = [f"Messages and corrections in the last {days} days: {len(said)}"]
    lines[0] += f"; the last {len(shown)}:" if len(said) > len(shown) else ""
    return Reply(_fitting([*lines, *map(_line, shown)]))


def explain_alert(events: Sequence[AlertEvent], asked: str) -> Reply:
    """Return the evidence of an alert and what became of it; events of all alerts whose id begins so."""
    ids = dict.fromkeys(one.alert_id for one in events)
    if not ids:
        return Reply(f"No alert begins with “{escape(asked, 60)}”.")
    if len(ids) > 1:
        return Reply(f"{len(ids)} alerts begin with “{escape(asked, 60)}”: write more of the id.")
    last = events[-1]
    lines = [f"*{escape(last.group, 150)} · {escape(place_name(last), 100)}*, {last.status}, revision {last.revision}"]
    lines += [f"{one.arrived:%Y-%m-%d %H:%M} UTC {one.type}: {one.status}" for one in events[-5:]]
    return Reply(_fitting([*lines, *evidence_lines(last)]))


def evidence_lines(alert: AlertEvent) -> list[str]:
    """Return a line for each sighting that decided."""
    return [f"• {sighting_line(sighting, escape)}" for sighting in alert.why.sightings]


def _mistaken(mistake: FilterError, verb: str) -> Reply:
    nearest = f"\nTry `/firstseen {verb} {_code(mistake.nearest)}`" if mistake.nearest is not None else ""
    return Reply(f"Not understood: “{escape(mistake.part, 150)}”. {escape(mistake.reason, 400)}{nearest}")


def _shown(subscription: Subscription) -> str:
    text = format_filter(subscription)
    return f"`{_code(text)}`" if text else "everything that is pushed"


def _code(text: str) -> str:
    return _as_slack_sends(text).replace("`", "'")[:600]


def _muted(mute: Mute) -> str:
    group = escape(mute.group, 150) if mute.group else "every group"
    return f"{group} in {country_name(mute.country)}" if mute.country else group


def _line(said: PreviewedMessage) -> str:
    return f"{said.at:%Y-%m-%d %H:%M} {said.what}: {said.message.text}"


def _fitting(lines: Sequence[str]) -> str:
    kept: list[str] = []
    room = _LONGEST
    for one in lines:
        room -= len(one) + 1
        if room < 0:
            return "\n".join((*kept, f"and {len(lines) - len(kept)} more"))
        kept.append(one)
    return "\n".join(kept)
