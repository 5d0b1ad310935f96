"""The numbers in the rules of newness, with their reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """DESIGN section 3. All in days."""

    window_days: int = 30
    """Evidence at most this far apart is one episode: the span that "in the past month" means on the map."""
    dormancy_days: int = 365
    """After a gap longer than this a return is a re-emergence: a year holds every season of fighting."""
    horizon_days: int = 30
    """An episode is pushed only if it began at most this long before the report of it arrived: older is history."""
