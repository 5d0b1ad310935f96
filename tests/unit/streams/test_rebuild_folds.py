"""Rebuilt tables contain what was sent, whatever the settings are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from faust_batches.folding import fold_all
from faust_batches.step import Incoming, Step, Tables
from schemas.intake_tables import Accounting
from schemas.presence import Spread, StoredAlert
from schemas.rejection import Reason
from schemas.topics import ACCOUNTING, SPREAD, STORED_ALERTS, VERSIONS
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import fold
from streams.rebuild_folds import continue_revisions, fold_sightings, published_revisions, rejection_reasons
from tests.support.builders import Story, apply, evidence, incoming, sighting, tables_of
from tests.unit.web.state.test_rejections import rejection

INTAKE = partial(fold, home_partition=lambda _: 0, days=DayPolicy(date.min))


def test_a_rejected_sighting_stays_rejected_and_is_counted() -> None:
    early, fine = incoming(sighting(id="1", occurred="1850-01-01"), offset=4), incoming(sighting(id="2"), offset=5)
    rejected = rejection_reasons([incoming(rejection(reason=Reason.BAD_DAYS, offset=4)), incoming(b"no rejection")])

    step = fold_sightings(tables_of("intake"), [early, fine], INTAKE, rejected)

    assert set(step.changes[VERSIONS]) == {"wire/2"}
    [row] = step.changes[ACCOUNTING].values()
    assert isinstance(row, Accounting)
    assert (row.accepted, row.rejected) == (1, {"bad_days": 1})


def test_a_batch_of_rejected_records_alone_is_counted_too() -> None:
    record = incoming(sighting(), offset=4)
    step = fold_sightings(tables_of("intake"), [record], INTAKE, {(0, 4): Reason.CONFLICT})
    [row] = step.changes[ACCOUNTING].values()
    assert isinstance(row, Accounting)
    assert (row.accepted, row.rejected) == (0, {"conflict": 1})
    assert step.outgoing == []


def test_alerts_continue_after_their_last_published_revision() -> None:
    story = Story()
    story.add(*(evidence("2017-10-31", id=country, country=country) for country in ("ML", "NE", "BF")))
    published = [event.replace(revision=7) for event in story.events if event.kind == "spread" or event.country == "ML"]

    step = continue_revisions(story.tables, published_revisions(map(incoming, published)))

    [alert], [spread] = step.changes[STORED_ALERTS].values(), step.changes[SPREAD].values()
    assert isinstance(alert, StoredAlert)
    assert isinstance(spread, Spread)
    assert (alert.state.country, alert.state.revision) == ("ML", 7)
    assert [state.revision for state in spread.alerts] == [7]
    assert not continue_revisions(story.tables, {}).changes


def test_a_fold_in_pieces_counts_each_rejected_record_once() -> None:
    records = [incoming(sighting(id=str(number)), offset=number) for number in range(6)]
    rejected = dict.fromkeys(((0, 0), (0, 2), (0, 5)), Reason.CONFLICT)

    def one_at_a_time(tables: Tables, some: Sequence[Incoming]) -> Step:
        step = INTAKE(tables, some[:1])
        step.taken = min(1, len(some))
        return step

    tables, takings = tables_of("intake"), []
    for step in fold_all(partial(fold_sightings, fold=one_at_a_time, rejected=rejected), tables, records):
        takings.append(step.taken)
        apply(step, tables)

    assert takings == [3, 1, None]
    assert set(tables[VERSIONS]) == {"wire/1", "wire/3", "wire/4"}
    [row] = tables[ACCOUNTING].values()
    assert (row.records, row.accepted, row.rejected) == (6, 3, {"conflict": 3})
