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

TOLD: tuple[AlertField, ...] = get_args(AlertField)


@dataclass(frozen=True)
class Moment:
    """One change and what came of it."""

    change: EvidenceChange
    events: list[AlertEvent]
    alerts: dict[Place, Sequence[AlertState]]
    """What presence remembers, by the group and the country or region that it is about."""
    counts_before: Counts
    counts: Counts
    before: dict[Place, list[Appearance]]
    after: dict[Place, list[Appearance]]
    """What there was, and is, to be told, by the reference model; in the order of days."""


@dataclass
class Witness:
    """Tells changes to presence one by one."""

    tables: Rows = field(default_factory=lambda: tables_of("presence"))
    changes: list[EvidenceChange] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    _counts: Counts = field(default_factory=dict)
    _there: dict[Place, list[Appearance]] = field(default_factory=dict)

    def tell(self, change: EvidenceChange) -> Moment:
        outgoing = run_presence(self.tables, [change])
        self.changes.append(change)
        self.outgoing += outgoing
        counts_before, self._counts = self._counts, counts_after(self.changes)
        before, self._there = self._there, _what_there_is_to_tell(self._counts)
        return Moment(
            change,
            read(outgoing, ALERTS),
            alerts_of(self.tables),
            counts_before,
            self._counts,
            before,
            self._there,
        )


def moments(changes: Iterable[EvidenceChange]) -> Iterator[Moment]:
    """Yield each change of a history with what came of it."""
    return map(Witness().tell, changes)


def _what_there_is_to_tell(counts: Counts) -> dict[Place, list[Appearance]]:
    told = {**reference_model.appearances(counts), **reference_model.spreads(counts)}
    return {place: sorted(there, key=lambda appearance: appearance.first_day) for place, there in told.items()}


def place_of(event: AlertEvent) -> Place:
    """Return the group and the country or region that an alert is about."""
    return form(event.group), event.region if event.kind == "spread" else event.country


@dataclass
class Lives:
    """What a reader of ``alerts`` knows, who believes nothing but the first event of an alert and the changes since."""

    told: dict[str, dict[AlertField, str]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    announced: set[str] = field(default_factory=set)

    def hear(self, event: AlertEvent) -> None:
        """Take one event; the laws of an alert's life are asserted here."""
        name = event.alert_id
        says = _in_text(event)
        if event.type == "initial":
            assert (event.revision, event.changes) == (1, ())
            assert name not in self.places, "it begins once"
            assert event.status in {"candidate", "confirmed"}
            self.places[name], self.told[name] = place_of(event), dict(says)
        else:
            told = self.told[name]
            assert event.revision == self.revisions[name] + 1
            assert place_of(event) == self.places[name]
            assert event.changes, "an event tells something"
            for change in event.changes:
                assert change.old == told[change.what] != change.new
                told[change.what] = change.new
        self.revisions[name] = event.revision
        assert (event.type == "retraction") == (event.status == "retracted")
        assert not (event.status == "candidate" and name in self.announced), "what was announced is no candidate again"
        if event.status == "confirmed":
            self.announced.add(name)
        # What no longer stands is left as it was told, while its evidence is that of today.
        unsaid = {"origins", "doubtful"} if event.status in {"superseded", "retracted"} else set()
        assert {what: says[what] for what in TOLD if what not in unsaid} == {
            what: self.told[name][what] for what in TOLD if what not in unsaid
        }
        if event.type == "retraction":
            del self.told[name]

    def agree_with(self, alerts: dict[Place, Sequence[AlertState]]) -> None:
        """Assert that this reader knows of every alert what presence remembers."""
        assert {
            alert.alert_id: (place, alert.revision, _in_text(alert))
            for place, there in alerts.items()
            for alert in there
        } == {name: (self.places[name], self.revisions[name], told) for name, told in self.told.items()}


def _in_text(one: AlertEvent | AlertState) -> dict[AlertField, str]:
    if isinstance(one, AlertEvent):
        origins, doubtful = one.why.origins, bool(one.doubts)
    else:
        origins, doubtful = one.origins, one.doubtful
    return {
        "status": one.status,
        "kind": one.kind,
        "first_day": one.begins,
        "origins": str(origins),
        "by_affiliation": ", ".join(one.by_affiliation),
        "doubtful": str(doubtful).lower(),
        "country": one.country,
        "countries": ", ".join(one.countries),
    }
