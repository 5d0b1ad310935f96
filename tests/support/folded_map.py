"""The map of a window of days from a fold of the whole evidence log: slow, and an oracle for ``history/map_state.py``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from firstseen.groups.evidence_log import EvidenceLog
from history.map_rows import CATEGORIES, Category, Row, RowKey, Window
from history.map_state import Difference, MapQuery, MapState, comparison_key, visible_row
from history.map_text import difference_in_words
from history.revisions import Revision
from places.countries import country_name
from schemas.evidence import Evidence
from schemas.labels import CAUSES, KINDS
from schemas.names import comparable
from streams.notify.phrases import sighting_reference
from streams.on_record import Entry, OnRecord
from streams.presence.appearances import Appearance
from streams.presence.onsets import onset_ends
from streams.presence.policy import Policy
from streams.presence.rows import presence_key
from streams.replay import History
from tests.support.folded_beginnings import beginning
from tests.support.folded_log import folded, revisions

_MAX_REASONS = 3


def folded_map_state(log: EvidenceLog, query: MapQuery, policy: Policy) -> MapState:
    """Return where groups were new in the days up to ``query.as_of``, as known on that day and as known later."""
    window = Window.ending(query.as_of, query.days)
    then_ends = end_of(query.as_of)
    now_ends = end_of(query.known_by) if query.known_by else None
    then = folded(log, policy, before=then_ends, up_to=query.as_of)
    later = any(change.arrived >= then_ends for changes in log.partitions for change in changes)
    now = folded(log, policy, before=now_ends, up_to=query.as_of) if later else then
    rows_then, rows_now = (map_rows(history, window, query.groups, policy) for history in (then, now))
    between = [
        revision for revision in revisions(log.partitions)
        if revision.arrived >= then_ends and (now_ends is None or revision.arrived < now_ends)
    ]  # fmt: skip
    reasons = ChangeReasons(then, now, between, then_ends)
    return MapState(
        window=window,
        known_then=query.as_of,
        known_now=query.known_by,
        then=_visible(rows_then.values(), query),
        now=_visible(rows_now.values(), query),
        differences=tuple(_differences(rows_then, rows_now, reasons, query, policy)),
    )


def end_of(day: date) -> datetime:
    """Return the instant at which a UTC day ends."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(1), time(), tzinfo=UTC)


def map_rows(history: History, window: Window, groups: Collection[str] | None, policy: Policy) -> dict[RowKey, Row]:
    """Return the rows of a window; ``groups`` limits them to these names, in any spelling."""
    rows: dict[RowKey, Row] = {}
    wanted = None if groups is None else set(map(comparable, groups))
    for presence in history.presences.values():
        group = comparable(presence.group)
        if wanted is not None and group not in wanted:
            continue
        found = [appearance for appearance in presence.appearances(policy) if appearance.first_day <= window.last_day]
        episodes = [appearance for appearance in found if appearance.status == "confirmed"]
        if episodes:
            category, episode = max(
                ((_category(episode, window), episode) for episode in episodes),
                key=lambda pair: (-CATEGORIES.index(pair[0]), pair[1].first_day),
            )
            row = _row(history, presence, category, episode, policy)
            rows[group, presence.country, False] = _with_first_day(row, episodes[0])
        candidates = [
            appearance for appearance in found
            if appearance.status == "candidate" and appearance.last_day >= window.first_day
        ]  # fmt: skip
        if candidates:
            row = _row(history, presence, "candidate", candidates[-1], policy)
            rows[group, presence.country, True] = _with_first_day(row, episodes[0] if episodes else None)
    return rows


def _category(episode: Appearance, window: Window) -> Category:
    if episode.first_day >= window.first_day:
        return KINDS[episode.kind].category
    return "active" if episode.last_day >= window.first_day else "seen before"


def _row(history: History, presence: OnRecord, category: Category, appearance: Appearance, policy: Policy) -> Row:
    begins = beginning(history.entries(presence), history.groups, presence.group, appearance, policy)
    return Row(
        group=presence.group,
        country=presence.country,
        region=presence.region,
        category=category,
        since=None,
        since_by=None,
        first_day=appearance.first_day,
        begins_by=appearance.begins_by,
        last_day=appearance.last_day,
        ends_from=appearance.ends_from,
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
        origins=begins.origins,
        by_affiliation=begins.by_affiliation,
        doubts=begins.doubts,
    )


def _with_first_day(row: Row, first: Appearance | None) -> Row:
    return replace(row, since=first.first_day, since_by=first.begins_by) if first else row


