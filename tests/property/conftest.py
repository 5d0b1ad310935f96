"""Every run tries the same examples: a law that breaks breaks for everyone."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("laws", derandomize=True, deadline=None, database=None, max_examples=75)
settings.load_profile("laws")
