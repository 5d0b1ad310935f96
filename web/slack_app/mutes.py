"""Mutes in Slack: what `/firstseen mute`, `/firstseen unmute` and the form under an alert change and reply. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from places.areas import Areas
from places.countries import country_in_text
from schemas.subscription import Mute, Subscriber
from streams.dispatch.filters.errors import FilterError, unknown_groups
from streams.dispatch.filters.mutes import find_mutes, name_of_mute, parse_mute
from streams.dispatch.subscribers import add_mute, current_mutes, remove_mutes
from streams.notify.spans import Line, Span, joined, line, utc, with_code
from streams.notify.untrusted_text import visible
from streams.similar_names import Names
from web.slack_app.replies import Reply, filter_error_reply, reply, undo_line, unknown_group_lines
from web.slack_app.requests import Change, Command

_LONGEST_REASON = 400
_NO_MUTE = "This channel has no mute."


def mute(command: Command, text: str, areas: Areas, known: Names | None) -> Reply | Change:
    """Return what a mute asks for; ``known`` as in :func:`web.slack_app.commands.parse_command`."""
    wanted = parse_mute(text, command.at, areas)
    if isinstance(wanted, FilterError):
        return filter_error_reply(wanted, "mute")
    unknown = tuple(unknown_groups([wanted.group] if wanted.group else [], known))

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        after, answer = mute_channel(before, wanted, command.user, command.at)
        return after, replace(answer, lines=(*answer.lines, *unknown_group_lines(unknown)))

    return Change(decide)


def mute_channel(
    before: Subscriber | None, new: Mute, user: str, at: datetime, reason: str = ""
) -> tuple[Subscriber | None, Reply]:
    """Return the channel's row with a mute, and the reply; ``reason`` is what the user gave."""
    if before is None:
        return None, reply("This channel has no subscription, so there is nothing to mute.")
    until = Span(utc(new.until), at=new.until)
    text = line("Muted until ", until, f": {_subject(new)}. You still get corrections to earlier alerts.")
    why = [line(f"Reason: {visible(reason, _LONGEST_REASON)}")] if reason.strip() else []
    after = add_mute(before, new, user, at)
    undo = undo_line(f"unmute {name_of_mute(new, after.mutes)}")
    return after, reply(text, *why, undo, in_channel=True)


def unmute(command: Command, text: str, areas: Areas) -> Reply | Change:
    """Return the change that ends mutes: by number in the list, by group and country, or ``all``."""
    if isinstance(wrong := find_mutes((), text, command.at, areas), FilterError):
        return filter_error_reply(wrong, "unmute")

    def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
        mutes = current_mutes(before, command.at) if before else ()
        if before is None or not mutes:
            return before, reply(_NO_MUTE)
        return end_mutes(before, find_mutes(mutes, text, command.at, areas), command.user, command.at)

    return Change(decide)


def end_mutes(
    before: Subscriber, ended: tuple[Mute, ...] | FilterError, user: str, at: datetime
) -> tuple[Subscriber, Reply]:
    """Return the channel's row without some mutes, and the reply; if there are none, it asks which."""
    if not ended or isinstance(ended, FilterError):
        question = with_code("Which one? Write its number in this list, or `all`.")
        return before, Reply((question, *mute_lines(current_mutes(before, at))))
    subjects = joined([line(_subject(each)) for each in ended], ", ")
    text = line("No longer muted: ", *subjects, ". Alerts that were raised meanwhile are not sent.")
    return remove_mutes(before, ended, user, at), reply(text, in_channel=True)


def mute_lines(mutes: Sequence[Mute]) -> tuple[Line, ...]:
    """Return mutes with their numbers, one on each line."""
    return tuple(
        line(f"Mute {number}, until ", Span(utc(each.until), at=each.until), f": {_subject(each)}")
        for number, each in enumerate(mutes, 1)
    )


def _subject(muted: Mute) -> str:
    group = visible(muted.group, 150) if muted.group else "every group"
    return f"{group} in {country_in_text(muted.country)}" if muted.country else group
