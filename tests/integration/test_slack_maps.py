"""The map in the message of an alert: it follows as an edit, and no failure of it delays, repeats or loses a message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from schemas.alert import AlertChange, AlertEvidence, Cause
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DIGESTS, LEDGER, OUTBOX
from streams.io.destinations import Destinations
from streams.notify.ledger import MAX_MAP_ATTEMPTS
from tests.support.builders import evidence
from tests.support.messages import blocks_of, map_of
from tests.support.partition import PlainPartition, deliver_all, destinations_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_deliveries import delivery, draw_no_maps, withdrawn
from tests.support.slack_emulator.gateway import Fault
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def workspace() -> Iterator[FakeSlack]:
    with fake_slack() as started:
        yield started


@pytest.fixture
def slack(workspace: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSlack]:
    draw_no_maps(monkeypatch)
    yield workspace
    workspace.gateway.faults.clear()
    workspace.gateway.seen.clear()
    workspace.gateway.processing = 0


def moved(channel: str, number: int = 1, revision: int = 2) -> Delivery:
    """Return a correction: another place in the same country."""
    seen = evidence("2017-10-31", latitude=16.27, longitude=-0.04)
    origins = AlertChange(what="origins", old="1", new=str(revision))
    return delivery(
        channel, number, revision=revision, type="update", changes=(origins,),
        cause=Cause(what="reported", sighting=seen), why=AlertEvidence(sightings=(seen,), origins=revision),
    )  # fmt: skip


async def until_shown(slack: FakeSlack, channel: str, count: int = 1) -> list[str]:
    """Return the maps of a channel once there are so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(maps := await asyncio.to_thread(maps_of, slack, channel)) < count:
            await asyncio.sleep(0.1)  # the emulator limits the calls
    return maps


