"""The verdicts on rows in words, or as JSON, and how many of each kind there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import orjson

from firstseen.importers.rows import Imported
from firstseen.publishing.checks import CheckedRow
from places.regions import country_name
from schemas.days import format_days
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.locate import Location, locate
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy
from streams.presence.qualification import UNGRADED, grade_of, proves_alone

_WEAK = (
    "{weak} of them alone alert NOBODY: they have no grade, or one below {threshold}. Give them one, such as "
    "`grade: {{value: B2}}` in the mapping of a table, or {setting}; or two origins have to tell the same."
)
_CORRECT = (
    "A correction has a higher revision: write it in a column of the table and name that in the mapping, "
    "`revision: HEADING`; or say `revision: {value: 2}` there, for all rows."
)
_OLD = "{old} of them began more than {horizon} days ago: they become history, and alert nobody."


class Tally:
    """Counts verdicts by word and reason."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._policy, self._today = policy, today
        self.words = Counter[str]()
        self._reasons = Counter[tuple[str, str]]()
        self._weak = 0
        self._old = 0

    def count(self, checked: CheckedRow) -> None:
        """Count one."""
        self.words[checked.outcome] += 1
        if checked.reason:
            self._reasons[checked.outcome, checked.reason] += 1
        if (sighting := checked.sighting) and not sighting.retracted and not sighting.test:
            self._weak += not proves_alone(sighting, self._policy)
            self._old += is_history(sighting, self._policy, self._today)

    def reasons(self, words: Callable[[str], str]) -> str:
        """List the reasons, the most frequent first, each on a line of its own; and say what proves nothing alone."""
        lines = [
            f"\n{count:8,} {words(word)}: {reason}"
            for word in ("rejected", "left_out")
            for (kind, reason), count in self._reasons.most_common()
            if kind == word
        ]
        policy, setting = self._policy, "its source one in FIRSTSEEN_SOURCE_GRADES"
        if self._weak:
            lines.append("\n" + _WEAK.format(weak=f"{self._weak:,}", threshold=policy.threshold, setting=setting))
        if self._old:
            lines.append("\n" + _OLD.format(old=f"{self._old:,}", horizon=policy.horizon_days))
        return "".join(lines)


def as_json(checked: CheckedRow, *, with_file: bool) -> str:
    """Write a verdict as a line of JSON."""
    said: dict[str, object] = {"file": checked.file} if with_file else {}
    said |= {"line": checked.line, "verdict": checked.outcome, "reason": checked.reason, "detail": checked.detail}
    if checked.suggestions:
        said["suggestions"] = list(checked.suggestions)
    row = checked.row
    return orjson.dumps({**said, "sighting": row.sighting if isinstance(row, Imported) else None}).decode()


def problem(checked: CheckedRow, *, by_map: bool = False) -> str:
    """Say where a row is refused, why, and on a second line what to do, unless the reason says it.

    ``by_map``: a mapping reads it, and is where a revision is given.
    """
    remedy = _CORRECT if by_map and checked.reason == Reason.CONFLICT else checked.remedy
    cure = f"\n    {remedy}" if remedy else ""
    return f"{checked.file}, line {checked.line}: {checked.sentence}{cure}"


def describe_row(checked: CheckedRow, groups: Groups, policy: Policy, today: date) -> str:
    """Say what a row is read as: its group as known, its country, its days, and whether it may alert; or why not."""
    sighting = checked.sighting
    if sighting is None:
        return checked.sentence if checked.outcome == "rejected" else f"{checked.reason}"
    if sighting.retracted:
        return f"takes back {sighting.id!r}"
    name = sighting.group or ""
    known = groups.by_id.get(groups.resolve(name))
    group = f"{name} -> {known.id}" if known and known.id != name else name
    located = locate(sighting)
    place = "nowhere"
    if isinstance(located, Location):
        doubt = f" (in doubt: {located.doubt})" if located.doubt else ""
        place = f"{country_name(located.country)} ({located.country}), {located.region}{doubt}"
    days = format_days(sighting.occurred) if sighting.occurred else ""
    some_day = " (some day of these)" if sighting.precision == "some_day" else ""
    return f"{sighting.id}: {group}; {place}; {days}{some_day}; {_may_alert(sighting, policy, today)}"


def is_history(sighting: Sighting, policy: Policy, today: date) -> bool:
    """Whether what a sighting tells of is too old to alert if it arrives today."""
    if sighting.occurred is None:
        return False
    first = sighting.occurred.first_day
    begins_by = sighting.occurred.last_day if sighting.precision == "some_day" else sighting.occurred.begins_by
    return sighting.archival or (today - min(begins_by, max(first, today))).days > policy.horizon_days


def _may_alert(sighting: Sighting, policy: Policy, today: date) -> str:
    if sighting.test:
        return "a test, which is no evidence"
    grade = grade_of(sighting, policy)
    said = "no grade" if grade == UNGRADED and sighting.grade is None else grade
    if is_history(sighting, policy, today):
        return f"{said}, history: it alerts nobody"
    if proves_alone(sighting, policy):
        return f"{said}, may alert"
    return f"{said}, alone it alerts nobody"
