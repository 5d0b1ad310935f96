"""Configuration of the Slack app: how it reaches Slack, and how it verifies requests from Slack."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class SlackAppConfig:
    """The tokens of one Slack app, and the channel of the operators."""

    bot_token: str
    signing_secret: str | None = None
    """Checks requests over HTTP. None: the page's server takes no Slack requests over HTTP."""
    app_token: str | None = None
    """Opens Socket Mode. None: Socket Mode is off."""
    operators_channel: str | None = None
    """Channel that gets readers' reports of wrong alerts. None: reports are not forwarded."""
    page: str | None = None
    """Address of the web page, for links to alerts. None: replies have no links."""
    base_url: str | None = None
    """Address of Slack's Web API, for tests and proxies. None: Slack."""

    @property
    def own_host(self) -> str | None:
        """Return the host of ``base_url``."""
        return urlsplit(self.base_url).hostname if self.base_url else None
