"""Hands one mail to the operator's mail server. smtplib blocks, so it runs in a thread."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import Literal

from faust_batches.errors import reason
from streams.notify.mail import Command, outcome_of_reply
from streams.notify.outcomes import Ambiguous, NotSent, Outcome

Security = Literal["starttls", "tls", "none"]

_TIMEOUT_SECONDS = 30.0
_MOST_CONNECTIONS = 4
"""Connections at the same time: few, so that a burst of alerts does not look like an attack."""

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The mail server, and how to reach it."""

    host: str
    port: int
    sender: str
    """Address of the sender."""
    security: Security = "starttls"
    """``none``: without encryption. Otherwise the server's certificate must be valid for its name."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    """PEM file of the authority that signed the certificate; None: the system's."""


class SmtpClient:
    """Sends mails, each over a connection of its own."""

    def __init__(self, server: SmtpServer, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._server, self._timeout = server, timeout_seconds
        self._connections = asyncio.Semaphore(_MOST_CONNECTIONS)

    @property
    def sender(self) -> str:
        """The address of the sender."""
        return self._server.sender

    async def send(self, recipient: str, content: bytes) -> Outcome:
        """Send a mail once and return the outcome."""
        async with self._connections:
            return await asyncio.to_thread(self._send, recipient, content)

    async def check(self) -> str | None:
        """Return why the server rejects mail from the sender, or None. Sends nothing. For ``firstseen doctor``."""
        return await asyncio.to_thread(self._check)

    def _check(self) -> str | None:
        try:
            smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return _safe_reason(error)
        try:
            code, _ = smtp.docmd(f"MAIL FROM:<{self._server.sender}>")
        except (smtplib.SMTPException, OSError) as error:
            return type(error).__name__
        finally:
            _close(smtp)
        return None if code // 100 == 2 else f"it answered {code} to MAIL"

    def _send(self, recipient: str, content: bytes) -> Outcome:
        try:
            smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return NotSent(f"no connection: {_safe_reason(error)}")
        try:
            return self._transmit(smtp, recipient, content)
        finally:
            _close(smtp)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        name = server.sender.rpartition("@")[2]
        context = ssl.create_default_context(cafile=server.ca_file) if server.security != "none" else None
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=self._timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=self._timeout)
        try:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.user and server.password:
                smtp.login(server.user, server.password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _transmit(self, smtp: smtplib.SMTP, recipient: str, content: bytes) -> Outcome:
        commands: tuple[tuple[Command, str], ...] = (
            ("MAIL", f"MAIL FROM:<{self._server.sender}>"), ("RCPT", f"RCPT TO:<{recipient}>"), ("DATA", "DATA"),
        )  # fmt: skip
        for command, sent in commands:
            try:
                code, text = smtp.docmd(sent)
            except (smtplib.SMTPException, OSError) as error:
                return NotSent(f"disconnected after {command}: {type(error).__name__}")
            if refused := outcome_of_reply(command, code, text.decode(errors="replace")):
                return refused
        try:
            smtp.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return Ambiguous(f"no reply after the mail: {type(error).__name__}")
        outcome = outcome_of_reply("end of DATA", code, text.decode(errors="replace"))
        return outcome or Ambiguous(f"smtp_{code} after the mail")


def _close(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()


def _safe_reason(error: Exception) -> str:
    """Return what went wrong. A server's text may repeat what it was sent, so only its code is kept."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return reason(error)
