"""Reports checked rows in words or as JSON, and counts them by outcome and reason.

Comes from :mod:`firstseen.publishing.row_checks`; ``publish``, ``validate`` and ``replay`` print the result.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from firstseen.importers.rows import Imported
from firstseen.publishing.row_checks import CheckedRow, Outcome
from places.countries import country_name
from schemas.days import format_days
from schemas.labels import counted
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.affiliations import Groups
from streams.intake.check import Location, locate
from streams.presence.policy import Policy
from streams.presence.qualification import UNGRADED, grade_of, qualifies_alone

_WEAK = (
    "Rows that cannot alert on their own: {weak}. They have no grade, or one below {threshold}. Add a grade, such "
    "as `grade: {{value: B2}}` in the mapping of a table, or {setting}. Otherwise a second origin has to report the "
    "same."
)
_CORRECT = (
    "A correction needs a higher revision: put it in a column of the table and map that column, `revision: HEADING`; "
    "or set `revision: {value: 2}` in the mapping, for all rows."
)
_OLD = "Rows that began more than {horizon} ago: {old}. They are recorded without alerting."


class Tally:
    """Counts checked rows by outcome and reason."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._policy, self._today = policy, today
        self.outcomes = Counter[str]()
        self._reasons = Counter[tuple[str, str]]()
        self._weak = 0
        self._old = 0

    def count(self, checked: CheckedRow) -> None:
        """Count a row."""
        self.outcomes[checked.outcome] += 1
        if checked.reason:
            self._reasons[checked.outcome, checked.reason] += 1
        if (sighting := checked.sighting) and not sighting.retracted and not sighting.test:
            self._weak += not qualifies_alone(sighting, self._policy)
            self._old += is_history(sighting, self._policy, self._today)

    def summary(self) -> str:
        """Return a line for each reason, the most frequent first, and the rows that do not alert on their own."""
        lines = [
            f"\n{count:8,} {outcome.replace('_', ' ')}: {reason}"
            for outcome in ("rejected", "left_out")
            for (outcome_of_reason, reason), count in self._reasons.most_common()
            if outcome_of_reason == outcome
        ]
        policy, setting = self._policy, "grade their source in FIRSTSEEN_SOURCE_GRADES"
        if self._weak:
            lines.append("\n" + _WEAK.format(weak=f"{self._weak:,}", threshold=policy.threshold, setting=setting))
        if self._old:
            lines.append("\n" + _OLD.format(old=f"{self._old:,}", horizon=counted(policy.horizon_days, "day")))
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class RowReport:
    """The outcome of a row of a file."""

    file: str
    line: int
    """Number of the line or row, counted from 1."""
    verdict: Outcome
    reason: str | None
    detail: str | None
    """What is wrong, in a sentence."""
    suggestions: tuple[str, ...]
    """What may have been meant."""
    sighting: dict[str, Any] | None
    """The sighting as it would be sent; None for a row that cannot be read as a sighting."""

    @classmethod
    def of(cls, checked: CheckedRow) -> RowReport:
        """Return the report of a checked row."""
        row = checked.row
        return cls(
            checked.file,
            checked.line,
            checked.outcome,
            checked.reason,
            checked.detail,
            checked.suggestions,
            row.sighting if isinstance(row, Imported) else None,
        )


def problem(checked: CheckedRow, *, by_map: bool = False) -> str:
    """Return where a row was rejected and why, and on a second line what to do unless the reason says it.

    ``by_map``: a mapping reads the row, so a revision is set there.
    """
    remedy = _CORRECT if by_map and checked.reason == Reason.CONFLICT else checked.remedy
    advice = f"\n    {remedy}" if remedy else ""
    return f"{checked.file}, line {checked.line}: {checked.sentence}{advice}"


def describe_row(checked: CheckedRow, groups: Groups, policy: Policy, today: date) -> str:
    """Return how a row is read: group, country, days, and whether it can alert; or why it is not sent."""
    sighting = checked.sighting
    if sighting is None:
        return checked.sentence if checked.outcome == "rejected" else f"{checked.reason}"
    if sighting.retracted:
        return f"withdraws {sighting.id!r}"
    name = sighting.group or ""
    registered = groups.by_id.get(groups.resolve(name))
    group = f"{name} -> {registered.id}" if registered and registered.id != name else name
    located = locate(sighting)
    place = "no country"
    if isinstance(located, Location):
        doubt = f" (in doubt: {located.doubt})" if located.doubt else ""
        place = f"{country_name(located.country)} ({located.country}), {located.region}{doubt}"
    days = format_days(sighting.occurred) if sighting.occurred else ""
    some_day = " (on one of these days)" if sighting.precision == "some_day" else ""
    return f"{sighting.id}: {group}; {place}; {days}{some_day}; {_alerts(sighting, policy, today)}"


def is_history(sighting: Sighting, policy: Policy, today: date) -> bool:
    """Whether a sighting that arrives today is too old to alert."""
    if sighting.occurred is None:
        return False
    first = sighting.occurred.first_day
    begins_by = sighting.occurred.last_day if sighting.precision == "some_day" else sighting.occurred.begins_by
    return sighting.archival or (today - min(begins_by, max(first, today))).days > policy.horizon_days


def _alerts(sighting: Sighting, policy: Policy, today: date) -> str:
    if sighting.test:
        return "a test, not counted as evidence"
    grade = grade_of(sighting, policy)
    label = "no grade" if grade == UNGRADED and sighting.grade is None else f"grade {grade}"
    if is_history(sighting, policy, today):
        return f"{label}, too old to alert"
    if qualifies_alone(sighting, policy):
        return f"{label}, can alert"
    return f"{label}, cannot alert on its own"
