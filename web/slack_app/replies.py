"""Replies of the Slack app: lines of literal text, and perhaps buttons. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.subscription import PUSHED_IN_WORDS, Subscription
from streams.dispatch.filters.errors import FilterError, UnknownGroup
from streams.dispatch.filters.printer import format_filter
from streams.notify.buttons import Block
from streams.notify.spans import Line, Span, line, mrkdwn, rich_text, with_code, words
from streams.notify.untrusted_text import visible

_LONGEST = 2900
"""UTF-16 units of a reply, approximately. Few people read more, and Slack rejects blocks far beyond it."""
_LONGEST_FILTER = 600
_LONGEST_COMMAND = 600
_MAX_UNKNOWN_GROUPS = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command or a click."""

    lines: tuple[Line, ...]
    in_channel: bool = False
    """True: everybody in the channel sees it; False: only the user does."""
    actions: Block | None = None
    """Buttons under the text."""

    @property
    def text(self) -> str:
        """The reply in ``mrkdwn``, for notifications and screen readers."""
        return mrkdwn(self.lines)

    @property
    def blocks(self) -> list[Block]:
        """The reply as Slack shows it."""
        return [rich_text(self.lines), *([self.actions] if self.actions else [])]


def reply(*lines: str | Line, in_channel: bool = False) -> Reply:
    """Return a reply; a text of ours may have code between backticks."""
    return Reply(tuple(with_code(each) if isinstance(each, str) else each for each in lines), in_channel)


def fitted(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return as many lines as one reply shows, and how many were left out."""
    kept: list[Line] = []
    room = _LONGEST
    for each in lines:
        room -= len(words(each)) + 1
        if room < 0:
            return (*kept, line(f"and {len(lines) - len(kept)} more"))
        kept.append(each)
    return tuple(kept)


def undo_line(command: str) -> Line:
    """Return how to undo what a reply reports; nothing if the command is too long to copy."""
    return line("Undo it: ", Span(f"/firstseen {command}", code=True)) if len(command) <= _LONGEST_COMMAND else ()


def filter_span(subscription: Subscription) -> Span:
    """Return the filter of a subscription, as a user would type it."""
    text = format_filter(subscription)
    return Span(text[:_LONGEST_FILTER], code=True) if text else Span(PUSHED_IN_WORDS)


def unknown_group_lines(groups: Sequence[UnknownGroup]) -> list[Line]:
    """Return what is wrong with the names of some groups that are not known."""
    lines = [line(visible(group.sentence, 300)) for group in groups[:_MAX_UNKNOWN_GROUPS]]
    more = len(groups) - len(lines)
    return [*lines, line(f"{more} more groups are not known.")] if more else lines


def filter_error_reply(error: FilterError, verb: str) -> Reply:
    """Return what is wrong with a filter and the nearest valid command, to copy."""
    wrong = line(f"Not understood: “{visible(error.part, 150)}”. {visible(error.reason, 400)}")
    if error.nearest is None:
        return Reply((wrong,))
    return Reply((wrong, line("Try ", Span(f"/firstseen {verb} {error.nearest}"[:_LONGEST_COMMAND], code=True))))
