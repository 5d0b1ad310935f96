"""The `/firstseen` command in Slack: its text becomes a reply, or a request for data or a change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import partial

from places.areas import Areas
from schemas.names import INVISIBLE
from schemas.subscription import PUSHED_IN_WORDS, Subscriber, Subscription
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import ParsedFilter, parse_filter, rename_groups
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import (
    current_mutes,
    subscribe,
    undefined_areas,
    undefined_areas_warning,
    unsubscribe,
)
from streams.notify.buttons import LONGEST_VALUE, group_answers
from streams.notify.spans import Line, Span, joined, line, with_code
from streams.notify.untrusted_text import visible
from streams.similar_names import Names
from web.slack_app.mutes import mute, mute_lines, unmute
from web.slack_app.replies import Reply, filter_error_reply, filter_span, fitted, reply, undo_line, unknown_group_lines
from web.slack_app.requests import Change, Command, ExplainAlert, OpenReportForm, OpenSubscribeForm, Preview, Request

HELP = (
    "`/firstseen subscribe` asks which alerts this channel wants; `/firstseen list` shows its subscriptions.",
    "`/firstseen preview 30d in:Sahel` shows what was new there; `/firstseen why 1a2b3c4d` explains an alert.",
    "`/firstseen mute group:JNIM 7d` pauses alerts; `/firstseen help more` shows every command, and how to filter.",
)
MORE_HELP = (
    '`/firstseen subscribe group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2`',
    "`/firstseen subscribe in:Sahel OR country:Belgium digest:daily@08:00 Europe/Brussels`",
    "`/firstseen subscribe near:16.27,-0.04,200km`, `province:Borno`, `within:lake-chad`: where the reports are",
    f"`/firstseen subscribe all`: {PUSHED_IN_WORDS}; add `picture` to see what is new now",
    "`/firstseen list` shows the subscriptions of this channel",
    "`/firstseen unsubscribe 2` by its number in the list, or by its filter, or `all`",
    "`/firstseen preview 90d in:Sahel` shows what a filter would have sent; without one, what this channel gets",
    "`/firstseen mute group:JNIM country:Mali 7d` pauses new alerts; you still get corrections to earlier ones",
    "`/firstseen unmute 1` ends a mute, by its number in the list, by its group and country, or `all`",
    "`/firstseen why 1a2b3c4d` shows the history and the evidence of an alert, by the id at the foot of its message",
    "`/firstseen report 1a2b3c4d` reports an error in an alert to the operators",
    "A space means AND, a comma OR, `!` or `-` NOT; `OR` joins whole filters. Names work in any common spelling.",
    "This channel gets the corrections to every alert that it received, even if its filter changes.",
)

_WHICH_ALERT = "Which alert? Write `/firstseen {} 1a2b3c4d` with the id at the foot of the message."
_AROUND = "` \t\n\r\xa0" + "".join(map(chr, INVISIBLE))
"""Characters around a copied command: the marks of code in Slack, spaces, and invisible characters."""
_VERBS = ("subscribe", "unsubscribe", "list", "preview", "mute", "unmute", "why", "report", "help")
_MAX_PREVIEW_DAYS = 3660
_DEFAULT_PREVIEW_DAYS = 365


def parse_command(command: Command, areas: Areas, known: Names | None = None) -> Reply | Request:
    """Return what a command asks for, or the reply if no data is needed.

    ``known`` holds the names of all known groups. A subscription to another group is answered with a question, a mute
    of another with a warning. None: any name is accepted.
    """
    verb, rest = _first_word(unescape(command.text).strip(_AROUND))
    match verb.lower():
        case "subscribe":
            return _subscribe(command, rest, areas, known) if rest else OpenSubscribeForm()
        case "unsubscribe":
            return _unsubscribe(command, rest, areas)
        case "list":
            return Change(partial(_list, areas=areas, at=command.at))
        case "preview":
            return _preview(rest, areas)
        case "mute":
            return mute(command, rest, areas, known)
        case "unmute":
            return unmute(command, rest, areas)
        case "why":
            return ExplainAlert(rest.split()[0]) if rest else reply(_WHICH_ALERT.format("why"))
        case "report":
            return OpenReportForm(rest.split()[0]) if rest else reply(_WHICH_ALERT.format("report"))
        case "" | "help":
            return help_reply(command.page, everything=bool(rest))
    return reply(
        line(f"“{visible(verb, 100)}” is not a command.", *_meant(verb.lower())),
        line(f"The commands are {', '.join(_VERBS[:-1])} and {_VERBS[-1]}."),
        *_page_line(command.page),
    )


def _first_word(text: str) -> tuple[str, str]:
    """Return the first word and the rest. Any white space may separate them, because copied text has other kinds."""
    first, *rest = text.split(maxsplit=1) or [""]
    return first, rest[0].strip(_AROUND) if rest else ""


def help_reply(page: str | None, *, everything: bool = False) -> Reply:
    """Return the most important commands, or all of them; ``page`` is the address of the web page."""
    return reply(*(MORE_HELP if everything else HELP), *_page_line(page))


def _meant(verb: str) -> Line:
    near = get_close_matches(verb, _VERBS, n=1)
    return line(" Did you mean ", Span(f"/firstseen {near[0]}", code=True), "?") if near else ()


def _page_line(page: str | None) -> list[Line]:
    shows = "The page shows the map of any day, each group, what changed, and downloads: "
    return [line(shows, Span(page, url=page))] if page else []


def unescape(text: str) -> str:
    """Return a text as the user typed it: Slack escapes three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escape_as_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _subscribe(command: Command, text: str, areas: Areas, known: Names | None) -> Reply | Change:
    """Return what a filter asks for, ``picture`` after it included; ``all`` stands for an empty filter."""
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
        warnings += unknown_group_lines(parsed.unknown_groups)
        after = subscribe(before, command.channel, subscription, command.user, command.at)
        undo = undo_line(f"unsubscribe {after.subscriptions.index(subscription) + 1}")
        return after, reply(text, *warnings, undo, in_channel=True)

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
    lines = (*unknown_group_lines(parsed.unknown_groups), line("Nothing is subscribed yet: which do you mean?"))
    names = [group.name for group in parsed.unknown_groups]
    return Reply(lines, actions=group_answers(list(similar.values()), names, instead, keep))


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
            return before, Reply((question, *_listed(before, areas, command.at)))
        after = unsubscribe(before, removed, command.user, command.at)
        return after, unsubscribed(removed)

    return Change(decide)


