"""The `/firstseen` command in Slack: its text becomes a reply, and perhaps a change of the channel's row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from history.explain import AlertHistory
from history.explanation_text import alert_lines
from places.areas import Areas
from places.countries import country_in_text
from schemas.alert import AlertEvent
from schemas.subscription import Mute, Subscriber, Subscription
from streams.dispatch.filters.errors import FilterError, UnknownGroup, unknown_groups
from streams.dispatch.filters.mutes import parse_mute
from streams.dispatch.filters.parser import ParsedFilter, parse_filter, rename_groups
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.matching import wants
from streams.dispatch.subscribers import (
    add_mute,
    subscribe,
    undefined_areas,
    undefined_areas_warning,
    unsubscribe,
)
from streams.notify.buttons import LONGEST_VALUE, group_answers
from streams.notify.digest import alert_line
from streams.notify.message import Message
from streams.notify.mrkdwn import visible
from streams.notify.phrases import news, sighting_line
from streams.notify.spans import Line, Span, joined, line, utc, with_code, words
from streams.preview import PreviewedMessage, preview
from streams.similar_names import Names
from web.slack_app.replies import Reply, filter_span, fitted, reply

HELP = (
    "`/firstseen subscribe` asks what this channel wants to know; `/firstseen list` shows what it gets.",
    "`/firstseen mute group:JNIM country:Mali 7d` pauses alerts; `/firstseen why 1a2b3c4d` explains one by its id.",
    "`/firstseen help more` shows every command, and how to write a filter.",
)
MORE_HELP = (
    '`/firstseen subscribe group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2`',
    "`/firstseen subscribe in:Sahel OR country:Belgium digest:daily@08:00 Europe/Brussels`",
    "`/firstseen subscribe near:16.27,-0.04,200km`, `province:Borno`, `within:lake-chad`: where the reports are",
    "`/firstseen subscribe all`: every alert except returns; add `picture` to see what is new now",
    "`/firstseen list` shows the subscriptions of this channel",
    "`/firstseen unsubscribe 2` by its number in the list, or by its filter, or `all`",
    "`/firstseen preview 90d in:Sahel` shows what a filter would have sent; without one, what this channel gets",
    "`/firstseen mute group:JNIM country:Mali 7d` pauses new alerts; you still get corrections to earlier ones",
    "`/firstseen why 1a2b3c4d` shows the history and the evidence of an alert, by the id at the foot of its message",
    "A space means AND, a comma OR, `!` or `-` NOT; `OR` joins whole filters. Names work in any common spelling.",
    "This channel gets the corrections to every alert that it received, even if its filter changes.",
)

_WHICH_ALERT = "Which alert? Write `/firstseen why 1a2b3c4d` with the id at the foot of the message."
_MAX_LINES = 30
_MAX_EVENTS = 5
_LONGEST_LINE = 400
_CURRENT_DAYS = 30
_MAX_UNKNOWN_GROUPS = 5
_LONGEST_COMMAND = 600
_MAX_PREVIEW_DAYS = 3660
_DEFAULT_PREVIEW_DAYS = 365


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    text: str
    """The text after ``/firstseen``, as Slack sends it."""
    channel: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the channel's row."""

    decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    """Returns the new row and the reply, given the row at the time of writing."""
    picture: Subscription | None = None
    """If set, the reply lists the current alerts of this subscription as well."""


@dataclass(frozen=True, slots=True)
class AskWhat:
    """A request for the form that asks what a channel wants to know."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A request for the messages that subscriptions would have sent."""

    subscriptions: tuple[Subscription, ...] | None
    """None: those of the channel."""
    days: int


@dataclass(frozen=True, slots=True)
class ExplainAlert:
    """A request for the evidence of an alert."""

    prefix: str
    """The start of its id."""


def parse_command(
    command: Command, areas: Areas, known: Names | None = None
) -> Reply | Change | AskWhat | Preview | ExplainAlert:
    """Return what a command asks for, or the reply if no data is needed.

    ``known`` holds the names of all known groups. A subscription to another group is answered with a question, a mute
    of another with a warning. None: any name is accepted.
    """
    verb, _, rest = unescape(command.text).strip().partition(" ")
    rest = rest.strip()
    match verb.lower():
        case "subscribe":
            return _subscribe(command, rest, areas, known) if rest else AskWhat()
        case "unsubscribe":
            return _unsubscribe(command, rest, areas)
        case "list":
            return Change(partial(_list, areas=areas))
        case "preview":
            return _preview(rest, areas)
        case "mute":
            return _mute(command, rest, areas, known)
        case "why":
            return ExplainAlert(rest.split()[0]) if rest else reply(_WHICH_ALERT)
        case "" | "help":
            return reply(*(MORE_HELP if rest else HELP))
    return reply(
        line(f"“{visible(verb, 100)}” is not a command. ", *with_code("`/firstseen help` lists the commands."))
    )


