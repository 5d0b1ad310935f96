"""Records every change, its alert events, and the reference model's results before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import get_args

from faust_batches.step import Outgoing
from schemas.alert import AlertEvent, AlertField, AlertState
from schemas.evidence import EvidenceChange
from schemas.topics import ALERTS
from tests.property.outcomes import alerts_of, counts_after, run_presence
from tests.support import reference_model
from tests.support.builders import Rows, read, tables_of
from tests.support.reference_model import Appearance, Counts, Place, form

FIELDS: tuple[AlertField, ...] = get_args(AlertField)


@dataclass(frozen=True)
class Recorded:
    """One change with its alert events, and the results before and after it."""

    change: EvidenceChange
    events: list[AlertEvent]
    alerts: dict[Place, Sequence[AlertState]]
    """Stored alerts by group and by country or region."""
    counts_before: Counts
    counts: Counts
    before: dict[Place, list[Appearance]]
    after: dict[Place, list[Appearance]]
    """Appearances by the reference model, in order of days."""


@dataclass
class Recorder:
    """Applies changes to presence one at a time and records the results."""

    tables: Rows = field(default_factory=lambda: tables_of("presence"))
    changes: list[EvidenceChange] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    _counts: Counts = field(default_factory=dict)
    _current: dict[Place, list[Appearance]] = field(default_factory=dict)

    def apply(self, change: EvidenceChange) -> Recorded:
        outgoing = run_presence(self.tables, [change], first=len(self.changes))
        self.changes.append(change)
        self.outgoing += outgoing
        counts_before, self._counts = self._counts, counts_after(self.changes)
        before, self._current = self._current, appearances_of(self._counts)
        return Recorded(
            change,
            read(outgoing, ALERTS),
            alerts_of(self.tables),
            counts_before,
            self._counts,
            before,
            self._current,
        )


def recorded_changes(changes: Iterable[EvidenceChange]) -> Iterator[Recorded]:
    """Yield each change of a history with its results."""
    return map(Recorder().apply, changes)


def appearances_of(counts: Counts) -> dict[Place, list[Appearance]]:
    """Return the episodes, candidates and spreads of each place by the reference model, in order of days."""
    found = {**reference_model.appearances(counts), **reference_model.spreads(counts)}
    return {
        place: sorted(appearances, key=lambda appearance: appearance.first_day) for place, appearances in found.items()
    }


def place_of(event: AlertEvent) -> Place:
    """Return the group and the country or region of an alert."""
    return form(event.group), event.region if event.kind == "spread" else event.country


@dataclass
class AlertReader:
    """A reader of ``alerts`` that rebuilds each alert from its first event and the changes since then."""

    fields: dict[str, dict[AlertField, str]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    announced: set[str] = field(default_factory=set)

    def read(self, event: AlertEvent) -> None:
        """Apply an event, and assert the rules for the sequence of events of an alert."""
        alert_id = event.alert_id
        event_fields = _in_text(event)
        if event.type == "initial":
            assert (event.revision, event.changes) == (1, ())
            assert alert_id not in self.places, "an alert has one initial event"
            assert event.status in {"candidate", "confirmed"}
            self.places[alert_id], self.fields[alert_id] = place_of(event), dict(event_fields)
        else:
            known = self.fields[alert_id]
            assert event.revision == self.revisions[alert_id] + 1
            assert place_of(event) == self.places[alert_id]
            assert event.changes, "an update contains a change"
            for change in event.changes:
                assert change.old == known[change.what] != change.new
                known[change.what] = change.new
        self.revisions[alert_id] = event.revision
        assert (event.type == "retraction") == (event.status == "retracted")
        assert not (event.status == "candidate" and alert_id in self.announced), (
            "an announced alert never becomes a candidate again"
        )
        if event.status == "confirmed":
            self.announced.add(alert_id)
        # A superseded or retracted alert keeps its fields, but its event contains the current evidence.
        ignored = {"origins", "doubtful"} if event.status in {"superseded", "retracted"} else set()
        assert {name: event_fields[name] for name in FIELDS if name not in ignored} == {
            name: self.fields[alert_id][name] for name in FIELDS if name not in ignored
        }
        if event.type == "retraction":
            del self.fields[alert_id]

    def assert_knows(self, alerts: dict[Place, Sequence[AlertState]]) -> None:
        """Assert that this reader knows the same alerts as presence."""
        assert {
            alert.alert_id: (place, alert.revision, _in_text(alert))
            for place, stored in alerts.items()
            for alert in stored
        } == {
            alert_id: (self.places[alert_id], self.revisions[alert_id], fields)
            for alert_id, fields in self.fields.items()
        }


def _in_text(alert: AlertEvent | AlertState) -> dict[AlertField, str]:
    if isinstance(alert, AlertEvent):
        origins, doubtful = alert.why.origins, bool(alert.doubts)
    else:
        origins, doubtful = alert.origins, alert.doubtful
    return {
        "status": alert.status,
        "kind": alert.kind,
        "first_day": alert.begins,
        "origins": str(origins),
        "by_affiliation": ", ".join(alert.by_affiliation),
        "doubtful": str(doubtful).lower(),
        "country": alert.country,
        "countries": ", ".join(alert.countries),
    }
