"""What became known between two instants, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from history.changes import ChangedAlert, ChangedAs, Changes
from history.explanation_text import Line
from places.countries import country_in_text
from schemas.labels import KINDS
from streams.notify.phrases import short_id
from streams.notify.untrusted_text import clean

_HEADINGS: Mapping[ChangedAs, str] = {
    "new": "New alerts", "corrected": "Corrected alerts", "taken_back": "Alerts taken back",
}  # fmt: skip


def changes_in_words(changes: Changes, limit: int) -> Iterator[Line]:
    """Yield what became known, as lines. Only the last alerts and the first episodes are listed, up to ``limit``."""
    if changes.is_empty:
        yield Line("Nothing changed: no alert, sighting, episode or group.")
        return
    counts = f"{changes.reported:,} new, {changes.corrected:,} corrected, {changes.withdrawn:,} withdrawn"
    yield Line(f"Sightings: {counts}")
    for what, heading in _HEADINGS.items():
        number = sum(changed.what == what for changed in changes.changed)
        yield Line(f"{heading}: {number:,}", style="bold")
        for changed in changes.changed[-limit:]:
            if changed.what == what:
                yield from _alert(changed)
    yield Line(f"New episodes: {len(changes.episodes):,}", style="bold")
    for episode in changes.episodes[:limit]:
        days = f"{episode.first_day} to {episode.last_day}"
        yield Line(
            f"{clean(episode.group)} in {country_in_text(episode.country)}: {days}, {KINDS[episode.kind].noun}", 1
        )
    details = [detail for revision in changes.groups for detail in revision.details]
    yield Line(f"Changes of groups: {len(details):,}", style="bold")
    yield from (Line(clean(detail), 1) for detail in details)


def _alert(changed: ChangedAlert) -> Iterator[Line]:
    yield Line(f"{short_id(changed.event)} {clean(changed.headline)}", 1)
    if changed.because:
        yield Line(f"because {changed.because}", 2, style="dim")
