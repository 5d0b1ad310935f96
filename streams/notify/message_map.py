"""Which map a message shows. Pure.

An alert that is news gets a map. Its message keeps the map until the alert names other countries or places; a message
that is no longer news keeps the last one. :mod:`streams.io.message_maps` uploads maps and edits messages.
"""

from __future__ import annotations

from hashlib import sha256

from schemas.alert import AlertEvent
from schemas.delivery import LONGEST_ALT_TEXT, Delivery, Digest, LedgerEntry, MapFile
from schemas.limits import shorten
from streams.notify.map_svg import alt_text, contents

_FINGERPRINT = 16


def map_file(alert: AlertEvent, file: str) -> MapFile:
    """Return the map of an alert; ``file`` is Slack's id of the picture."""
    return MapFile(file=file, shows=_fingerprint(alert), alt_text=shorten(alt_text(alert), LONGEST_ALT_TEXT))


def kept_map(shown: MapFile | None, alert: AlertEvent) -> MapFile | None:
    """Return the map that a message keeps when it is edited to show the alert as it is now."""
    if shown is None or alert.status != "confirmed":
        return shown
    return shown if shown.shows == _fingerprint(alert) else None


def lacks_map(delivery: Delivery, entry: LedgerEntry, digest: Digest | None) -> bool:
    """Whether the root message of an alert is to get a map. ``digest``: the digest that is the root message."""
    shown = digest.map_file if digest else entry.map_file
    is_current = entry.alert_revision == delivery.alert.revision and delivery.alert.status == "confirmed"
    return is_current and shown is None and entry.form == "full" and entry.message_ts is not None


def _fingerprint(alert: AlertEvent) -> str:
    return sha256(repr(contents(alert)).encode()).hexdigest()[:_FINGERPRINT]
