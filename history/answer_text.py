"""An explanation in plain words, line by line: the answer, then each episode with its evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from history.explain import Explanation, Part, Sighted
from history.revisions import Revision, belongs_in_words
from history.text import MOST_LINES, Line, alert_lines, instant, revision_lines
from places.regions import country_name
from schemas.days import Gap, days_in_words
from schemas.evidence import Evidence
from schemas.labels import KINDS, counted, origins_in_words
from schemas.names import comparable
from streams.notify.mrkdwn import clean
from streams.presence.policy import Policy
from streams.presence.qualification import UNGRADED, days_near, origin_of


class Answer:
    """Puts one explanation into words."""

    def __init__(
        self, told: Explanation, revised: Sequence[Revision], policy: Policy, *, really: bool, everything: bool
    ) -> None:
        """Take all revisions of the log. ``really`` False: nobody was told; ``everything`` False: lists are cut."""
        self._told = told
        self._revised = revised
        self._policy = policy
        self._really = really
        self._most = None if everything else MOST_LINES
        self._where = country_name(told.country)

    def lines(self) -> Iterator[Line]:
        """Yield the answer in one sentence, then episodes, candidates, alerts and revisions."""
        yield Line(self.answer(), style="bold")
        if self._told.names:
            yield Line(f"Also called: {', '.join(map(clean, self._told.names))}.", style="dim")
        for number, part in enumerate(self._told.episodes, start=1):
            yield from self._part(f"Episode {number}", part)
        for part in self._told.candidates:
            yield from self._part("Candidate, not proved", part)
        yield from alert_lines(self._told, self._revised, self._most, really=self._really)
        yield from revision_lines(self._told, self._most)

    def answer(self) -> str:
        """Return the one sentence that answers."""
        group, episodes, candidates = clean(self._told.group), self._told.episodes, self._told.candidates
        if not episodes and not candidates:
            return (
                f"{group} is no longer on record in {self._where}: nothing that was reported of it there still counts."
            )
        if not episodes:
            begin, end = candidates[0].appearance, candidates[-1].appearance
            days = days_in_words(begin.first_day, end.last_day, begin.begins_by, end.ends_from)
            return f"{group} is not proved to have been in {self._where}: it is a candidate, seen {days}."
        first, last = episodes[0], episodes[-1]
        by = first.begins.by_affiliation
        through = f", by affiliation: {', '.join(map(clean, by))}" if by else ""
        doubt = " It is in doubt." if first.begins.doubts else ""
        return (
            f"{group} is on record in {self._where} since {first.appearance.begins}{through}. "
            f"Last seen {last.appearance.ends}; {counted(len(episodes), 'episode')}.{doubt}"
        )

    def _part(self, title: str, part: Part) -> Iterator[Line]:
        about = part.appearance
        yield Line("")
        yield Line(f"{title}: {KINDS[about.kind].noun}, {about.days}", style="bold")
        yield Line(self._why_kind(part), 1)
        if part.begins.by_affiliation:
            factions = ", ".join(map(clean, part.begins.by_affiliation))
            yield Line(
                f"By affiliation: at its beginning {factions} was seen, not {clean(self._told.group)} itself.", 1
            )
        for doubt in part.begins.doubts:
            yield Line(f"In doubt: {clean(doubt)}.", 1)
        own = [*part.opening, *part.rest]
        attested = f"{counted(len(own), 'sighting')} of {origins_in_words(part.origins)}"
        yield Line(f"{attested}{'' if about.status == 'confirmed' else ', and none proves it'}.", 1)
        yield Line(self._told_or_not(part), 1)
        yield Line("Its beginning is attested by:" if about.status == "confirmed" else "Seen by:", 1)
        yield from self._evidence(part.opening)
        if part.rest and self._most is None:
            yield Line("Later:", 1)
            yield from self._evidence(part.rest)
        elif part.rest:
            yield Line(f"and {len(part.rest):,} more up to {about.ends} (--all shows them)", 2, "dim")
        if part.unproved:
            yield Line(f"{counted(len(part.unproved), 'more sighting')} at that time, not counted as proof:", 1)
            yield from self._evidence(part.unproved, self._most)

    def _why_kind(self, part: Part) -> str:
        about, group = part.appearance, clean(self._told.group)
        proved = about.status == "confirmed"
        why = f"{'Why' if proved else 'Would be a'} {KINDS[about.kind].noun}"
        gap = about.gap
        if gap is None:
            return f"{why}: nothing earlier of {group} in {self._where} is {'on record' if proved else 'proved'}."
        return f"{why}: {gap.in_words} after the last day before, {about.previous}; {self._rule(gap)}."

    def _rule(self, gap: Gap) -> str:
        window, dormancy = self._policy.window_days, self._policy.dormancy_days
        if gap.least > dormancy:
            return f"more than {dormancy} days"
        if gap.most > dormancy:
            return f"it may be a re-emergence, after more than {dormancy} days, but that is not certain"
        if gap.least <= window:
            return f"it may be one episode with it, within {window} days, but that is not certain"
        return f"more than {window} and at most {dormancy} days"

    def _told_or_not(self, part: Part) -> str:
        several = len(part.alerts) > 1
        named = f"{'Alerts' if several else 'Alert'} {' and '.join(alert[:8] for alert in part.alerts)}"
        match part.telling:
            case "told" if part.appearance.status == "candidate":
                return f"{named} shows it to those who ask for candidates; nobody else is told."
            case "told":
                return f"{named} {'tell' if several else 'tells'} of it: see below."
            case "superseded":
                was = "were" if several else "was"
                return f"{named} told of it, and {was} superseded by what became known later: see below."
            case "retracted":
                return f"{named} told of it, and {'were' if several else 'was'} retracted: see below."
            case "archival":
                return "No alert: it is known from archives only, which are history."
            case "history":
                return self._too_late(part)
            case "unclear" if part.appearance.status == "candidate":
                return "No alert stands for it."
            case "unclear":
                return "No alert: when it came to be known, it was no news, or part of what had been told."

    def _too_late(self, part: Part) -> str:
        first = min((*part.opening, *part.rest), key=lambda one: one.evidence.arrived).evidence
        arrived, first_day, begins_by = first.arrived.date(), part.appearance.first_day, part.begins.begins_by
        late = (arrived - begins_by).days
        at_least = "at least " if begins_by != first_day else ""
        early = f"{(first_day - arrived).days:,} days before its first day"
        when = f"{at_least}{late:,} days after it began" if late >= 0 else early
        return (
            f"No alert: the first report of it arrived on {arrived}, {when}; after more than "
            f"{self._policy.horizon_days} days it is history."
        )

    def _evidence(self, sighted: Sequence[Sighted], most: int | None = None) -> Iterator[Line]:
        for one in sighted[:most]:
            yield from self._sighting(one)
        if most is not None and len(sighted) > most:
            yield Line(f"and {len(sighted) - most:,} more (--all shows them)", 2, "dim")

    def _sighting(self, one: Sighted) -> Iterator[Line]:
        seen = one.evidence
        yield Line(f"{seen.days}  {clean(seen.title or '') or 'without a title'}", 2)
        place = ", ".join(clean(part) for part in (seen.place, seen.admin1) if part)
        origin = _origin_in_words(seen)
        kind = seen.kind if seen.kind != "other" else ""
        other_name = comparable(seen.group) != comparable(one.member)
        group = f"{clean(one.member)}{f' as {clean(seen.group)}' if other_name else ''}"
        about = (f"{clean(seen.source)}/{clean(seen.id)}", origin, kind, group, place)
        yield Line(" · ".join(filter(None, about)), 3, "dim")
        if seen.url:
            yield Line(clean(seen.url), 3, "dim")
        yield Line(self._proof(one), 3, "dim" if one.qualifies else "yellow")
        for step in one.belongings:
            belongs = clean(belongs_in_words(step.affiliation))
            yield Line(f"Counts by affiliation: {clean(step.group)} {belongs}.", 3, "dim")
        if seen.doubt:
            yield Line(f"In doubt: {clean(seen.doubt)}.", 3, "yellow")
        revision = f" (revision {seen.revision})" if seen.revision > 1 else ""
        archival = ", from an archive" if seen.archival else ""
        yield Line(f"Arrived {instant(seen.arrived)}{revision}{archival}", 3, "dim")

    def _proof(self, one: Sighted) -> str:
        threshold, hours = self._policy.threshold, self._policy.corroboration_days * 24
        graded = {
            "sighting": f"Grade {one.grade}",
            "source": f"Grade {one.grade} (none of its own: that of its source)",
            "nobody": f"No grade, which counts as {UNGRADED}",
        }[one.graded_by]
        if one.alone:
            return f"{graded}: proves alone, as {threshold} or better does."
        weak = f"{graded}: does not prove alone"
        if one.corroborated_by:
            other = one.corroborated_by
            named = clean(other.reported_by or other.source)
            known = all(seen.begins_by == seen.first_day for seen in (one.evidence, other))
            how = f"within {hours} hours" if known else f"whose days begin within {hours} hours of these"
            return (
                f"{weak}, but corroborated by another origin {how}: {named}, {other.days} "
                f"({clean(other.source)}/{clean(other.id)})."
            )
        near = days_near(one.evidence.first_day, self._policy)
        needed = "a second origin that tells" if origin_of(one.evidence) else "two origins that are named and tell"
        return (
            f"{weak}. It would count with a grade of {threshold} or better, or with {needed} of "
            f"something which begins from {near[0]} to {near[-1]}."
        )


def _origin_in_words(seen: Evidence) -> str:
    if seen.reported_by:
        return f"origin {clean(seen.reported_by)}"
    if origin_of(seen) is None:
        return f'no origin named ("{clean(seen.origin or seen.source)}")'
    return "origin not stated, so its source counts as one"