class ChangeReasons:
    """Finds the evidence that was added, removed or changed between two histories."""

    def __init__(self, then: History, now: History, between: Sequence[Revision], then_ends: datetime) -> None:
        """``between`` are the revisions that arrived after ``then`` and that ``now`` includes."""
        self._then, self._now = then, now
        self._then_ends = then_ends
        self._revised = {revision.before.key: revision for revision in between if revision.before}
        self._group_changes = [revision for revision in between if revision.what == "groups"]

    def of(self, group: str, country: str, last_day: date, up_to: date) -> tuple[str, ...]:
        """Return the reasons in words: removed, corrected, then added evidence that begins up to ``up_to``.

        Of the added evidence only that up to ``last_day`` is listed, and only what qualifies, if there is any.
        """
        then, now = (_by_key(history, group, country, up_to) for history in (self._then, self._now))
        removed = [self._removed(entry.evidence) for key, entry in then.items() if key not in now]
        corrected = [
            self._corrected(entry.evidence) for key, entry in now.items()
            if key in then and entry.evidence != then[key].evidence
        ]  # fmt: skip
        added = [entry for key, entry in now.items() if key not in then]
        added = [entry for entry in added if entry.evidence.first_day <= last_day] or added
        added = [entry for entry in added if entry.qualifies] or added
        reasons = [*removed, *corrected, *(self._added(entry.evidence) for entry in added)]
        if (more := len(reasons) - _MAX_REASONS) > 0:
            rest = f"of {more:,} more sighting{'s that were' if more > 1 else ' that was'} added, removed or changed"
            return (*reasons[:_MAX_REASONS], rest)
        return tuple(reasons)

    def _added(self, evidence: Evidence) -> str:
        if evidence.key in self._revised and self._revised[evidence.key].sighting:
            return self._corrected(evidence)
        if evidence.arrived < self._then_ends:
            return f"{self._group_change()}, so this sighting now counts: {sighting_reference(evidence)}"
        return f"of evidence that arrived on {evidence.arrived.date()}: {sighting_reference(evidence)}"

    def _removed(self, evidence: Evidence) -> str:
        revision = self._revised.get(evidence.key)
        if revision is None:
            return f"{self._group_change()}, so this sighting no longer counts: {sighting_reference(evidence)}"
        if revision.what == "withdrawn":
            return f"{CAUSES['withdrawn']} on {revision.arrived.date()}: {sighting_reference(evidence)}"
        details = ", ".join(revision.details)
        return f"{CAUSES['corrected']} on {revision.arrived.date()}: {sighting_reference(evidence)}; {details}"

    def _corrected(self, evidence: Evidence) -> str:
        revision = self._revised.get(evidence.key)
        details = f"; {', '.join(revision.details)}" if revision and revision.details else ""
        return f"{CAUSES['corrected']} on {evidence.arrived.date()}: {sighting_reference(evidence)}{details}"

    def _group_change(self) -> str:
        if not self._group_changes:
            return CAUSES["groups"]
        last = self._group_changes[-1]
        return f"{CAUSES['groups']} on {last.arrived.date()} ({', '.join(last.groups)})"


def _by_key(history: History, group: str, country: str, up_to: date) -> dict[str, Entry]:
    row = history.presences.get(presence_key(group, country))
    return {entry.evidence.key: entry for entry in history.entries(row, last=up_to)} if row else {}


def _visible(rows: Iterable[Row], query: MapQuery) -> tuple[Row, ...]:
    visible = (row for row in rows if query.candidates or row.category != "candidate")
    return tuple(sorted(visible, key=_order))


def _order(row: Row) -> tuple[int, date, str, str]:
    return CATEGORIES.index(row.category), row.first_day, country_name(row.country), row.group


def _differences(
    rows_then: Mapping[RowKey, Row],
    rows_now: Mapping[RowKey, Row],
    reasons: ChangeReasons,
    query: MapQuery,
    policy: Policy,
) -> list[Difference]:
    pairs = dict.fromkeys((group, country) for group, country, _ in (*rows_then, *rows_now))
    found = []
    for group, country in pairs:
        then, now = (visible_row(rows, group, country, query) for rows in (rows_then, rows_now))
        if comparison_key(then) == comparison_key(now):
            continue
        last = max(row.first_day for row in (then, now) if row)
        because = reasons.of(group, country, last, onset_ends(last, policy))
        row = now or then
        assert row is not None
        found.append(Difference(row.group, country, then, now, difference_in_words(then, now), because))
    return sorted(found, key=_difference_order)


def _difference_order(difference: Difference) -> tuple[int, str, str]:
    categories = (CATEGORIES.index(row.category) for row in (difference.then, difference.now) if row)
    return min(categories), country_name(difference.country), difference.group
