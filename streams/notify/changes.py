"""What changed in an alert since it was told, as Slack shows it: old values struck, new ones, and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schemas.alert import AlertChange, Cause
from schemas.delivery import Correction
from schemas.evidence import Evidence
from streams.notify.labels import FIELDS, contradicts, value_in_words
from streams.notify.mrkdwn import clean, escape

_VALUE, _NAME, _TITLE = 120, 120, 200
_MOST_GROUPS = 3

_HAPPENED = {"reported": "was reported", "corrected": "was corrected", "withdrawn": "was withdrawn"}


def correction_paragraphs(corrections: Sequence[Correction]) -> Iterator[str]:
    """Yield a paragraph for each correction, the latest first."""
    for one in reversed(corrections):
        head = f"*{'Corrected' if contradicts(one.changes) else 'Updated'} {one.at:%Y-%m-%d %H:%M} UTC*"
        yield "\n".join((head, *change_lines(one.changes), reason_line(one.cause)))


def change_lines(changes: Iterable[AlertChange]) -> Iterator[str]:
    """Yield a line for each change."""
    for change in changes:
        old, new = (escape(value_in_words(change, value), _VALUE) or "none" for value in (change.old, change.new))
        yield f"{FIELDS[change.what]}: ~{old}~ → {new}"


def reason_line(cause: Cause) -> str:
    """Return what made it so, in one line."""
    if cause.sighting is None or cause.what == "groups":
        names = [escape(name, _NAME) for name in cause.groups if clean(name)]
        rest = len(names) - len(names[:_MOST_GROUPS]) + cause.more_groups
        more = f" and {rest} more" if rest else ""
        return f"Because what is known of {', '.join(names[:_MOST_GROUPS]) or 'its groups'}{more} changed."
    return f"Because a sighting {_HAPPENED[cause.what]}: {_named(cause.sighting)}"


def _named(seen: Evidence) -> str:
    title = f", “{escape(seen.title, _TITLE)}”" if seen.title and clean(seen.title) else ""
    return f"{escape(seen.key, _NAME)} of {seen.days}{title}"
