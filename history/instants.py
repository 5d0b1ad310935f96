"""Instants as the read model stores them: text in UTC that sorts by time."""

from __future__ import annotations

from datetime import UTC, datetime


def instant_text(instant: datetime) -> str:
    """Return an instant as ``YYYY-MM-DD HH:MM:SS.ffffff``, UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def parse_instant_text(text: str) -> datetime:
    """Return the instant of a text from :func:`instant_text`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
