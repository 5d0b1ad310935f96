"""Mails to a mail server on this machine: once each, corrections in the thread, held or suspended as the server says."""

from __future__ import annotations

import asyncio
import io
import logging
import shutil
import ssl
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import LEDGER, OUTBOX, SUSPENSIONS
from streams.io.destinations import Destinations
from streams.io.email_sender import EmailOptions, EmailSender
from streams.io.smtp_client import SmtpClient, SmtpServer
from streams.notify.outcomes import NotSent, Sent
from streams.notify.unsubscribe import unsubscribe_link
from tests.support.mail_server import SILENCE, MailServer, mail_server
from tests.support.partition import PlainPartition, short_sleep
from tests.support.slack_deliveries import delivery, withdrawn

ANALYST = "mailto:analyst@example.org"
SECRET = "a secret of enough letters"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def of(server: MailServer) -> Destinations:
    smtp = SmtpClient(SmtpServer("127.0.0.1", server.port, "alerts@example.org", "none"))
    options = EmailOptions("https://page.example", SECRET)
    email = EmailSender(smtp, options, clock=lambda: NOW, sleep=short_sleep)
    return Destinations(None, Console(file=io.StringIO()), others={"email": email}, sleep=short_sleep)


async def send(server: MailServer, *deliveries: Delivery, partition: PlainPartition | None = None) -> PlainPartition:
    """Send deliveries, and return once the outbox is empty."""
    partition, destinations = partition or PlainPartition(), of(server)
    sending = partition.open(destinations)
    await partition.take_in(destinations, deliveries)
    await partition.until_empty()
    await stop(sending)
    return partition


async def stop(sending: asyncio.Task[None]) -> None:
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending


def entry(partition: PlainPartition, name: str = "delivery-1") -> LedgerEntry:
    row: LedgerEntry = partition.tables[LEDGER][name]
    return row


def mails(server: MailServer) -> list[EmailMessage]:
    return [content for _, _, content in server.taken]


def text(content: EmailMessage, kind: str = "plain") -> str:
    part = content.get_body((kind,))
    assert part
    return str(part.get_content())


async def test_a_correction_is_a_reply_in_the_thread() -> None:
    async with mail_server() as server:
        partition = await send(server, delivery(ANALYST))
        await send(server, withdrawn(ANALYST), partition=partition)
    first, correction = mails(server)
    assert [(sender, to) for sender, to, _ in server.taken] == [("alerts@example.org", ["analyst@example.org"])] * 2
    assert first["Subject"] == "JNIM appeared in Mali for the first time"
    assert correction["Subject"] == "Alert withdrawn: JNIM in Mali"
    assert first["Message-ID"] == "<delivery-1@example.org>"
    assert correction["Message-ID"] == "<delivery-1.2@example.org>"
    assert correction["In-Reply-To"] == correction["References"] == first["Message-ID"]
    assert "Corrects an earlier message: JNIM appeared in Mali" in text(correction)
    assert (entry(partition).via, entry(partition).alert_revision) == ("email", 2)


async def test_a_burst_is_one_mail_and_a_correction_replies_to_it() -> None:
    async with mail_server() as server:
        partition = await send(server, *(delivery(ANALYST, number) for number in range(12)))
        await send(server, withdrawn(ANALYST, 3), partition=partition)
    digest, correction = mails(server)
    assert text(digest).count("• JNIM appeared in Mali") == 12
    assert correction["In-Reply-To"] == digest["Message-ID"]


async def test_a_mail_that_was_sent_before_a_crash_is_sent_again_under_the_same_id_and_counted() -> None:
    partition = PlainPartition()
    async with mail_server({"DATA": [SILENCE]}) as server:
        destinations = of(server)
        sending = partition.open(destinations)
        await partition.take_in(destinations, [delivery(ANALYST)])
        await server.silent.wait()
        await stop(sending)  # as if the worker were killed
        assert len(partition.tables[OUTBOX]) == 1
        await send(server, partition=partition)
    assert [content["Message-ID"] for content in mails(server)] == ["<delivery-1@example.org>"] * 2
    assert (entry(partition).state, entry(partition).ambiguous) == ("sent", 1)


async def test_no_reply_after_the_mail_is_ambiguous_and_any_earlier_failure_is_not() -> None:
    replies = {"MAIL": ["451 later"], "RCPT": ["450 greylisted"], "DATA": ["452 full", SILENCE]}
    async with mail_server(replies) as server:
        partition = await send(server, delivery(ANALYST))
    assert len(mails(server)) == 2
    assert (entry(partition).attempts, entry(partition).ambiguous) == (5, 1)


