"""Text as Markdown, for the pages that tools write. For developers."""

from __future__ import annotations

import re


def literal(text: str) -> str:
    """Return a text in which Markdown finds no marks."""
    return re.sub(r"([\\`*_~<>\[\]|])", r"\\\1", text)
