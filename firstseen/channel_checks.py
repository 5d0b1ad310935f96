"""Checks of e-mail and Teams for ``firstseen doctor``. They send nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from firstseen.mail_settings import mail_server
from firstseen.settings import Settings, SettingsError
from schemas.delivery import TEAMS
from streams.io.smtp_client import SmtpClient

Finding = tuple[bool, str]
"""Whether all is well; what was found, and for a failure what to do."""


def check_mail(settings: Settings) -> Finding | None:
    """Return whether the mail server accepts mail from the sender; None if no mail server is set."""
    try:
        server = mail_server(settings)
    except SettingsError as error:
        return False, str(error)
    if server is None:
        return None
    where = f"{server.host}:{server.port}"
    problem = asyncio.run(SmtpClient(server).check())
    if problem is None:
        return True, f"{where} accepts mail from {server.sender}"
    remedy = "check FIRSTSEEN_SMTP_HOST and FIRSTSEEN_SMTP_PORT, the user, the certificate and the sender"
    return False, f"{where} accepts no mail from {server.sender}: {problem}; {remedy}"


def check_teams(settings: Settings, destinations: Iterable[str]) -> Finding | None:
    """Return whether every subscribed channel of Teams has an address; None: there is no address at all."""
    names = settings.teams_urls.keys()
    if not names:
        return None
    missing = [name for name in destinations if name.startswith(TEAMS) and name.removeprefix(TEAMS) not in names]
    if not missing:
        return True, f"addresses for {', '.join(sorted(names))}"
    listed = ", ".join(sorted(missing)[:3])
    return False, f"{listed}: no such name in FIRSTSEEN_TEAMS_URLS, so these alerts go to the terminal"
