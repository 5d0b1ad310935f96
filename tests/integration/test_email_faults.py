"""Whatever the mail server answers and whenever a worker is killed: every mail arrives, and a second copy is counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from schemas.delivery import LedgerEntry
from schemas.topics import LEDGER, OUTBOX
from tests.integration.test_email import ANALYST, of, stop
from tests.support.mail_server import SILENCE, MailServer, mail_server
from tests.support.partition import PlainPartition
from tests.support.slack_deliveries import delivery, withdrawn

ALERTS = range(6)
REPLIES = ["250 OK", "250 OK", "451 later", SILENCE]


async def send_with_kills(partition: PlainPartition, server: MailServer, random: Random) -> None:
    """Kill the worker at any moment and start another, until the outbox is empty."""
    while partition.tables[OUTBOX]:
        sending = partition.open(of(server))
        for _ in range(random.randint(1, 4_000)):
            await asyncio.sleep(0)
            if not partition.tables[OUTBOX]:
                break
        await stop(sending)


@pytest.mark.parametrize("seed", range(4))
async def test_every_mail_arrives_and_a_second_copy_has_the_same_id_and_is_counted(seed: int) -> None:
    random, partition = Random(seed), PlainPartition()
    replies = {"DATA": random.choices(REPLIES, k=30), "RCPT": random.choices(["250 OK", "450 busy"], k=10)}
    async with asyncio.timeout(60), mail_server(replies) as server:
        await partition.take_in(of(server), [delivery(ANALYST, number) for number in ALERTS])
        await send_with_kills(partition, server, random)
        await partition.take_in(of(server), [withdrawn(ANALYST, number) for number in ALERTS])
        await send_with_kills(partition, server, random)
    copies = Counter(str(content["Message-ID"]) for _, _, content in server.taken)
    entries: dict[str, LedgerEntry] = partition.tables[LEDGER]
    roots = {f"<delivery-{number}@example.org>" for number in ALERTS}
    corrections = {f"<delivery-{number}.2@example.org>" for number in ALERTS}
    assert copies.keys() == roots | corrections
    assert {(entry.state, entry.alert_revision) for entry in entries.values()} == {("sent", 2)}
    for number in ALERTS:
        twice = max(copies[f"<delivery-{number}@example.org>"], copies[f"<delivery-{number}.2@example.org>"]) > 1
        assert not twice or entries[f"delivery-{number}"].ambiguous >= 1