def unescape(text: str) -> str:
    """Return a text as the user typed it: Slack escapes three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escape_as_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _subscribe(command: Command, text: str, areas: Areas, known: Names | None) -> Reply | Change:
    """Return what a filter asks for, ``picture`` after it included; ``all`` stands for every alert except returns."""
    head, _, last = text.rpartition(" ")
    with_picture = last.lower() == "picture"
    wanted = head if with_picture else text
    parsed = parse_filter("" if wanted.lower() == "all" else wanted, areas, known)
    if isinstance(parsed, FilterError):
        return filter_error_reply(parsed, "subscribe")
    question = _group_question(parsed, " picture" if with_picture else "") if parsed.unknown_groups else None
    if question:
        return question
    subscription = parsed.subscription

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        if before and subscription in before.subscriptions:
            # The row is written anyway: subscribing again resumes a channel that could not be reached.
            text = line("This channel already has this subscription: ", filter_span(subscription), ".")
        else:
            text = line("Subscribed this channel to ", filter_span(subscription), ".")
        warnings = [line(visible(warning, 300)) for warning in parsed.warnings]
        warnings += _unknown_group_lines(parsed.unknown_groups)
        after = subscribe(before, command.channel, subscription, command.user, command.at)
        return after, reply(text, *warnings, in_channel=True)

    return Change(decide, subscription if with_picture else None)


def _group_question(parsed: ParsedFilter, suffix: str) -> Reply | None:
    """Ask whether a similar known group is meant; otherwise the channel might wait for alerts that never come.

    None when the command is too long for a button's value.
    """
    similar = {group.name: group.near for group in parsed.unknown_groups if group.near}
    instead, keep = (
        f"subscribe {_escape_as_slack(format_filter(rename_groups(parsed.subscription, names)) or 'all')}{suffix}"
        for names in (similar, {})
    )
    if len(keep) > LONGEST_VALUE:
        return None
    lines = (*_unknown_group_lines(parsed.unknown_groups), line("Nothing is subscribed yet: which do you mean?"))
    names = [group.name for group in parsed.unknown_groups]
    return Reply(lines, actions=group_answers(list(similar.values()), names, instead, keep))


def _unknown_group_lines(groups: Sequence[UnknownGroup]) -> list[Line]:
    lines = [line(visible(group.sentence, 300)) for group in groups[:_MAX_UNKNOWN_GROUPS]]
    more = len(groups) - len(lines)
    return [*lines, line(f"{more} more groups are not known.")] if more else lines


def current_alerts(
    subscription: Subscription, events: Iterable[AlertEvent], areas: Areas, at: datetime, page: str | None = None
) -> tuple[Line, ...]:
    """Return the confirmed alerts of the last thirty days that a subscription matches, one on each line."""
    latest = {event.alert_id: event for event in events}
    since = at.date() - timedelta(_CURRENT_DAYS)
    alerts = [
        alert for alert in latest.values()
        if alert.status == "confirmed" and alert.last_day >= since and wants(subscription, alert, areas)
    ]  # fmt: skip
    if not alerts:
        return (line(f"Nothing new in the last {_CURRENT_DAYS} days."),)
    alerts.sort(key=lambda alert: alert.first_day, reverse=True)
    title = line(f"New in the last {_CURRENT_DAYS} days:")
    return fitted([title, *(line("• ", *alert_line(alert, page)) for alert in alerts)])


def _unsubscribe(command: Command, rest: str, areas: Areas) -> Reply | Change:
    number = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 4 else None
    parsed = None if number is not None or rest.lower() == "all" else parse_filter(rest, areas)
    if isinstance(parsed, FilterError):
        return filter_error_reply(parsed, "unsubscribe")

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        if before is None:
            return None, reply("This channel has no subscription.")
        if number is not None:
            removed = before.subscriptions[number - 1 : number] if number else ()
        else:
            removed = tuple(
                subscription for subscription in before.subscriptions
                if parsed is None or subscription == parsed.subscription
            )  # fmt: skip
        if not removed or (not rest and len(before.subscriptions) > 1):
            question = with_code("Which one? Write its number in this list, or `all`.")
            return before, Reply((question, *_listed(before, areas)))
        after = unsubscribe(before, removed, command.user, command.at)
        return after, reply(unsubscribed_line(removed), in_channel=True)

    return Change(decide)


def unsubscribed_line(removed: Sequence[Subscription]) -> Line:
    """Return the sentence that a channel no longer has some subscriptions."""
    filters = joined([line(filter_span(subscription)) for subscription in removed], ", ")
    return line("Unsubscribed this channel from ", *filters, ".")


def _list(before: Subscriber | None, areas: Areas) -> tuple[Subscriber | None, Reply]:
    if before is None:
        return None, reply("This channel has no subscription. `/firstseen subscribe` adds one.")
    return before, Reply(_listed(before, areas))


def _listed(subscriber: Subscriber, areas: Areas) -> tuple[Line, ...]:
    lines: list[Line] = []
    for number, subscription in enumerate(subscriber.subscriptions, 1):
        lines.append(line(f"{number}. ", filter_span(subscription)))
        if undefined := undefined_areas(subscription, areas):
            lines.append(line(undefined_areas_warning(undefined)))
    return fitted([*lines, *map(_mute_line, subscriber.mutes)])


def _mute(command: Command, rest: str, areas: Areas, known: Names | None) -> Reply | Change:
    mute = parse_mute(rest, command.at, areas)
    if isinstance(mute, FilterError):
        return filter_error_reply(mute, "mute")
    unknown = tuple(unknown_groups([mute.group] if mute.group else [], known))

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        after, answer = mute_channel(before, mute, command.user, command.at)
        return after, replace(answer, lines=(*answer.lines, *_unknown_group_lines(unknown)))

    return Change(decide)


def mute_channel(
    before: Subscriber | None, mute: Mute, user: str, at: datetime, reason: str = ""
) -> tuple[Subscriber | None, Reply]:
    """Return the channel's row with a mute, and the reply; ``reason`` is what the user gave."""
    if before is None:
        return None, reply("This channel has no subscription, so there is nothing to mute.")
    text = line(*_mute_line(mute), ". You still get corrections to earlier alerts.")
    why = [line(f"Reason: {visible(reason, _LONGEST_LINE)}")] if reason.strip() else []
    return add_mute(before, mute, user, at), reply(text, *why, in_channel=True)


