"""What became known between two instants, in words."""

from __future__ import annotations

from collections.abc import Iterator

from history.changes import Changes
from history.explanation_text import Line
from places.countries import country_name
from schemas.labels import KINDS, STATUSES
from streams.notify.mrkdwn import clean
from streams.notify.phrases import place_name


def changes_in_words(changes: Changes) -> Iterator[Line]:
    """Yield what became known, as lines."""
    counts = f"{changes.reported:,} new, {changes.corrected:,} corrected, {changes.withdrawn:,} withdrawn"
    yield Line(f"Sightings: {counts}")
    yield Line(f"Alerts: {len(changes.alerts):,}", style="bold")
    for event in changes.alerts:
        about = f"{clean(event.group)} in {clean(place_name(event))} on {event.begins}"
        yield Line(f"{event.alert_id[:8]} {about}: {KINDS[event.kind].noun}, {STATUSES[event.status].adjective}", 1)
    yield Line(f"New episodes: {len(changes.episodes):,}", style="bold")
    for episode in changes.episodes:
        days = f"{episode.first_day} to {episode.last_day}"
        yield Line(f"{clean(episode.group)} in {country_name(episode.country)}: {days}, {KINDS[episode.kind].noun}", 1)
    yield Line(f"Changes of groups: {len(changes.groups):,}", style="bold")
    for revision in changes.groups:
        for detail in revision.details:
            yield Line(clean(detail), 1)
