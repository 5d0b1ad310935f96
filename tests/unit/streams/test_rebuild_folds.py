"""Rebuilt tables contain what was sent, whatever the settings are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from faust_batches.folding import fold_all
from faust_batches.step import Incoming, Step, Tables
from schemas.alert import AlertEvent
from schemas.delivery import Delivery
from schemas.intake_tables import Accounting
from schemas.presence import Spread, StoredAlert
from schemas.rejection import Reason
from schemas.topics import ACCOUNTING, OUTBOX, SPREAD, STORED_ALERTS, VERSIONS
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import fold
from streams.notify.outbox import outbox_key
from streams.presence.policy import Policy
from streams.rebuild_folds import (
    RecordId,
    compare_alerts,
    confirmed_alerts,
    continue_alerts,
    fold_ledger,
    fold_sightings,
    published_alerts,
    rejection_reasons,
)
from tests.support.area_partitions import INSIDE, AreaPartitions, area
from tests.support.builders import (
    ARRIVED,
    Story,
    alert_event,
    apply,
    change,
    evidence,
    incoming,
    rejection,
    sighting,
    tables_of,
)

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
    step = fold_sightings(tables_of("intake"), [record], INTAKE, {(0, 4, None): Reason.CONFLICT})
    [row] = step.changes[ACCOUNTING].values()
    assert isinstance(row, Accounting)
    assert (row.accepted, row.rejected) == (0, {"conflict": 1})
    assert step.outgoing == []


def test_a_rejection_does_not_concern_the_record_of_a_recreated_topic_at_its_offset() -> None:
    rejected = rejection_reasons([incoming(rejection(offset=4, arrived=ARRIVED - timedelta(days=1)))])
    step = fold_sightings(tables_of("intake"), [incoming(sighting(id="1"), offset=4)], INTAKE, rejected)
    assert set(step.changes[VERSIONS]) == {"wire/1"}


def test_a_delivery_that_waits_in_the_outbox_under_another_offset_is_not_marked_as_dead() -> None:
    delivery = Delivery(delivery_id="d", destination="C12345678", alert=alert_event())
    tables = tables_of("slack") | {OUTBOX: {outbox_key(9): delivery}}
    assert fold_ledger(tables, [incoming(delivery, offset=4)]).changes == {}


def test_alerts_continue_after_their_last_published_revision() -> None:
    story = Story()
    story.add(*(evidence("2017-10-31", id=country, country=country) for country in ("ML", "NE", "BF")))
    published = [event.replace(revision=7) for event in story.events if event.kind == "spread" or event.country == "ML"]

    step = continue_alerts(story.tables, published_alerts(map(incoming, published)))

    [alert], [spread] = step.changes[STORED_ALERTS].values(), step.changes[SPREAD].values()
    assert isinstance(alert, StoredAlert)
    assert isinstance(spread, Spread)
    assert (alert.state.country, alert.state.revision) == ("ML", 7)
    assert [state.revision for state in spread.alerts] == [7]
    assert not continue_alerts(story.tables, {}).changes


def test_an_alert_of_an_area_continues_after_its_own_last_revision() -> None:
    partitions = AreaPartitions(Policy(), count=1)
    partitions.change_areas(put=[area()])
    partitions.run()
    latitude, longitude = INSIDE
    partitions.write(change(evidence("2017-10-31", latitude=latitude, longitude=longitude)))
    published = [event.replace(revision=7 if event.area else 1) for event in partitions.run()]

    step = continue_alerts(partitions.tables[0], published_alerts(map(incoming, published)))

    [alert] = step.changes[STORED_ALERTS].values()
    assert isinstance(alert, StoredAlert)
    assert (alert.state.kind, alert.state.revision) == ("first_in_area", 7)


def test_an_alert_takes_over_the_id_and_messages_of_the_one_that_was_published_about_the_same_days() -> None:
    story = Story()
    story.add(*(evidence("2017-10-31", id=country, country=country) for country in ("ML", "NE", "BF")))
    published = [event.replace(alert_id=f"old {_subject(event)}", revision=2) for event in story.events]
    elsewhere = story.events[0].replace(alert_id="other group", group="AQIM")
    ended = story.events[0].replace(alert_id="ended", status="retracted", revision=3)

    step = continue_alerts(story.tables, published_alerts(map(incoming, [ended, elsewhere, *published])))
    apply(step, story.tables)

    old_ids = {"old ML", "old NE", "old BF"}
    assert {row.state.alert_id for row in story.tables[STORED_ALERTS].values()} == old_ids
    assert {key.rpartition("\0")[2] for key in story.tables[STORED_ALERTS]} == old_ids
    [spread] = story.tables[SPREAD].values()
    assert [state.alert_id for state in spread.alerts] == ["old spread"]

    withdrawn = story.withdraw(evidence("2017-10-31", id="ML", country="ML"))
    assert {(event.alert_id, event.revision, event.status) for event in withdrawn} == {
        ("old ML", 3, "retracted"),
        ("old spread", 3, "retracted"),
    }


def test_a_rebuild_says_which_alerts_only_one_of_the_rules_confirms() -> None:
    story = Story()
    story.add(
        evidence(id="1", country="ML"), evidence(id="2", country="NE"), evidence(id="3", country="TD", grade="D4")
    )
    gone = story.events[0].replace(alert_id="gone-since-then", group="AQIM")
    published = published_alerts(map(incoming, [gone, story.events[0]]))

    step = continue_alerts(story.tables, published)
    confirmed = confirmed_alerts(story.tables, step)

    assert confirmed == {event.alert_id for event in story.events if event.status == "confirmed"}
    gone_in_words, new_in_words = compare_alerts(published, confirmed)
    assert "not under the current rules: 1 (gone-sin). Their messages stay" in gone_in_words
    assert new_in_words == "alerts confirmed only under the current rules: 1. Nothing is sent about them."
    assert compare_alerts(published_alerts(map(incoming, story.events)), confirmed) == []


def _subject(event: AlertEvent) -> str:
    return event.kind if event.kind == "spread" else event.country


def test_a_fold_in_pieces_counts_each_rejected_record_once() -> None:
    records = [incoming(sighting(id=str(number)), offset=number) for number in range(6)]
    rejected: dict[RecordId, Reason] = dict.fromkeys(((0, offset, None) for offset in (0, 2, 5)), Reason.CONFLICT)

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
