"""The mail server that the settings name. Says before the first mail what is missing or not safe."""

from __future__ import annotations

from firstseen.settings import LOOPBACK, Settings, SettingsError
from streams.io.smtp_client import SmtpServer


def mail_server(settings: Settings) -> SmtpServer | None:
    """Return the mail server, or None without one. Raises SettingsError if mail could not be sent, or not safely."""
    if not settings.smtp_host:
        return None
    if not settings.email_from:
        raise SettingsError("FIRSTSEEN_SMTP_HOST is set: also set FIRSTSEEN_EMAIL_FROM, to the address of the sender.")
    here = settings.smtp_host in LOOPBACK
    security = settings.smtp_security or ("none" if here else "starttls")
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    if password and security == "none" and not here:
        raise SettingsError("FIRSTSEEN_SMTP_SECURITY=none would send the password in clear text: set starttls or tls.")
    if (password is None) != (settings.smtp_user is None):
        raise SettingsError("Set both FIRSTSEEN_SMTP_USER and FIRSTSEEN_SMTP_PASSWORD, or none of them.")
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.email_from,
        security=security,
        user=settings.smtp_user,
        password=password,
        ca_file=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
    )
