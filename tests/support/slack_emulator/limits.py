"""Slack's limits on the content of a message (https://docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from streams.notify.message import Message

MAX_BLOCKS, MAX_FIELDS, MAX_ELEMENTS = 50, 10, 10
MAX_VIEW_BLOCKS = 100
LONGEST_BLOCKS = 13_200
"""UTF-16 units of all texts in the blocks of a message."""
LONGEST_HEADER, LONGEST_FIELD, LONGEST_SECTION, LONGEST_FALLBACK = 150, 2000, 3000, 4000


def problem(text: str, blocks: Any, attachments: Any = ()) -> str | None:
    """Return Slack's error code for a message that it would reject, or None."""
    if _units(text) > LONGEST_FALLBACK:
        return "msg_too_long"
    blocks, attachments = (json.loads(given) if isinstance(given, str) else given for given in (blocks, attachments))
    if not isinstance(blocks, Sequence) or not all(isinstance(block, dict) for block in blocks):
        return "invalid_blocks_format"
    if any(attachment.keys() - {"color", "blocks"} for attachment in attachments):  # legacy fields exclude blocks
        return "invalid_attachments"
    blocks = [*blocks, *(block for attachment in attachments for block in attachment["blocks"])]
    fits = len(blocks) <= MAX_BLOCKS and all(map(_fits, blocks)) and all(map(_is_formed, blocks))
    if sum(_units(text) for block in blocks for text in _texts(block)) > LONGEST_BLOCKS:
        return "msg_blocks_too_long"
    return None if fits else "invalid_blocks"


def pictures(blocks: Any, attachments: Any = ()) -> list[str]:
    """Return the ids of the files in the image blocks of a message."""
    blocks, attachments = (json.loads(given) if isinstance(given, str) else given for given in (blocks, attachments))
    every = [*blocks, *(block for attachment in attachments for block in attachment["blocks"])]
    return [block["slack_file"]["id"] for block in every if block["type"] == "image"]


def message_problem(message: Message) -> str | None:
    """Return Slack's error code for one of our messages, or None."""
    return problem(message.text, list(message.blocks), list(message.attachments))


def view_problem(view: dict[str, Any]) -> str | None:
    """Return Slack's error code for a form or a home that it would reject, or None."""
    if len(view["blocks"]) > MAX_VIEW_BLOCKS or not all(map(_is_formed, view["blocks"])):
        return "invalid_arguments"
    try:
        View(**view).validate_json()
    except SlackObjectFormationError:
        return "invalid_arguments"
    return None


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


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts that a block shows."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_formed(block: dict[str, Any]) -> bool:
    try:
        parsed = Block.parse(block)
        return parsed is not None and type(parsed) is not Block and bool(parsed.to_dict())
    except SlackObjectFormationError:
        return False


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
