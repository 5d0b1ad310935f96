"""A mail server on loopback (aiosmtpd), for tests: keeps what it takes, and refuses or falls silent as told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SILENCE = ""
"""Instead of a reply: the server takes the mail and cuts the connection."""


@dataclass
class MailServer:
    """What came to the server."""

    port: int = 0
    replies: dict[str, list[str]] = field(default_factory=dict)
    """The next replies by command (MAIL, RCPT, DATA), before it accepts."""
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    """Sender, recipients and content of each mail."""
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a mail was taken and not answered."""
    commands: list[str] = field(default_factory=list)
    users: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        envelope.mail_from = address
        return self._reply("MAIL")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self._reply("RCPT")

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        reply = self._reply("DATA")
        if reply[:3] in {"250", SILENCE}:
            content = envelope.content
            assert isinstance(content, bytes)
            parsed = BytesParser(policy=policy.default).parsebytes(content)
            assert isinstance(parsed, EmailMessage)
            self.taken.append((str(envelope.mail_from), envelope.rcpt_tos, parsed))
        if reply == SILENCE:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            self.silent.set()
        return reply

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    def _reply(self, command: str) -> str:
        self.commands.append(command)
        waiting = self.replies.get(command)
        return waiting.pop(0) if waiting else "250 OK"


@asynccontextmanager
async def mail_server(
    replies: Mapping[str, list[str]] | None = None, *, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailServer]:
    """Serve until the end. ``tls``: offer STARTTLS."""
    state = MailServer(replies=dict(replies or {}))
    loop = asyncio.get_running_loop()
    given = {"hostname": "mail.example.org", "tls_context": tls, "loop": loop, "authenticator": state.authenticate}
    server = await loop.create_server(lambda: SMTP(state, **{**given, **options}), "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        await server.wait_closed()
