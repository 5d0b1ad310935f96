"""What became of an alert between two instants: one word for all of its changes together."""

from __future__ import annotations

from datetime import timedelta

from history.alerts import AlertEntry
from history.changes import Before, changed_alerts
from schemas.alert import AlertChange, AlertEvent, AlertStatus
from tests.support.builders import ARRIVED, alert_event
from tests.support.tables import each_row

NEWS, CANDIDATE = Before("confirmed", was_news=True), Before("candidate", was_news=False)
TAKEN_BACK = Before("superseded", was_news=True)


def step(revision: int, status: AlertStatus, *changes: tuple[str, str, str]) -> AlertEvent:
    made = tuple(AlertChange(what=what, old=old, new=new) for what, old, new in changes)  # type: ignore[arg-type]
    return alert_event("a", revision, status=status, changes=made, arrived=ARRIVED + timedelta(revision))


def status(old: str, new: str) -> tuple[str, str, str]:
    return "status", old, new


@each_row(
    ("before", "events", "found"),
    [
        (None, [step(1, "confirmed")], ("new", "JNIM appeared in Mali for the first time")),
        (
            CANDIDATE,
            [step(2, "confirmed", status("candidate", "confirmed"))],
            ("new", "JNIM appeared in Mali for the first time"),
        ),
        (
            None,
            [step(1, "confirmed"), step(2, "confirmed", ("origins", "1", "2"))],
            ("new", "JNIM appeared in Mali for the first time"),
        ),
        (NEWS, [step(2, "confirmed", ("origins", "1", "2"))], ("corrected", "More certain, 1 origin: JNIM in Mali")),
        (NEWS, [step(2, "confirmed", ("origins", "1", "2")), step(3, "confirmed", ("origins", "2", "1"))], None),
        (
            NEWS,
            [step(2, "superseded", status("confirmed", "superseded"))],
            ("taken_back", "No longer news: JNIM in Mali"),
        ),
        (
            NEWS,
            [
                step(2, "superseded", status("confirmed", "superseded")),
                step(3, "confirmed", status("superseded", "confirmed")),
            ],
            None,
        ),
        (
            NEWS,
            [step(2, "candidate", status("confirmed", "candidate"))],
            ("taken_back", "Not confirmed: JNIM in Mali"),
        ),
        (
            None,
            [step(1, "confirmed"), step(2, "retracted", status("confirmed", "retracted"))],
            ("taken_back", "Alert withdrawn: JNIM in Mali"),
        ),
        (TAKEN_BACK, [step(3, "retracted", status("superseded", "retracted"))], None),
        (
            TAKEN_BACK,
            [step(3, "confirmed", status("superseded", "confirmed"))],
            ("corrected", "News again: JNIM in Mali"),
        ),
        (None, [step(1, "candidate")], None),
    ],
)
def test_all_changes_of_an_alert_are_one(
    before: Before | None, events: list[AlertEvent], found: tuple[str, str] | None
) -> None:
    entries = [AlertEntry(1, ARRIVED, event, "first_ever") for event in events]
    changed = changed_alerts(entries, {"a": before} if before else {})
    assert [(each.what, each.headline) for each in changed] == ([found] if found else [])


def test_alerts_are_in_the_order_of_their_last_events() -> None:
    events = [
        alert_event("a"), alert_event("b", country="NE"),
        alert_event("a", 2, changes=(AlertChange(what="origins", old="1", new="2"),)),
    ]  # fmt: skip
    entries = [AlertEntry(1, ARRIVED, event, "first_ever") for event in events]
    assert [changed.event.alert_id for changed in changed_alerts(entries, {})] == ["b", "a"]
