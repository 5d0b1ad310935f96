"""How many examples hypothesis tries: a property may ask for a share of the profile's number, or for a multiple."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(times: float, **more: Any) -> settings:
    """Return settings with so many times the examples of the profile; ``more`` are further settings."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=max(1, round(times * profile.max_examples)), **more)
