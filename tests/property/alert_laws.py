"""Laws that alerts satisfy after every change, checked against the reference model."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.alert import AlertEvent, AlertState
from tests.property.witness import Moment, place_of
from tests.support.reference_model import Appearance, Place, Seen, form, is_fresh

WEIGHT = {"returned": 0, "re_emergence": 1, "first_ever": 2, "spread": 2}


def assert_alerts_say_what_is_so(moment: Moment) -> None:
    """Each confirmed alert stands for an episode or a spread, each candidate for a candidate, and tells it rightly."""
    for place, alerts in moment.alerts.items():
        standing = [alert for alert in alerts if alert.status != "superseded"]
        stand_for = [_as_told(alert) for alert in standing]
        assert len(set(stand_for)) == len(stand_for), "no episode has two alerts that stand"
        assert set(stand_for) <= {_as_it_is(appearance) for appearance in moment.after.get(place, [])}


def _as_told(alert: AlertState) -> tuple[object, ...]:
    days = (alert.first_day, alert.last_day, alert.begins_by or alert.first_day, alert.ends_from or alert.last_day)
    factions = tuple(sorted(map(form, alert.by_affiliation)))
    return alert.status, alert.kind, alert.country, *days, alert.origins, factions, alert.doubtful, alert.countries


def _as_it_is(appearance: Appearance) -> tuple[object, ...]:
    days = (appearance.first_day, appearance.last_day, appearance.begins_by, appearance.ends_from)
    return (
        appearance.status,
        appearance.kind,
        appearance.country,
        *days,
        appearance.origins,
        appearance.by_affiliation,
        appearance.doubtful,
        appearance.countries,
    )


def assert_events_show_their_evidence(moment: Moment) -> None:
    """An event names the earliest sighting that stands now, the last day before it, and the first day in the region."""
    for event in moment.events:
        if event.status not in {"candidate", "confirmed"}:
            continue
        there = moment.after[place_of(event)]
        own = next(
            appearance
            for appearance in there
            if (appearance.status, appearance.first_day) == (event.status, event.first_day)
        )
        if event.kind != "spread":
            earlier = [
                appearance
                for appearance in there
                if appearance.status == "confirmed" and appearance.last_day < own.first_day
            ]
            previous = max(earlier, key=lambda appearance: appearance.last_day, default=None)
            assert event.why.previous_last_day == (previous.last_day if previous else None)
            assert (event.why.previous_ends_from or event.why.previous_last_day) == (
                previous.ends_from if previous else None
            )
            first = event.why.sightings[0]
            assert (first.source, first.id) == (own.opener.source, own.opener.id)
        since = [
            appearance
            for place, appearances in moment.after.items()
            for appearance in appearances
            if place[0] == form(event.group)
            and appearance.opener.region == event.region
            and appearance.status == "confirmed"
            if appearance.kind != "spread"
        ]
        assert event.why.records_since == min((appearance.first_day for appearance in since), default=None)
        begin_by = min((appearance.begins_by for appearance in since), default=None)
        assert (event.why.records_begin_by or event.why.records_since) == begin_by


def assert_superseded_for_a_reason(moment: Moment) -> None:
    """What was announced is superseded by an announced alert anchored no later, or when it is surely less."""
    for place, alerts in moment.alerts.items():
        for alert in alerts:
            within = _holding(alert, moment.after[place])
            assert within is not None, "an alert that stands for nothing is retracted"
            if alert.announced is None:
                continue
            rivals = [
                other
                for other in alerts
                if other is not alert and other.announced and _holding(other, moment.after[place]) == within
            ]
            weaker = WEIGHT[within.may_be] < WEIGHT[alert.announced]
            if alert.status == "superseded":
                assert weaker or min(rival.anchor for rival in rivals) <= alert.anchor
            else:
                assert not weaker
                assert all(alert.anchor <= rival.anchor for rival in rivals)


def _holding(alert: AlertState, there: Sequence[Appearance]) -> Appearance | None:
    reachable = [appearance for appearance in there if alert.announced is None or appearance.status == "confirmed"]
    return next(
        (appearance for appearance in reachable if appearance.first_day <= alert.anchor <= appearance.last_day), None
    )


def assert_only_news_is_told(moment: Moment) -> None:
    """What is told for the first time, or confirmed, is fresh by the reference model."""
    today = moment.change.arrived.date()
    for event in moment.events:
        confirmed_now = any(change.what == "status" and change.old == "candidate" for change in event.changes)
        if event.type == "initial" or (event.status == "confirmed" and confirmed_now):
            assert is_fresh(_appearance_of(event, moment), today)


def assert_all_news_is_told(moment: Moment) -> None:
    """What is there anew and fresh has an alert, if a sighting that came to count could raise it."""
    today = moment.change.arrived.date()
    for place, there in moment.after.items():
        for appearance in there:
            if any(_meet(appearance, other) for other in moment.before.get(place, [])) or not is_fresh(
                appearance, today
            ):
                continue
            if any(
                appearance.countries or appearance.first_day <= seen.first <= appearance.last_day
                for seen in _came(moment, place)
            ):
                assert [alert for alert in moment.alerts[place] if _holding(alert, there) == appearance]


def _came(moment: Moment, place: Place) -> list[Seen]:
    """Return the sightings that count now in a country, or in a region, and did not before."""
    return [
        counted.seen
        for (group, country), there in moment.counts.items()
        for counted in there
        if group == place[0] and place[1] in {country, counted.seen.region}
        if counted.seen not in [other.seen for other in moment.counts_before.get((group, country), [])]
    ]


def _meet(appearance: Appearance, other: Appearance) -> bool:
    return appearance.first_day <= other.last_day and other.first_day <= appearance.last_day


def _appearance_of(event: AlertEvent, moment: Moment) -> Appearance:
    there = moment.after[place_of(event)]
    return next(
        appearance
        for appearance in there
        if (appearance.status, appearance.first_day) == (event.status, event.first_day)
    )
