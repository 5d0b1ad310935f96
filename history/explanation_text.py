"""Puts an explanation into words: the answer first, then episodes with their evidence, alerts and revisions. Pure.

Comes from :mod:`history.explain`. ``firstseen groups why`` prints all lines; :func:`alert_lines` serves a single alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from history.explain import AlertHistory, EpisodeExplanation, Explanation, SightingExplanation
from history.revisions import Revision, affiliation_in_words, causes_of, sighting_differences
from places.countries import country_in_text
from schemas.alert import AlertChange, AlertEvent
from schemas.days import Gap, days_in_words
from schemas.evidence import Evidence
from schemas.labels import ALERT_FIELDS, CAUSES, KINDS, STATUSES, counted, join_words, origins_in_words, time_in_words
from schemas.names import comparable
from streams.notify.phrases import (
    DaysOf,
    cause_in_words,
    groups_in_words,
    iso_days,
    place_in_text,
    sighting_reference,
    value_in_words,
)
from streams.notify.untrusted_text import clean
from streams.presence.policy import Policy
from streams.presence.qualification import UNGRADED, days_near, origin_of

MAX_LINES = 10
"""A longer list is shortened to this many entries, unless all are asked for."""

Regroupings = Mapping[datetime, Revision]
"""Changes of groups by arrival, for the details of events that they caused."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    text: str
    depth: int = 0
    """Levels of indentation."""
    style: str = ""
    """For Rich: bold, dim, yellow."""


def explanation_lines(
    explanation: Explanation, revisions: Iterable[Revision], policy: Policy, *, live: bool, show_all: bool
) -> Iterator[Line]:
    """Yield the answer in one sentence, then episodes, candidates, alerts, revisions and other names of the group.

    ``revisions`` are those of the whole log. ``live``: alerts were sent; otherwise they are what files would have
    caused. ``show_all``: long lists are not shortened.
    """
    limit = None if show_all else MAX_LINES
    yield Line(answer(explanation), style="bold")
    text = _EpisodeText(explanation, policy, limit)
    for number, episode in enumerate(explanation.episodes, start=1):
        yield from text.lines(f"Episode {number}", episode)
    for candidate in explanation.candidates:
        yield from text.lines("Candidate, not confirmed", candidate)
    yield from _alerts(explanation, revisions, limit, live=live)
    yield from _revisions(explanation, limit)
    if explanation.names:
        yield Line("")
        yield Line(f"Also called: {_joined_names(explanation.names)}.", style="dim")


def answer(explanation: Explanation) -> str:
    """Return the answer in one or two sentences: since when the group is on record in the country."""
    group, where = clean(explanation.group), country_in_text(explanation.country)
    episodes, candidates = explanation.episodes, explanation.candidates
    if not episodes and not candidates:
        return f"{group} is no longer on record in {where}: none of its reports there still counts."
    if not episodes:
        begin, end = candidates[0].appearance, candidates[-1].appearance
        days = days_in_words(begin.first_day, end.last_day, begin.begins_by, end.ends_from)
        return f"{group} is only a candidate in {where}: seen {days}, but not confirmed."
    first, last = episodes[0], episodes[-1]
    factions = first.begins.by_affiliation
    through = f", by affiliation: {_joined_names(factions)}" if factions else ""
    doubt = " Its beginning is in doubt." if first.begins.doubts else ""
    return (
        f"{group} has been on record in {where} since {first.appearance.begins}{through}. "
        f"Last seen {last.appearance.ends}; {counted(len(episodes), 'episode')}.{doubt}"
    )


def alert_lines(
    alert: AlertHistory, regroupings: Regroupings, limit: int | None, in_words: DaysOf = iso_days
) -> Iterator[Line]:
    """Yield the history of one alert: its current state, then each event with its changes and its cause.

    ``in_words``: how the days of sightings are written. Those of the alert are in ISO 8601.
    """
    last = alert.events[-1]
    state = {"candidate": "still a candidate", "confirmed": "current"}.get(last.status, STATUSES[last.status].adjective)
    heading = f"{KINDS[last.kind].noun} in {place_in_text(last)} on {last.begins}; {state}"
    yield Line(f"Alert {last.alert_id[:8]}: {heading}", style="bold")
    for events in _runs(alert, limit):
        if len(events) > 1:
            yield _summary(events)
        else:
            yield from _event(events[0], alert, regroupings, in_words)


