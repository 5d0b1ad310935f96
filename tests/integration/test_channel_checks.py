"""What the doctor says about the mail server and the channels of Teams."""

from __future__ import annotations

import asyncio

from firstseen.channel_checks import check_mail, check_teams
from firstseen.settings import Settings
from tests.support.mail_server import mail_server


async def test_a_mail_server_that_accepts_the_sender_passes_and_gets_no_mail() -> None:
    async with mail_server() as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, email_from="alerts@example.org")
        found = await asyncio.to_thread(check_mail, settings)
    assert found == (True, f"127.0.0.1:{server.port} accepts mail from alerts@example.org")
    assert (server.commands, server.taken) == (["MAIL"], [])


async def test_a_refused_sender_and_a_server_that_is_away_are_failures() -> None:
    async with mail_server({"MAIL": ["550 5.7.1 not yours"]}) as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, email_from="alerts@example.org")
        refused = await asyncio.to_thread(check_mail, settings)
    away = await asyncio.to_thread(check_mail, settings)
    assert refused
    assert refused[1].startswith(
        f"127.0.0.1:{server.port} accepts no mail from alerts@example.org: it answered 550 to MAIL;"
    )
    assert away
    assert (refused[0], away[0]) == (False, False)


def test_a_setting_that_is_missing_is_named() -> None:
    found = check_mail(Settings(smtp_host="mail.example.org"))
    assert found
    assert "FIRSTSEEN_EMAIL_FROM" in found[1]
    assert check_mail(Settings()) is None


def test_a_channel_of_teams_without_an_address_is_named() -> None:
    settings = Settings.model_validate({"teams_urls": {"desk": "https://teams.example/"}})
    assert check_teams(settings, ["console", "teams:desk"]) == (True, "addresses for desk")
    found = check_teams(settings, ["teams:desk", "teams:dsek"])
    assert found == (False, "teams:dsek: no such name in FIRSTSEEN_TEAMS_URLS, so these alerts go to the terminal")
    assert check_teams(Settings(), ["teams:desk"]) is None
