"""How Slack's commands and clicks come in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlackAppConfig:
    """How Slack is reached, and how it proves that it is Slack."""

    bot_token: str
    signing_secret: str | None = None
    """For HTTP. None: no request is taken over HTTP."""
    app_token: str | None = None
    """For Socket Mode. None: it is not used."""
    operators_channel: str | None = None
    base_url: str | None = None
