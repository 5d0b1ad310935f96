"""The mail server of the settings: safe by default, and what is missing is said before the first mail."""

from __future__ import annotations

from typing import Any

import pytest

from firstseen.mail_settings import mail_server
from firstseen.settings import Settings, SettingsError, load_settings
from streams.io.smtp_client import SmtpServer
from tests.support.tables import each_row

SERVER: dict[str, Any] = {"smtp_host": "mail.example.org", "email_from": "alerts@example.org"}
ACCOUNT: dict[str, Any] = {"smtp_user": "firstseen", "smtp_password": "s3cret"}


def test_without_a_host_there_is_no_mail_server() -> None:
    assert mail_server(Settings(email_from="alerts@example.org")) is None


def test_the_password_is_in_no_text() -> None:
    server = mail_server(Settings(**SERVER, **ACCOUNT))
    assert server == SmtpServer("mail.example.org", 587, "alerts@example.org", "starttls", "firstseen", "s3cret")
    assert "s3cret" not in repr(server)


@each_row(("host", "security"), [("mail.example.org", "starttls"), ("127.0.0.1", "none"), ("localhost", "none")])
def test_only_a_server_on_this_machine_may_do_without_encryption_by_default(host: str, security: str) -> None:
    server = mail_server(Settings(**{**SERVER, "smtp_host": host}))
    assert server
    assert server.security == security


@each_row(
    ("given", "variable"),
    [
        ({"smtp_host": "mail.example.org"}, "FIRSTSEEN_EMAIL_FROM"),
        ({**SERVER, **ACCOUNT, "smtp_security": "none"}, "FIRSTSEEN_SMTP_SECURITY"),
        ({**SERVER, "smtp_user": "firstseen"}, "FIRSTSEEN_SMTP_PASSWORD"),
    ],
)
def test_what_is_missing_or_not_safe_is_named(given: dict[str, Any], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable) as caught:
        mail_server(Settings(**given))
    assert "s3cret" not in str(caught.value)


@each_row("sender", ["Alerts <alerts@example.org>", "alerts@example.org\nBcc: x@y.org", "alerts", "a b@example.org"])
def test_the_sender_is_a_plain_address(sender: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTSEEN_EMAIL_FROM", sender)
        with pytest.raises(SettingsError, match="FIRSTSEEN_EMAIL_FROM"):
            load_settings()