async def until_seen(slack: FakeSlack, method: str, times: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while slack.gateway.seen[method] < times:
            await asyncio.sleep(0.01)


def maps_of(slack: FakeSlack, channel: str) -> list[str]:
    return [shown for message in slack.messages(channel) if (shown := map_of(message))]


async def stop(sending: asyncio.Task[None]) -> None:
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending


async def send(
    slack: FakeSlack, partition: PlainPartition, channel: str, deliveries: Sequence[Delivery], maps: int = 1
) -> list[str]:
    """Send deliveries in turn, and return the maps once there are so many."""
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    for each in deliveries:
        await partition.take_in(destinations, [each])
        await partition.until_empty(PATIENCE_SECONDS)
    shown = await until_shown(slack, channel, maps)
    await stop(sending)
    return shown


def entry_of(partition: PlainPartition, number: int = 1) -> LedgerEntry:
    entry: LedgerEntry = partition.tables[LEDGER][f"delivery-{number}"]
    return entry


def file_of(partition: PlainPartition, number: int = 1) -> str | None:
    picture = entry_of(partition, number).map_file
    return picture.file if picture else None


async def killed(slack: FakeSlack, partition: PlainPartition, method: str, first: Delivery) -> Destinations:
    """Send an alert with a worker that dies while a call for its map is on its way; return the next worker's."""
    destinations = destinations_of(slack)
    slack.gateway.faults.append(Fault("late", method, late_seconds=20))
    sending = partition.open(destinations)
    await partition.take_in(destinations, [first])
    await until_seen(slack, method, 1)
    await stop(sending)
    return destinations_of(slack)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal", "chat.update"])
async def test_a_worker_that_dies_before_the_map_is_shown_repeats_nothing(slack: FakeSlack, method: str) -> None:
    channel, partition = slack.new_channel(f"killed-{method.lower().replace('.', '-')}"), PlainPartition()
    first = delivery(channel)
    successor = await killed(slack, partition, method, first)
    assert partition.tables[OUTBOX] == {}
    assert (file_of(partition) is None) == method.startswith("files."), "the ledger names the map before it is shown"
    named = file_of(partition)
    sending = partition.open(successor)
    same = first.replace(alert=first.alert.replace(revision=2, changes=moved(channel).alert.changes))
    await partition.take_in(successor, [same])
    [shown] = await until_shown(slack, channel)
    await stop(sending)
    assert named in {None, shown}
    assert len(slack.messages(channel)) == 1
    assert entry_of(partition).ambiguous == 0


async def test_the_message_shows_the_map_and_the_ledger_names_it(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("map"), PlainPartition()
    first, second = await send(slack, partition, channel, [delivery(channel, 1), delivery(channel, 2)], maps=2)
    assert {first, second} == {file_of(partition, 1), file_of(partition, 2)}
    messages = slack.messages_and_replies(channel)
    assert [("edited" in message, "files" in message) for message in messages] == [(True, False)] * 2, "not shared"
    [image] = messages[0]["attachments"][1]["blocks"]
    assert image["alt_text"] == "Map of Mali and its neighbours in Western Africa."


async def test_without_the_scope_the_message_has_no_map_and_one_warning_says_why(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    channel, partition = slack.new_channel("no-scope"), PlainPartition()
    slack.gateway.faults.append(Fault("error", "files.getUploadURLExternal", error="missing_scope", times=9))
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [delivery(channel, 1)])
    await until_seen(slack, "files.getUploadURLExternal", 1)
    await partition.take_in(destinations, [delivery(channel, 2), delivery(channel, 3)])
    await partition.until_empty()
    await asyncio.sleep(0)
    await stop(sending)
    assert len(slack.messages(channel)) == 3
    assert slack.gateway.seen["files.getUploadURLExternal"] == 1
    assert slack.gateway.seen["chat.update"] == 0
    assert len([line for line in caplog.messages if "Add the scope files:write" in line]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut_before", "files.getUploadURLExternal"),
        Fault("cut_after", "files.completeUploadExternal"),
        Fault("ratelimited", "files.completeUploadExternal", times=2),
        Fault("ratelimited", "chat.update"),
        Fault("cut_after", "chat.update"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.method}",
)
async def test_a_failed_upload_or_edit_is_repeated(slack: FakeSlack, fault: Fault) -> None:
    name = f"again-{fault.kind}-{fault.method}".lower().replace(".", "-").replace("_", "-")
    channel, partition = slack.new_channel(name), PlainPartition()
    slack.gateway.faults.append(Fault(fault.kind, fault.method, fault.times))
    assert await send(slack, partition, channel, [delivery(channel)]) == [file_of(partition)]
    assert len(slack.messages(channel)) == 1
    assert (entry_of(partition).attempts, entry_of(partition).ambiguous) == (1, 0)


async def test_a_picture_that_slack_still_processes_is_shown_later(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("processing"), PlainPartition()
    slack.gateway.processing = MAX_MAP_ATTEMPTS - 1
    assert await send(slack, partition, channel, [delivery(channel)]) == [file_of(partition)]
    assert slack.gateway.seen["files.completeUploadExternal"] == 1


async def test_a_map_that_slack_never_accepts_leaves_the_message_as_it_was(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    channel, partition = slack.new_channel("never"), PlainPartition()
    slack.gateway.processing = 1_000
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [delivery(channel)])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any("stays without its map" in line for line in caplog.messages):
            await asyncio.sleep(0.01)
    assert slack.gateway.seen["chat.update"] == MAX_MAP_ATTEMPTS
    await partition.take_in(destinations, [withdrawn(channel)])
    await partition.until_empty()
    await stop(sending)
    [root] = slack.messages(channel)
    assert map_of(root) is None
    assert "→ withdrawn" in str(blocks_of(root)), "the correction came through, with its blocks"
    assert (entry_of(partition).form, entry_of(partition).map_file) == ("full", None)


async def test_a_map_that_waits_delays_no_other_message(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("waits"), PlainPartition()
    slack.gateway.faults.append(Fault("ratelimited", "chat.update", retry_after_seconds=100_000, channel=channel))
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [delivery(channel, 1)])
    await until_seen(slack, "chat.update", 1)
    await partition.take_in(destinations, [withdrawn(channel, 1), delivery(channel, 2)])
    await partition.until_empty(PATIENCE_SECONDS)
    assert await until_shown(slack, channel, 2) == [file_of(partition, 1), file_of(partition, 2)]
    await stop(sending)
    assert entry_of(partition, 1).alert_revision == 2
    assert len(slack.messages(channel)) == 2


async def test_a_correction_keeps_the_map_or_replaces_it(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("kept"), PlainPartition()
    first, again = delivery(channel), moved(channel, revision=3)
    [sent] = await send(slack, partition, channel, [first])
    same = first.replace(alert=first.alert.replace(revision=2, changes=moved(channel).alert.changes))
    assert await send(slack, partition, channel, [same]) == [sent]
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [again])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while file_of(partition) in {sent, None} or maps_of(slack, channel) != [file_of(partition)]:
            await asyncio.sleep(0.1)
    await stop(sending)
    replaced = file_of(partition)
    [shown] = await send(slack, partition, channel, [withdrawn(channel, revision=4)])
    assert shown == replaced, "what is no longer news keeps its last map"
    assert slack.gateway.seen["files.completeUploadExternal"] == 2


async def test_a_map_that_was_deleted_is_replaced_and_the_message_keeps_its_form(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("deleted"), PlainPartition()
    first = delivery(channel)
    [sent] = await send(slack, partition, channel, [first])
    slack.gateway.files.remove(sent)
    same = first.replace(alert=first.alert.replace(revision=2, changes=moved(channel).alert.changes))
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [same])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while maps_of(slack, channel) in ([sent], []):
            await asyncio.sleep(0.1)
    await stop(sending)
    assert maps_of(slack, channel) == [file_of(partition)]
    assert entry_of(partition).form == "full"


async def test_a_family_shows_the_map_of_its_faction_and_a_correction_of_the_parent_keeps_it(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("family"), PlainPartition()
    seen = Cause(what="reported", sighting=evidence(group="ISCA"))
    faction = delivery(channel, 1, group="ISCA", cause=seen)
    parent = delivery(channel, 2, group="IS", by_affiliation=("ISCA",), cause=seen)
    destinations = destinations_of(slack)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [faction, parent])
    [shown] = await until_shown(slack, channel)
    gone = withdrawn(channel, 2)
    await partition.take_in(destinations, [gone.replace(alert=gone.alert.replace(group="IS"))])
    await partition.until_empty()
    await stop(sending)
    [digest] = partition.tables[DIGESTS].values()
    assert maps_of(slack, channel) == [shown] == [digest.map_file.file]
    assert "Alert withdrawn" in str(blocks_of(slack.messages(channel)[0]))


def test_a_digest_that_is_a_list_has_no_map(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("list"), PlainPartition()
    due_at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [delivery(channel, number).replace(due_at=due_at) for number in range(3)]
    deliver_all(partition, destinations_of(slack), *rows)
    assert len(slack.messages(channel)) == 1
    assert slack.gateway.seen["files.getUploadURLExternal"] == 0