def unsubscribed(removed: Sequence[Subscription]) -> Reply:
    """Return the reply that a channel no longer has some subscriptions, and how to undo the removal of one."""
    filters = joined([line(filter_span(subscription)) for subscription in removed], ", ")
    undo = [undo_line(f"subscribe {format_filter(each) or 'all'}") for each in removed] if len(removed) == 1 else []
    return reply(line("Unsubscribed this channel from ", *filters, "."), *undo, in_channel=True)


def _list(before: Subscriber | None, areas: Areas, at: datetime) -> tuple[Subscriber | None, Reply]:
    if before is None:
        return None, reply("This channel has no subscription. `/firstseen subscribe` adds one.")
    return before, Reply(_listed(before, areas, at))


def _listed(subscriber: Subscriber, areas: Areas, at: datetime) -> tuple[Line, ...]:
    lines: list[Line] = []
    for number, subscription in enumerate(subscriber.subscriptions, 1):
        lines.append(line(f"{number}. ", filter_span(subscription)))
        if undefined := undefined_areas(subscription, areas):
            lines.append(line(undefined_areas_warning(undefined)))
    return fitted([*lines, *mute_lines(current_mutes(subscriber, at))])


def _preview(rest: str, areas: Areas) -> Reply | Preview:
    first, text = _first_word(rest)
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
