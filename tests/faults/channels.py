"""The channels beside Slack in a chaos run: a mail server, a workflow of Teams and a webhook, which fail as asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from pydantic_core import to_json

from tests.faults.channel_comparison import Shown
from tests.faults.schedule import ChannelFailure
from tests.support.mail_server import SILENCE, MailServer, mail_server
from tests.support.receiver import Receiver, receiver
from tests.support.waiting import PATIENCE_SECONDS

ANALYST, DESK = "mailto:analyst@example.org", "teams:desk"
PAGE = "https://alerts.example.org"

_STATUSES: dict[ChannelFailure, int | None] = {"ratelimited": 429, "status": 503, "cut_before": None, "cut_after": 0}
_REPLIES: dict[ChannelFailure, tuple[str, str]] = {
    "ratelimited": ("RCPT", "450 busy"), "status": ("DATA", "451 later"), "cut_before": ("MAIL", "421 closing"),
    "cut_after": ("DATA", SILENCE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channels:
    """The servers, and what they took."""

    mails: MailServer
    teams: Receiver
    webhook: Receiver

    @property
    def destinations(self) -> tuple[str, str, str]:
        """Return what a subscription calls them."""
        return ANALYST, DESK, self.webhook.url

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of the workers."""
        return {
            "FIRSTSEEN_PAGE_URL": PAGE,
            "FIRSTSEEN_SMTP_HOST": "127.0.0.1",
            "FIRSTSEEN_SMTP_PORT": str(self.mails.port),
            "FIRSTSEEN_EMAIL_FROM": "alerts@example.org",
            "FIRSTSEEN_TEAMS_URLS": to_json({"desk": self.teams.url}).decode(),
            "FIRSTSEEN_WEBHOOK_SECRET": "a secret of enough letters",
            "FIRSTSEEN_WEBHOOK_PRIVATE": "true",
        }

    def fail(self, channel: str, failure: ChannelFailure, times: int) -> None:
        """Let the next requests to a channel fail."""
        if channel == "email":
            command, reply = _REPLIES[failure]
            self.mails.replies.setdefault(command, []).extend([reply] * times)
        else:
            receiver = self.teams if channel == "teams" else self.webhook
            receiver.statuses.extend([_STATUSES[failure]] * times)

    def shown(self) -> dict[str, list[Shown]]:
        """Return what each destination got, in order."""
        mails = [str(content["Message-ID"])[1:].partition("@")[0] for _, _, content in self.mails.taken]
        return {
            ANALYST: [Shown(name) for name in mails],
            DESK: [Shown("", content) for _, content in self.teams.accepted],
            self.webhook.url: [Shown(headers["webhook-id"], content) for headers, content in self.webhook.accepted],
        }


@contextmanager
def channels() -> Iterator[Channels]:
    """Serve in a thread until the context ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="channels", daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def start() -> Channels:
        return Channels(
            await stack.enter_async_context(mail_server()),
            await stack.enter_async_context(receiver()),
            await stack.enter_async_context(receiver()),
        )

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_SECONDS)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