def _mute_line(mute: Mute) -> Line:
    group = visible(mute.group, 150) if mute.group else "every group"
    place = f" in {country_in_text(mute.country)}" if mute.country else ""
    return line("Muted until ", Span(utc(mute.until), at=mute.until), f": {group}{place}")


def _preview(rest: str, areas: Areas) -> Reply | Preview:
    first, _, text = rest.partition(" ")
    count = first[:-1] if first[-1:] in {"d", "D"} else ""
    if count.isascii() and count.isdigit():
        if len(count) > 9 or not 0 < int(count) <= _MAX_PREVIEW_DAYS:
            return reply(f"Write between 1 and {_MAX_PREVIEW_DAYS} days: `/firstseen preview 365d`.")
        days = int(count)
    else:
        days, text = _DEFAULT_PREVIEW_DAYS, rest
    if not text.strip():
        return Preview(None, days)
    parsed = parse_filter(text, areas)
    if isinstance(parsed, FilterError):
        return filter_error_reply(parsed, "preview")
    return Preview((parsed.subscription,), days)


def preview_reply(
    subscriptions: Sequence[Subscription], days: int, events: Iterable[AlertEvent], areas: Areas, at: datetime
) -> Reply:
    """Return the messages and corrections that subscriptions would have sent, one on each line, in order of sending."""
    if not subscriptions:
        return reply("This channel has no subscription: try a filter, `/firstseen preview 365d in:Sahel`.")
    messages = list(preview(subscriptions, events, areas, at - timedelta(days), at))
    if not messages:
        return reply(f"Nothing in the last {days} days.")
    last = messages[-_MAX_LINES:]
    title = f"Messages and corrections in the last {days} days: {len(messages)}"
    title += f"; the last {len(last)}:" if len(messages) > len(last) else ""
    return Reply(fitted([line(title), *map(_preview_line, last)]))


def _preview_line(previewed: PreviewedMessage) -> Line:
    return line(Span(utc(previewed.at), at=previewed.at), f" {previewed.action}: {_says(previewed.message)}")


def _says(message: Message) -> str:
    return words(message.card.headline) if message.card else message.text


def explain_alert(events: Sequence[AlertEvent], prefix: str) -> Reply:
    """Return the latest events and the evidence of an alert, given the events of all alerts whose id has a prefix."""
    ids = {event.alert_id for event in events}
    if not ids:
        return reply(line(f"No alert id starts with “{visible(prefix, 60)}”."))
    if len(ids) > 1:
        return reply(line(f"{len(ids)} alert ids start with “{visible(prefix, 60)}”: write more of the id."))
    alert = events[-1]
    evidence = [line(f"• {sighting_line(sighting, visible)}") for sighting in alert.why.sightings]
    return Reply(fitted([line(Span(news(alert), bold=True)), *_history(events), *evidence]))


def _history(events: Sequence[AlertEvent]) -> Iterator[Line]:
    """Yield the state of an alert and its latest events in the words of ``firstseen groups why``."""
    heading, *rest = alert_lines(AlertHistory(tuple(events)), {}, None)
    yield line(visible(heading.text, _LONGEST_LINE))
    starts = [index for index, text in enumerate(rest) if text.depth == 1][-_MAX_EVENTS:]
    for text in rest[starts[0] :]:
        yield line(f"{'    ' * (text.depth - 1)}{visible(text.text, _LONGEST_LINE)}")


def filter_error_reply(error: FilterError, verb: str) -> Reply:
    """Return what is wrong with a filter and the nearest valid command, to copy."""
    wrong = line(f"Not understood: “{visible(error.part, 150)}”. {visible(error.reason, 400)}")
    if error.nearest is None:
        return Reply((wrong,))
    return Reply((wrong, line("Try ", Span(f"/firstseen {verb} {error.nearest}"[:_LONGEST_COMMAND], code=True))))
