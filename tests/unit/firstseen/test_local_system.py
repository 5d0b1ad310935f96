"""A private system sends nothing."""

from __future__ import annotations

import pytest

from firstseen.local_system import NO_SENDERS
from firstseen.settings import load_settings
from firstseen.wiring import senders

EVERY_SENDER = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "FIRSTSEEN_WEBHOOK_SECRET": "secret",
    "FIRSTSEEN_TEAMS_URLS": '{"desk": "https://teams.example/"}',
    "FIRSTSEEN_SMTP_HOST": "mail.example.org",
    "FIRSTSEEN_EMAIL_FROM": "alerts@example.org",
}


async def test_a_private_system_sends_nothing_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EVERY_SENDER.items():
        monkeypatch.setenv(name, value)
    assert senders(load_settings()).keys() == {"webhook", "teams", "email"}
    for name in NO_SENDERS:
        monkeypatch.delenv(name)
    settings = load_settings()
    assert (senders(settings), settings.slack_token) == ({}, None)