class _EpisodeText:
    """Puts the episodes and candidates of one explanation into words."""

    def __init__(self, explanation: Explanation, policy: Policy, limit: int | None) -> None:
        self._group, self._where = clean(explanation.group), country_in_text(explanation.country)
        self._policy, self._limit = policy, limit

    def lines(self, title: str, episode: EpisodeExplanation) -> Iterator[Line]:
        appearance = episode.appearance
        confirmed = appearance.status == "confirmed"
        yield Line("")
        yield Line(f"{title}: {KINDS[appearance.kind].noun}, {appearance.days}", style="bold")
        yield Line(self._kind(episode), 1)
        if factions := episode.begins.by_affiliation:
            yield Line(
                f"By affiliation: its first sightings name {_joined_names(factions)}, not {self._group} itself.", 1
            )
        for doubt in episode.begins.doubts:
            yield Line(f"In doubt: {clean(doubt)}.", 1)
        sightings = counted(episode.sightings, "sighting")
        yield Line(
            f"{sightings} from {origins_in_words(episode.origins)}{'' if confirmed else '; none of them confirms it'}.",
            1,
        )
        yield Line(self._notification(episode), 1)
        yield Line("Evidence of its beginning:" if confirmed else "Sightings:", 1)
        yield from self._sightings(episode.opening, self._limit)
        later = episode.sightings - len(episode.opening[: self._limit])
        if later and self._limit is None:
            yield Line("Later sightings:", 1)
            yield from self._sightings(episode.rest, None)
        elif later:
            yield Line(f"and {later:,} more up to {appearance.ends} (--all shows them)", 2, "dim")
        if unproved := episode.unproved_sightings:
            yield Line(f"{counted(unproved, 'more sighting')} at that time, not sufficient as evidence:", 1)
            yield from self._sightings(episode.unproved, self._limit)
            if self._limit is not None and unproved > self._limit:
                yield Line(f"and {unproved - self._limit:,} more (--all shows them)", 2, "dim")

    def _kind(self, episode: EpisodeExplanation) -> str:
        appearance = episode.appearance
        confirmed = appearance.status == "confirmed"
        why = f"{'Why' if confirmed else 'If confirmed,'} {KINDS[appearance.kind].noun}"
        if appearance.gap is None:
            recorded = "on record" if confirmed else "confirmed"
            return f"{why}: no earlier sighting of {self._group} in {self._where} is {recorded}."
        gap = f"{appearance.gap.in_words} after the previous last day, {appearance.previous}"
        return f"{why}: {gap}; {self._rule(appearance.gap)}."

    def _rule(self, gap: Gap) -> str:
        window, dormancy = self._policy.window_days, self._policy.dormancy_days
        if gap.least > dormancy:
            return f"more than {counted(dormancy, 'day')}"
        if gap.most > dormancy:
            return f"possibly a re-emergence (more than {counted(dormancy, 'day')}), but the days are not known exactly"
        if gap.least <= window:
            return f"possibly the same episode (within {counted(window, 'day')}), but the days are not known exactly"
        return f"more than {window} and at most {counted(dormancy, 'day')}"

    def _notification(self, episode: EpisodeExplanation) -> str:
        several = len(episode.alerts) > 1
        alerts = f"{'Alerts' if several else 'Alert'} {join_words([alert[:8] for alert in episode.alerts])}"
        were, candidate = "were" if several else "was", episode.appearance.status == "candidate"
        match episode.telling:
            case "told" if candidate:
                return f"{alerts} {were} not sent: a candidate notifies nobody until it is confirmed."
            case "told":
                return f"{alerts} {'cover' if several else 'covers'} it (see below)."
            case "superseded":
                return f"{alerts} covered it and {were} superseded by later evidence (see below)."
            case "retracted":
                return f"{alerts} covered it and {were} {STATUSES['retracted'].adjective} (see below)."
            case "archival":
                return "No alert: all of its evidence comes from archives, which never alert."
            case "history":
                return self._too_late(episode)
            case "unclear" if candidate:
                return "No current alert covers it."
            case "unclear":
                return "No alert: when it became known, it was not news, or an earlier alert already covered it."

    def _too_late(self, episode: EpisodeExplanation) -> str:
        assert episode.first_arrived is not None
        first_day, latest = episode.appearance.first_day, episode.begins.begins_by
        arrived = episode.first_arrived.date()
        late = (arrived - latest).days
        at_least = "at least " if latest != first_day else ""
        early = f"{counted((first_day - arrived).days, 'day')} before its first day"
        oldest = counted(self._policy.horizon_days, "day")
        when = f"{at_least}{counted(late, 'day')} after it began" if late >= 0 else early
        return (
            f"No alert: its first report arrived on {arrived}, {when}; "
            f"reports of an episode older than {oldest} are recorded without alerting."
        )

    def _sightings(self, sightings: Iterable[SightingExplanation], limit: int | None) -> Iterator[Line]:
        for sighting in islice(sightings, limit):
            yield from self._sighting(sighting)

    def _sighting(self, sighting: SightingExplanation) -> Iterator[Line]:
        evidence = sighting.evidence
        yield Line(f"{evidence.days}  {clean(evidence.title or '') or '(no title)'}", 2)
        other_name = comparable(evidence.group) != comparable(sighting.member)
        parts = (
            f"{clean(evidence.source)}/{clean(evidence.id)}",
            _origin(evidence),
            evidence.kind if evidence.kind != "other" else "",
            f"{clean(sighting.member)}{f' (written {clean(evidence.group)})' if other_name else ''}",
            ", ".join(clean(part) for part in (evidence.place, evidence.admin1) if part),
        )
        yield Line(" · ".join(filter(None, parts)), 3, "dim")
        if evidence.url:
            yield Line(clean(evidence.url), 3, "dim")
        yield Line(self._weight(sighting), 3, "dim" if sighting.qualifies else "yellow")
        for step in sighting.belongings:
            affiliation = clean(affiliation_in_words(step.affiliation))
            yield Line(f"Counts by affiliation: {clean(step.group)} {affiliation}.", 3, "dim")
        if evidence.doubt:
            yield Line(f"In doubt: {clean(evidence.doubt)}.", 3, "yellow")
        revision = f" (revision {evidence.revision})" if evidence.revision > 1 else ""
        archival = ", from an archive" if evidence.archival else ""
        yield Line(f"Arrived {time_in_words(evidence.arrived)}{revision}{archival}", 3, "dim")

    def _weight(self, sighting: SightingExplanation) -> str:
        threshold = self._policy.threshold
        grade = {
            "sighting": f"Grade {sighting.grade}",
            "source": f"Grade {sighting.grade} (that of its source)",
            "nobody": f"No grade, which counts as {UNGRADED}",
        }[sighting.graded_by]
        if sighting.alone:
            return f"{grade}: sufficient alone ({threshold} or better)."
        weak = f"{grade}: not sufficient alone"
        if sighting.corroborated_by:
            return f"{weak}, but {self._corroboration(sighting.evidence, sighting.corroborated_by)}."
        near = days_near(sighting.evidence.first_day, self._policy)
        needed = "a second origin" if origin_of(sighting.evidence) else "two named origins"
        return (
            f"{weak}. It needs a grade of {threshold} or better, or {needed} reporting something that begins "
            f"from {near[0]} to {near[-1]}."
        )

    def _corroboration(self, evidence: Evidence, other: Evidence) -> str:
        hours = self._policy.corroboration_days * 24
        exact = all(each.begins_by == each.first_day for each in (evidence, other))
        within = f"within {hours} hours" if exact else f"whose days begin within {hours} hours of these"
        origin, key = clean(other.reported_by or other.source), f"{clean(other.source)}/{clean(other.id)}"
        return f"corroborated by another origin {within}: {origin}, {other.days} ({key})"


