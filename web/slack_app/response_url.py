"""Sends a reply to the ``response_url`` of a command or a click, whatever fails before."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any

from streams.notify.untrusted_text import escape
from web.slack_app.replies import Reply, reply

_log = logging.getLogger(__name__)

UNKNOWN_ALERT = "Firstseen has not read this alert yet. Try again in a moment."
_FAILED = reply("Firstseen cannot reach its data at the moment. Try again in a minute.")


async def respond_with(respond: Any, replying: Awaitable[Reply]) -> None:
    """Respond with a reply once it is there."""
    try:
        answer = await replying
    except Exception as error:  # noqa: BLE001 - the user gets an answer whatever fails
        _log.error("A command failed: %s: %s", type(error).__name__, escape(str(error), 300))
        answer = _FAILED
    await respond(
        text=answer.text, blocks=answer.blocks, response_type="in_channel" if answer.in_channel else "ephemeral",
        replace_original=False, unfurl_links=False,
    )  # fmt: skip