@pytest.mark.parametrize("refusal", ["550 5.1.1 no such user", "550 unknown", "553 5.1.3 bad address"])
async def test_an_address_that_does_not_exist_is_suspended(refusal: str) -> None:
    async with mail_server({"RCPT": [refusal]}) as server:
        partition = await send(server, delivery(ANALYST), delivery(ANALYST, 2))
    assert server.taken == []
    assert server.commands == ["MAIL", "RCPT"]
    assert list(partition.tables[SUSPENSIONS]) == [ANALYST]
    assert entry(partition, "delivery-2").error == "suspended: mailbox_unavailable"


async def test_a_refused_mail_is_dead_and_the_next_is_sent() -> None:
    async with mail_server({"DATA": ["554 5.6.0 too strange"]}) as server:
        partition = await send(server, delivery(ANALYST), delivery(ANALYST, 2))
    assert entry(partition).error == "smtp_554 after end of DATA"
    assert entry(partition, "delivery-2").state == "sent"
    assert not partition.tables[SUSPENSIONS]


async def test_a_refusal_that_the_operator_must_mend_holds_the_mail() -> None:
    async with mail_server({"MAIL": ["550 5.7.1 not your sender"], "RCPT": ["554 5.7.1 relay denied"]}) as server:
        partition = await send(server, delivery(ANALYST))
    assert (entry(partition).state, entry(partition).attempts) == ("sent", 3)
    assert not partition.tables[SUSPENSIONS]


async def test_without_a_mail_server_the_terminal_shows_the_alert() -> None:
    out, partition = io.StringIO(), PlainPartition()
    await partition.take_in(Destinations(None, Console(file=out, width=80)), [delivery(ANALYST)])
    assert "for the first time" in out.getvalue()
    async with mail_server() as server:
        await send(server, withdrawn(ANALYST), partition=partition)
    assert server.taken == []


async def test_every_mail_has_the_link_by_which_its_recipient_unsubscribes() -> None:
    async with mail_server() as server:
        await send(server, delivery(ANALYST))
    [found] = mails(server)
    link = unsubscribe_link("https://page.example", ANALYST, SECRET)
    assert found["List-Unsubscribe"] == f"<{link}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"Unsubscribe: <{link}>" in text(found)
    assert f'<a href="{link}">Unsubscribe</a>' in text(found, "html")


async def post(server: MailServer, **options: Any) -> Any:
    client = SmtpClient(SmtpServer(port=server.port, sender="alerts@example.org", **options), timeout_seconds=10)
    return await client.send("analyst@example.org", b"Subject: x\r\n\r\n.first\r\n..second\r\n")


async def test_a_line_that_begins_with_a_dot_arrives_whole() -> None:
    async with mail_server() as server:
        assert await post(server, host="127.0.0.1", security="none") == Sent("", "")
    assert mails(server)[0].get_payload() == ".first\r\n..second\r\n"


async def test_a_server_that_offers_no_encryption_gets_nothing() -> None:
    async with mail_server() as server:
        outcome = await post(server, host="localhost", security="starttls")
    assert isinstance(outcome, NotSent)
    assert server.commands == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself; the key is in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the program openssl")
    folder = tmp_path_factory.mktemp("tls")
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [openssl, *made.split(), "-keyout", folder / "key.pem", "-out", folder / "only.pem"],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "only.pem").read_text() + (folder / "key.pem").read_text())
    return both


async def test_the_certificate_must_be_valid_before_user_and_password_are_sent(
    certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    unknown = {"host": "localhost", "security": "starttls", "user": "firstseen", "password": "right"}
    known = {**unknown, "ca_file": str(certificate)}
    async with mail_server(tls=tls, auth_required=True, auth_require_tls=True) as server:
        assert isinstance(await post(server, **unknown), NotSent)
        assert isinstance(await post(server, **{**known, "host": "127.0.0.1"}), NotSent)  # another name
        assert server.users == []
        assert isinstance(await post(server, **{**known, "password": "s3cret"}), NotSent)
        assert await post(server, **known) == Sent("", "")
    assert list(dict.fromkeys(server.users)) == [(b"firstseen", b"s3cret"), (b"firstseen", b"right")]
    assert "s3cret" not in caplog.text
