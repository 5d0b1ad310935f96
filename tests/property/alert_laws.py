"""What must hold of the alerts at every moment, judged by the reference model."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.alert import AlertEvent, AlertState
from tests.property.witness import Moment, place_of
from tests.support.reference_model import Appearance, Place, Seen, form, is_fresh

WEIGHT = {"returned": 0, "re_emergence": 1, "first_ever": 2, "spread": 2}


def assert_alerts_say_what_is_so(moment: Moment) -> None:
    """Each confirmed alert stands for an episode or a spread, each candidate for a candidate, and tells it rightly."""
    for place, alerts in moment.alerts.items():
        standing = [one for one in alerts if one.status != "superseded"]
        stand_for = [_as_told(one) for one in standing]
        assert len(set(stand_for)) == len(stand_for), "no episode has two alerts that stand"
        assert set(stand_for) <= {_as_it_is(one) for one in moment.after.get(place, [])}


def _as_told(one: AlertState) -> tuple[object, ...]:
    days = (one.first_day, one.last_day, one.begins_by or one.first_day, one.ends_from or one.last_day)
    factions = tuple(sorted(map(form, one.by_affiliation)))
    return one.status, one.kind, one.country, *days, one.origins, factions, one.doubtful, one.countries


def _as_it_is(one: Appearance) -> tuple[object, ...]:
    days = (one.first_day, one.last_day, one.begins_by, one.ends_from)
    return one.status, one.kind, one.country, *days, one.origins, one.by_affiliation, one.doubtful, one.countries


def assert_events_show_their_evidence(moment: Moment) -> None:
    """An event names the earliest sighting that stands now, the last day before it, and the first day in the region."""
    for event in moment.events:
        if event.status not in {"candidate", "confirmed"}:
            continue
        there = moment.after[place_of(event)]
        own = next(one for one in there if (one.status, one.first_day) == (event.status, event.first_day))
        if event.kind != "spread":
            earlier = [one for one in there if one.status == "confirmed" and one.last_day < own.first_day]
            previous = max(earlier, key=lambda one: one.last_day, default=None)
            assert event.why.previous_last_day == (previous.last_day if previous else None)
            assert (event.why.previous_ends_from or event.why.previous_last_day) == (
                previous.ends_from if previous else None
            )
            first = event.why.sightings[0]
            assert (first.source, first.id) == (own.opener.source, own.opener.id)
        since = [
            one
            for place, told in moment.after.items()
            for one in told
            if place[0] == form(event.group) and one.opener.region == event.region and one.status == "confirmed"
            if one.kind != "spread"
        ]
        assert event.why.records_since == min((one.first_day for one in since), default=None)
        begin_by = min((one.begins_by for one in since), default=None)
        assert (event.why.records_begin_by or event.why.records_since) == begin_by


def assert_superseded_for_a_reason(moment: Moment) -> None:
    """What was announced is superseded by an announced alert anchored no later, or when it is surely less."""
    for place, alerts in moment.alerts.items():
        for one in alerts:
            within = _holding(one, moment.after[place])
            assert within is not None, "an alert that stands for nothing is retracted"
            if one.announced is None:
                continue
            rivals = [
                other
                for other in alerts
                if other is not one and other.announced and _holding(other, moment.after[place]) == within
            ]
            weaker = WEIGHT[within.may_be] < WEIGHT[one.announced]
            if one.status == "superseded":
                assert weaker or min(rival.anchor for rival in rivals) <= one.anchor
            else:
                assert not weaker
                assert all(one.anchor <= rival.anchor for rival in rivals)


def _holding(alert: AlertState, there: Sequence[Appearance]) -> Appearance | None:
    reachable = [one for one in there if alert.announced is None or one.status == "confirmed"]
    return next((one for one in reachable if one.first_day <= alert.anchor <= one.last_day), None)


def assert_only_news_is_told(moment: Moment) -> None:
    """What is told for the first time, or confirmed, is fresh by the reference model."""
    today = moment.change.arrived.date()
    for event in moment.events:
        confirmed_now = any(one.what == "status" and one.old == "candidate" for one in event.changes)
        if event.type == "initial" or (event.status == "confirmed" and confirmed_now):
            assert is_fresh(_appearance_of(event, moment), today)


def assert_all_news_is_told(moment: Moment) -> None:
    """What is there anew and fresh has an alert, if a sighting that came to count could raise it."""
    today = moment.change.arrived.date()
    for place, there in moment.after.items():
        for one in there:
            if any(_meet(one, other) for other in moment.before.get(place, [])) or not is_fresh(one, today):
                continue
            if any(one.countries or one.first_day <= seen.first <= one.last_day for seen in _came(moment, place)):
                assert [alert for alert in moment.alerts[place] if _holding(alert, there) == one]


def _came(moment: Moment, place: Place) -> list[Seen]:
    """Return the sightings that count now in a country, or in a region, and did not before."""
    return [
        counted.seen
        for (group, country), there in moment.counts.items()
        for counted in there
        if group == place[0] and place[1] in {country, counted.seen.region}
        if counted.seen not in [other.seen for other in moment.counts_before.get((group, country), [])]
    ]


def _meet(one: Appearance, other: Appearance) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _appearance_of(event: AlertEvent, moment: Moment) -> Appearance:
    there = moment.after[place_of(event)]
    return next(one for one in there if (one.status, one.first_day) == (event.status, event.first_day))
