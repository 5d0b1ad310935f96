"""Rebuilt tables contain what was sent, whatever the settings are now."""

from __future__ import annotations

from datetime import date
from functools import partial

from schemas.intake_tables import Accounting
from schemas.rejection import Reason
from schemas.topics import ACCOUNTING, VERSIONS
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import fold
from streams.rebuild_folds import fold_sightings, rejection_reasons
from tests.support.builders import incoming, sighting, tables_of
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