def _origin(evidence: Evidence) -> str:
    if evidence.reported_by:
        return f"origin {clean(evidence.reported_by)}"
    if origin_of(evidence) is None:
        return f'no origin named ("{clean(evidence.origin or evidence.source)}")'
    return "no origin stated, so the source counts as its origin"


def _alerts(
    explanation: Explanation, revisions: Iterable[Revision], limit: int | None, *, live: bool
) -> Iterator[Line]:
    if not explanation.alerts:
        return
    regroupings = {revision.arrived: revision for revision in revisions if revision.what == "groups"}
    yield Line("")
    heading = "Alerts and what became of them"
    yield Line(
        heading if live else f"{heading}, if each row of the files had arrived at its `reported` time", style="bold"
    )
    for alert in explanation.alerts[:limit]:
        for line in alert_lines(alert, regroupings, limit):
            yield Line(line.text, line.depth + 1, line.style)
    if limit is not None and len(explanation.alerts) > limit:
        yield Line(f"and {counted(len(explanation.alerts) - limit, 'more alert')} (--all shows them)", 1, "dim")


def _revisions(explanation: Explanation, limit: int | None) -> Iterator[Line]:
    """Yield the revisions that caused no alert event; the latest ones if there are too many."""
    causes = causes_of(event for alert in explanation.alerts for event in alert.events)
    silent: Iterable[Revision] = (each for each in explanation.revisions if each.cause not in causes)
    earlier = explanation.earlier_revisions
    if limit is not None:
        listed = list(silent)
        earlier, silent = earlier + len(listed[:-limit]), listed[-limit:]
    for number, revision in enumerate(silent):
        if number == 0:
            yield Line("")
            yield Line("Revisions of its evidence and groups that changed no alert", style="bold")
            if earlier:
                yield Line(f"{counted(earlier, 'earlier revision')} (--all shows them)", 1, "dim")
        if revision.before:
            subject = f"{revision.what}: {sighting_reference(revision.before)}"
        else:
            subject = f"{CAUSES['groups']}: {groups_in_words(revision.groups)}"
        yield Line(f"{time_in_words(revision.arrived)}  {subject}", 1)
        yield from (Line(clean(detail), 2, "dim") for detail in revision.details[:limit])


