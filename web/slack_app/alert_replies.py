"""Replies of the Slack app about alerts on record: current ones, what a filter would have sent, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from history.explain import AlertHistory
from history.explanation_text import alert_lines
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.labels import counted
from schemas.subscription import Subscription
from streams.dispatch.matching import wants
from streams.notify.cards import alert_card
from streams.notify.changes import corrections_of
from streams.notify.digest import alert_line
from streams.notify.phrases import alert_address, days_of, short_id, sighting_line, with_days_in_words
from streams.notify.spans import Line, Span, line, utc, words
from streams.notify.untrusted_text import visible
from streams.preview import PreviewedMessage, preview
from web.slack_app.replies import Reply, fitted, reply

_MAX_LINES = 30
_MAX_EVENTS = 5
_LONGEST_LINE = 400
_LONGEST_ID = 60
_CURRENT_DAYS = 30


def current_alerts(
    subscription: Subscription, events: Sequence[AlertEvent], areas: Areas, at: datetime, page: str | None = None
) -> tuple[Line, ...]:
    """Return the confirmed alerts of the last thirty days that a subscription matches, one on each line.

    If there are none, say which was the latest. ``events`` are in the order of arrival; ``page`` is the address of the
    web page.
    """
    latest = {event.alert_id: event for event in events}
    since = at.date() - timedelta(_CURRENT_DAYS)
    alerts = [
        alert for alert in latest.values()
        if alert.status == "confirmed" and alert.last_day >= since and wants(subscription, alert, areas)
    ]  # fmt: skip
    if not alerts:
        return (line(f"Nothing new in the last {_CURRENT_DAYS} days."), *_latest([subscription], events, areas, page))
    alerts.sort(key=lambda alert: alert.first_day, reverse=True)
    title = line(f"New in the last {_CURRENT_DAYS} days:")
    return fitted([title, *(line("• ", *alert_line(alert, page)) for alert in alerts)])


def preview_reply(
    subscriptions: Sequence[Subscription],
    days: int,
    events: Sequence[AlertEvent],
    areas: Areas,
    at: datetime,
    page: str | None = None,
) -> Reply:
    """Return the messages and corrections that subscriptions would have sent, one on each line, in order of sending.

    If there are none, say which was the latest alert. ``events`` are in the order of arrival.
    """
    if not subscriptions:
        return reply("This channel has no subscription: try a filter, `/firstseen preview 365d in:Sahel`.")
    messages = list(preview(subscriptions, events, areas, at - timedelta(days), at))
    if not messages:
        return reply(line(f"Nothing in the last {counted(days, 'day')}."), *_latest(subscriptions, events, areas, page))
    last = messages[-_MAX_LINES:]
    title = f"Messages and corrections in the last {counted(days, 'day')}: {len(messages)}"
    title += f"; the last {len(last)}:" if len(messages) > len(last) else ""
    return Reply(fitted([line(title), *(_preview_line(previewed, page) for previewed in last)]))


def _latest(
    subscriptions: Sequence[Subscription], events: Sequence[AlertEvent], areas: Areas, page: str | None
) -> tuple[Line, ...]:
    """Return the line of the latest alert that is news now, if there is any."""
    current = {event.alert_id: event for event in events}  # in the order in which they were raised
    matching = (
        alert for alert in reversed(current.values())
        if alert.status == "confirmed" and any(wants(each, alert, areas) for each in subscriptions)
    )  # fmt: skip
    latest = next(matching, None)
    return (line("The latest alert before that: ", *alert_line(latest, page), _id(latest)),) if latest else ()


def _preview_line(previewed: PreviewedMessage, page: str | None) -> Line:
    alert, message = previewed.alert, previewed.message
    url = alert_address(page, alert) if page and alert else None
    action = "" if previewed.action == "message" else f"{previewed.action}: "
    says = Span(words(message.card.headline) if message.card else message.text, url=url)
    return line(Span(utc(previewed.at), at=previewed.at), f" {action}", says, _id(alert) if alert else "")


def _id(alert: AlertEvent) -> str:
    """Return the id as at the foot of a message, for ``/firstseen why``."""
    return f" · {visible(short_id(alert), _LONGEST_ID)}"


def only_alert(events: Sequence[AlertEvent], prefix: str) -> AlertEvent | Reply:
    """Return the latest event of the alert whose id has a prefix, or the reply if there are none or several.

    ``events`` are those of all alerts whose id has the prefix.
    """
    ids = {event.alert_id for event in events}
    if not ids:
        return reply(line(f"No alert id starts with “{visible(prefix, _LONGEST_ID)}”."))
    if len(ids) > 1:
        return reply(line(f"{len(ids)} alert ids start with “{visible(prefix, _LONGEST_ID)}”: write more of the id."))
    return events[-1]


def explain_alert(events: Sequence[AlertEvent], prefix: str, page: str | None = None) -> Reply:
    """Return the latest events and the evidence of an alert, given the events of all alerts whose id has a prefix."""
    alert = only_alert(events, prefix)
    if isinstance(alert, Reply):
        return alert
    headline = alert_card(alert, corrections_of(events), page).headline
    evidence = [line(f"• {sighting_line(sighting, visible, days_of)}") for sighting in alert.why.sightings]
    return Reply(fitted([headline, *_history(events), *evidence]))


def _history(events: Sequence[AlertEvent]) -> Iterator[Line]:
    """Yield the state of an alert and its latest events in the words of ``firstseen groups why``."""
    heading, *rest = alert_lines(AlertHistory(tuple(events)), {}, None, days_of)
    yield line(visible(with_days_in_words(heading.text), _LONGEST_LINE))
    starts = [index for index, text in enumerate(rest) if text.depth == 1][-_MAX_EVENTS:]
    for text in rest[starts[0] :]:
        ours = with_days_in_words(text.text) if text.depth == 1 else text.text  # the others hold titles and ids
        yield line(f"{'    ' * (text.depth - 1)}{visible(ours, _LONGEST_LINE)}")
