"""The verdicts on rows in words, or as JSON, and how many of each kind there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import orjson

from firstseen.importers.rows import Imported
from firstseen.verdicts import Verdict
from places.regions import country_name
from schemas.days import format_days
from streams.intake.place import Located, locate
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy
from streams.presence.qualifying import grade_of, proves_alone

_WEAK = (
    "Graded below {threshold}, or not at all: {weak} of them. Alone these are candidates and alert nobody. Give each "
    "its `grade`, or its source one in FIRSTSEEN_SOURCE_GRADES."
)


class Tally:
    """Counts verdicts by word and reason."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.words = Counter[str]()
        self._reasons = Counter[tuple[str, str]]()
        self._weak = 0

    def count(self, verdict: Verdict) -> None:
        """Count one."""
        self.words[verdict.word] += 1
        if verdict.reason:
            self._reasons[verdict.word, verdict.reason] += 1
        if (sighting := verdict.sighting) and not sighting.retracted and not sighting.test:
            self._weak += not proves_alone(sighting, self._policy)

    def reasons(self, words: Callable[[str], str]) -> str:
        """List the reasons, the most frequent first, each on a line of its own; and say what proves nothing alone."""
        lines = [
            f"\n{count:8,} {words(word)}: {reason}"
            for word in ("rejected", "left_out")
            for (kind, reason), count in self._reasons.most_common()
            if kind == word
        ]
        weak = f"\n{_WEAK.format(weak=self._weak, threshold=self._policy.threshold)}" if self._weak else ""
        return "".join(lines) + weak


def as_json(verdict: Verdict, *, with_file: bool) -> str:
    """Write a verdict as a line of JSON."""
    said: dict[str, object] = {"file": verdict.file} if with_file else {}
    said |= {"line": verdict.line, "verdict": verdict.word, "reason": verdict.reason, "detail": verdict.detail}
    if verdict.suggestions:
        said["suggestions"] = list(verdict.suggestions)
    row = verdict.row
    return orjson.dumps({**said, "sighting": row.sighting if isinstance(row, Imported) else None}).decode()


def problem(verdict: Verdict) -> str:
    """Say where a row is refused, why, and on a second line what to do, unless the reason says it."""
    cure = f"\n    {verdict.remedy}" if verdict.remedy else ""
    return f"{verdict.file}, line {verdict.line}: {verdict.sentence}{cure}"


def becomes(verdict: Verdict, groups: Groups, policy: Policy) -> str:
    """Say what a row is read as: its group as known, its country, its days, and whether it proves alone; or why not."""
    sighting = verdict.sighting
    if sighting is None:
        return verdict.sentence
    if sighting.retracted:
        return f"takes back {sighting.id!r}"
    name = sighting.group or ""
    known = groups.by_id.get(groups.resolve(name))
    group = f"{name} -> {known.id}" if known and known.id != name else name
    located = locate(sighting)
    place = "nowhere"
    if isinstance(located, Located):
        doubt = f" (in doubt: {located.doubt})" if located.doubt else ""
        place = f"{country_name(located.country)} ({located.country}), {located.region}{doubt}"
    days = format_days(sighting.occurred) if sighting.occurred else ""
    some_day = " (some day of these)" if sighting.precision == "some_day" else ""
    if sighting.test:
        proof = "a test, which is no evidence"
    else:
        alone = "proves it alone" if proves_alone(sighting, policy) else "proves nothing alone"
        proof = f"{grade_of(sighting, policy)} {alone}"
    return f"{sighting.id}: {group}; {place}; {days}{some_day}; {proof}"