def _runs(alert: AlertHistory, limit: int | None) -> Iterator[list[AlertEvent]]:
    """Group three or more consecutive events that change nothing but the number of origins; others come singly."""
    run: list[AlertEvent] = []
    for event in (*alert.events, None):
        if event and limit is not None and [change.what for change in event.changes] == ["origins"]:
            run.append(event)
            continue
        if len(run) > 2:
            yield run
        else:
            yield from ([single] for single in run)
        run = []
        if event:
            yield [event]


def _summary(events: Sequence[AlertEvent]) -> Line:
    first, last = events[0], events[-1]
    days = f"{first.arrived.date()} to {last.arrived.date()}"
    change = f"{ALERT_FIELDS['origins']}: {first.changes[0].old} → {last.changes[0].new}"
    return Line(f"{days}  {len(events)} updates, {change} (--all shows them)", 1)


def _event(event: AlertEvent, alert: AlertHistory, regroupings: Regroupings, in_words: DaysOf) -> Iterator[Line]:
    changes = [
        _change(change) for change in event.changes
        if change.what != "status" or event.status == "candidate"
    ]  # fmt: skip
    outcome = _outcome(event, alert)
    if outcome == "updated" and len(changes) == 1:
        outcome, changes = f"updated: {changes[0]}", []
    yield Line(f"{time_in_words(event.arrived)}  {outcome}", 1)
    yield from (Line(change, 2) for change in changes)
    yield from (Line(text, 2, "dim") for text in _cause(event, regroupings, in_words))


def _outcome(event: AlertEvent, alert: AlertHistory) -> str:
    kind_and_days = f"{KINDS[event.kind].noun}, {event.days}"
    raised_as = next((earlier.kind for earlier in alert.events if earlier.status == "confirmed"), None)
    old_status = next((change.old for change in event.changes if change.what == "status"), None)
    match event.type, event.status:
        case "retraction", _:
            return (
                f"{STATUSES['retracted'].adjective}: no sufficient evidence is left"
                if raised_as
                else "dropped: no evidence is left"
            )
        case "initial", "candidate":
            return f"candidate: {kind_and_days}; not confirmed, so not sent"
        case "initial", _:
            return f"raised: {kind_and_days}"
        case _, "superseded" if raised_as is None:
            return "superseded before it was raised: no longer news when confirmed, or covered by another alert"
        case _, "superseded" if raised_as and KINDS[event.kind].strength < KINDS[raised_as].strength:
            return f"superseded: the group was present earlier, so this was not “{KINDS[raised_as].noun}”"
        case _, "superseded":
            return "superseded: another alert covers its days"
        case _, "confirmed" if old_status:
            return f"{'confirmed and raised' if old_status == 'candidate' else 'restored'}: {kind_and_days}"
    return "updated"


def _cause(event: AlertEvent, regroupings: Regroupings, in_words: DaysOf) -> Iterator[str]:
    cause = event.cause
    yield f"because {cause_in_words(cause, in_words)}"
    if cause.sighting is None:
        if regrouping := regroupings.get(event.arrived):
            yield from map(clean, regrouping.details[:MAX_LINES])
    elif cause.before:
        yield from map(clean, sighting_differences(cause.before, cause.sighting))


def _change(change: AlertChange) -> str:
    old, new = (value_in_words(change, value) for value in (change.old, change.new))
    return f"{ALERT_FIELDS[change.what]}: {old} → {new}"


def _joined_names(names: Iterable[str]) -> str:
    return ", ".join(map(clean, names))
