"""Number of examples that hypothesis tries, as a multiple of the number in its profile."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(times: float, **more: Any) -> settings:
    """Return settings with a multiple of the profile's examples; ``more`` are further settings."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=max(1, round(times * profile.max_examples)), **more)
