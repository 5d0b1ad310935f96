"""Laws that alerts satisfy after every change, checked against the reference model."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.alert import AlertEvent, AlertState
from tests.property.recorder import Recorded, place_of
from tests.support.reference_model import Appearance, Place, Seen, form, is_fresh

WEIGHT = {"returned": 0, "re_emergence": 1, "first_ever": 2, "spread": 2}


def assert_alerts_match_appearances(recorded: Recorded) -> None:
    """Each confirmed alert matches one episode or spread, and each candidate alert one candidate."""
    for place, alerts in recorded.alerts.items():
        current = [alert for alert in alerts if alert.status != "superseded"]
        fields = [_fields_of_alert(alert) for alert in current]
        assert len(set(fields)) == len(fields), "an episode has two current alerts"
        appearances = {_fields_of_appearance(appearance) for appearance in recorded.after.get(place, [])}
        assert set(fields) <= appearances, f"{set(fields) - appearances} has no appearance: {appearances - set(fields)}"


def _fields_of_alert(alert: AlertState) -> tuple[object, ...]:
    days = (alert.first_day, alert.last_day, alert.begins_by or alert.first_day, alert.ends_from or alert.last_day)
    factions = tuple(sorted(map(form, alert.by_affiliation)))
    return alert.status, alert.kind, alert.country, *days, alert.origins, factions, alert.doubtful, alert.countries


def _fields_of_appearance(appearance: Appearance) -> tuple[object, ...]:
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


def assert_events_contain_their_evidence(recorded: Recorded) -> None:
    """An event names the earliest current sighting, the last day of the previous episode, and the first day in the region."""
    for event in recorded.events:
        if event.status not in {"candidate", "confirmed"}:
            continue
        current = recorded.after[place_of(event)]
        own = next(
            appearance
            for appearance in current
            if (appearance.status, appearance.first_day) == (event.status, event.first_day)
        )
        if event.kind != "spread":
            earlier = [
                appearance
                for appearance in current
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
            for place, appearances in recorded.after.items()
            for appearance in appearances
            if place[0] == form(event.group)
            and appearance.opener.region == event.region
            and appearance.status == "confirmed"
            if appearance.kind != "spread"
        ]
        assert event.why.records_since == min((appearance.first_day for appearance in since), default=None)
        begin_by = min((appearance.begins_by for appearance in since), default=None)
        assert (event.why.records_begin_by or event.why.records_since) == begin_by


def assert_superseded_for_a_reason(recorded: Recorded) -> None:
    """An announced alert is superseded by one with an earlier anchor, or if its kind is certainly weaker now."""
    for place, alerts in recorded.alerts.items():
        for alert in alerts:
            within = _holding(alert, recorded.after[place])
            assert within is not None, "an alert without an appearance must be retracted"
            if alert.announced is None:
                continue
            rivals = [
                other
                for other in alerts
                if other is not alert and other.announced and _holding(other, recorded.after[place]) == within
            ]
            weaker = WEIGHT[within.may_be] < WEIGHT[alert.announced]
            if alert.status == "superseded":
                assert weaker or min(rival.anchor for rival in rivals) <= alert.anchor
            else:
                assert not weaker
                assert all(alert.anchor <= rival.anchor for rival in rivals)


def _holding(alert: AlertState, current: Sequence[Appearance]) -> Appearance | None:
    reachable = [appearance for appearance in current if alert.announced is None or appearance.status == "confirmed"]
    return next(
        (appearance for appearance in reachable if appearance.first_day <= alert.anchor <= appearance.last_day), None
    )


def assert_only_news_raises_alerts(recorded: Recorded) -> None:
    """Every appearance that raises an alert or confirms one is fresh by the reference model."""
    today = recorded.change.arrived.date()
    for event in recorded.events:
        confirmed_now = any(change.what == "status" and change.old == "candidate" for change in event.changes)
        if event.type == "initial" or (event.status == "confirmed" and confirmed_now):
            assert is_fresh(_appearance_of(event, recorded), today)


def assert_all_news_raises_alerts(recorded: Recorded) -> None:
    """Every new and fresh appearance has an alert if an added sighting could raise it."""
    today = recorded.change.arrived.date()
    for place, current in recorded.after.items():
        for appearance in current:
            if any(_meet(appearance, other) for other in recorded.before.get(place, [])) or not is_fresh(
                appearance, today
            ):
                continue
            if any(
                appearance.countries or appearance.first_day <= seen.first <= appearance.last_day
                for seen in _added_sightings(recorded, place)
            ):
                assert [alert for alert in recorded.alerts[place] if _holding(alert, current) == appearance]


def _added_sightings(recorded: Recorded, place: Place) -> list[Seen]:
    """Return the sightings that count in a country or region after the change, but not before it."""
    return [
        counted.seen
        for (group, country), counted_sightings in recorded.counts.items()
        for counted in counted_sightings
        if group == place[0] and place[1] in {country, counted.seen.region}
        if counted.seen not in [other.seen for other in recorded.counts_before.get((group, country), [])]
    ]


def _meet(appearance: Appearance, other: Appearance) -> bool:
    return appearance.first_day <= other.last_day and other.first_day <= appearance.last_day


def _appearance_of(event: AlertEvent, recorded: Recorded) -> Appearance:
    current = recorded.after[place_of(event)]
    return next(
        appearance
        for appearance in current
        if (appearance.status, appearance.first_day) == (event.status, event.first_day)
    )
