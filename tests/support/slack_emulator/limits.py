"""Slack's limits on the content of a message (https://docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

MAX_BLOCKS, MAX_FIELDS, MAX_ELEMENTS = 50, 10, 10
LONGEST_HEADER, LONGEST_FIELD, LONGEST_SECTION, LONGEST_FALLBACK = 150, 2000, 3000, 4000


def problem(text: str, blocks: Any) -> str | None:
    """Return Slack's error code for a message that it would reject, or None."""
    if _units(text) > LONGEST_FALLBACK:
        return "msg_too_long"
    if isinstance(blocks, str):
        blocks = json.loads(blocks)
    if not isinstance(blocks, Sequence) or not all(isinstance(block, dict) for block in blocks):
        return "invalid_blocks_format"
    fits = len(blocks) <= MAX_BLOCKS and all(map(_fits, blocks)) and all(map(_is_formed, blocks))
    return None if fits else "invalid_blocks"


def _fits(block: dict[str, Any]) -> bool:
    text = block.get("text", {}).get("text")
    longest = LONGEST_HEADER if block.get("type") == "header" else LONGEST_SECTION
    fields, elements = block.get("fields", []), block.get("elements", [])
    return (
        (text is None or 0 < _units(text) <= longest)
        and len(fields) <= MAX_FIELDS
        and len(elements) <= MAX_ELEMENTS
        and all(0 < _units(field["text"]) <= LONGEST_FIELD for field in fields)
    )


def _is_formed(block: dict[str, Any]) -> bool:
    try:
        parsed = Block.parse(block)
        return parsed is not None and type(parsed) is not Block and bool(parsed.to_dict())
    except SlackObjectFormationError:
        return False


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
