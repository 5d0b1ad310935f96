"""Runs folds on plain tables and returns the tables in the form of the reference model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from faust_batches.step import Draft, Incoming, Outgoing
from schemas.alert import AlertState
from schemas.evidence import EvidenceChange
from schemas.presence import Run, Spread
from schemas.topics import AFFILIATIONS, CANDIDATES, EPISODES, PRESENCE, SPREAD, STORED_ALERTS
from streams.intake.fold import fold as fold_sightings
from streams.on_record import on_record
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from streams.presence.rows import Rows as PresenceRows
from streams.presence.rows import count_of
from streams.presence.run_table import RunTable
from tests.property.histories import current_evidence, current_groups, seen_in_evidence
from tests.support import reference_model
from tests.support.builders import Rows, evidence_records, run, tables_of
from tests.support.reference_model import Counts, EpisodeRow, Place, RunRow, form

POLICY = Policy(source_grades=reference_model.SOURCE_GRADES)


def run_presence(
    tables: Rows, changes: Iterable[EvidenceChange], sizes: Iterable[int] = (), first: int = 0
) -> list[Outgoing]:
    """Fold changes in batches of these sizes and the rest in one batch. ``first``: number of the changes before them."""
    records = evidence_records(changes, first)
    return run(lambda rows, batch: fold_evidence(rows, batch, POLICY), tables, records, sizes)


def run_intake(tables: Rows, records: Sequence[Incoming], sizes: Iterable[int] = ()) -> list[Outgoing]:
    return run(lambda rows, batch: fold_sightings(rows, batch, lambda _: 0), tables, records, sizes)


def counts_after(changes: Sequence[EvidenceChange]) -> Counts:
    """Return the sightings that count after all changes, by the reference model."""
    return reference_model.count(map(seen_in_evidence, current_evidence(changes)), current_groups(changes))


def assert_tables_match(tables: Rows, counts: Counts) -> None:
    """Assert that presence, activity and spread equal the reference model. Spellings of names are ignored."""
    assert presence_of(tables) == reference_model.presence(counts)
    assert activity_of(tables) == reference_model.activity(counts)
    assert first_days_of(tables) == reference_model.first_days(counts)


def assert_tables_are_empty(tables: Rows) -> None:
    """Assert that every table except ``affiliations`` is empty."""
    assert {**tables, AFFILIATIONS: {}} == tables_of("presence")


def presence_of(tables: Rows) -> dict[Place, tuple[list[EpisodeRow], list[RunRow]]]:
    """Return the episodes and the unconfirmed runs."""
    return {
        (form(row.group), row.country): (
            [(episode.kind, *run_row(episode)) for episode in row.episodes],
            [run_row(run) for run in row.candidates],
        )
        for row in on_record(tables[PRESENCE], tables[EPISODES], tables[CANDIDATES])
    }


def run_row(run: Run) -> RunRow:
    """Return a run in the form of the reference model."""
    trigger = (run.trigger.source, run.trigger.id)
    return run.first_day, run.last_day, trigger, run.begins_by or run.first_day, run.ends_from or run.last_day


def activity_of(tables: Rows) -> dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]]:
    """Return the sightings by group, country and day, and check that the row of each day counts them."""
    rows = PresenceRows(tables, POLICY)
    found: dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]] = {}
    for row in tables[PRESENCE].values():
        place = rows.place(form(row.group), row.country, row.region)
        for day, day_row in place.days_between(date.min, date.max):
            counted = [
                (seen.evidence.source, seen.evidence.id, seen.evidence.last_day, seen.member, confirmed)
                for confirmed in (True, False)
                for seen in place.sightings_between(day, day, confirmed=confirmed)
            ]
            assert len(counted) == sum(count_of(tally) for tally in (day_row.alone, day_row.weak) if tally)
            found[place.group, place.country, day] = sorted(counted)
    return found


def first_days_of(tables: Rows) -> dict[tuple[str, str], list[tuple[date, str, date]]]:
    """Return the table ``spread`` without its alerts."""
    rows: Iterable[Spread] = tables[SPREAD].values()
    return {
        (form(row.group), row.region): [(day.day, day.country, day.begins_by or day.day) for day in row.first_days]
        for row in rows
    }


def alerts_of(tables: Rows) -> dict[tuple[str, str], Any]:
    """Return the stored alerts by group and by country or region, in the order in which they were raised."""
    found: dict[tuple[str, str], list[AlertState]] = {}
    for row in tables[PRESENCE].values():
        found[form(row.group), row.country] = []
    in_order = sorted(tables[STORED_ALERTS].items(), key=lambda item: (item[1].raised_offset, item[1].raised_number))
    for key, alert in in_order:
        group, country, *_ = key.split("\0")
        draft: Draft[Run] = Draft(tables[EPISODES if alert.state.announced else CANDIDATES])
        run = RunTable(draft, f"{group}\0{country}\0").holding(alert.state.anchor)
        days = (
            {"last_day": run.last_day, "ends_from": run.ends_from} if run and alert.state.status != "superseded" else {}
        )
        found[group, country].append(alert.state.replace(**days))
    rows = [((form(row.group), row.region), row.alerts) for row in tables[SPREAD].values()]
    return {place: tuple(alerts) for place, alerts in found.items()} | dict(rows)
