"""The card on the terminal: complete on 80 columns, and safe for any text."""

from __future__ import annotations

import asyncio
import io
import sys
import unicodedata
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from schemas.alert import AlertChange, AlertEvidence
from schemas.delivery import Delivery
from schemas.topics import LEDGER
from streams.io.destinations import Destinations
from streams.io.terminal import print_card
from streams.notify.cards import alert_card, correction_card
from streams.notify.phrases import day_in_words
from tests.support.builders import alert_event, evidence
from tests.support.partition import PlainPartition


def delivery(destination: str = "console", group: str = "JNIM", **fields: Any) -> Delivery:
    why = AlertEvidence(sightings=(evidence(**fields),), origins=1, previous_last_day=None)
    return Delivery(delivery_id="d", destination=destination, alert=alert_event(group=group, why=why))


def card(printed: Delivery, width: int = 80, *, colour: bool = False) -> str:
    out = io.StringIO()
    system: Literal["standard", "auto"] = "standard" if colour else "auto"
    print_card(alert_card(printed.alert), Console(file=out, width=width, force_terminal=colour, color_system=system))
    return out.getvalue()


def test_a_card_shows_what_slack_shows() -> None:
    output = card(delivery(title="A <b> & c", url="https://example.org/?a=1&b=2", origin="Reuters", place="Gao"))
    for expected in (
        "JNIM appeared in Mali for the first time",
        "A <b> & c",
        "https://example.org/?a=1&b=2",
        "1 origin: Reuters",
        "Gao",
    ):
        assert expected in output


def test_a_header_wider_than_the_terminal_is_not_cut() -> None:
    output = card(delivery(group="a very long name " * 7))
    assert "in Mali for the first" in " ".join(output.split())
    assert max(map(cell_len, output.splitlines())) <= 80


def test_the_console_decides_on_colours() -> None:
    assert "\x1b" not in card(delivery())
    assert "\x1b[" in card(delivery(), colour=True)


@given(st.lists(st.sampled_from(["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "[red]", "[link=x]", "\u202e", "上", "\r", "*"]), max_size=40).map("".join))  # fmt: skip
def test_no_control_from_a_text_reaches_the_terminal(text: str) -> None:
    output = card(delivery(group=text, title=text, place=text, url=text, doubt=text, origin=text))
    assert all(unicodedata.category(character) not in {"Cc", "Cf"} for character in output if character != "\n")
    assert {cell_len(line) for line in output.splitlines()} == {80}


def test_without_a_token_every_destination_is_the_terminal() -> None:
    out = io.StringIO()
    partition, destinations = PlainPartition(), Destinations(None, Console(file=out, width=80))
    asyncio.run(partition.take_in(destinations, [delivery(destination="#sahel")]))
    entry = partition.tables[LEDGER]["d"]
    assert (entry.state, entry.via, entry.destination, entry.message_ts) == ("sent", "console", "#sahel", None)
    assert "JNIM appeared in Mali for the first time" in out.getvalue()
    assert "for #sahel, which is not set up" in out.getvalue()
    assert "not set up" not in card(delivery())


def lines_for(*deliveries: Delivery) -> list[str]:
    out = io.StringIO()
    partition, destinations = PlainPartition(), Destinations(None, Console(file=out, width=80), brief=True)
    asyncio.run(partition.take_in(destinations, list(deliveries)))
    return out.getvalue().splitlines()


def test_a_brief_message_is_one_line_with_the_day_on_which_it_became_known() -> None:
    arrived = f"{day_in_words(delivery().alert.arrived.date()):>11}"
    assert lines_for(delivery()) == [f"{arrived}  JNIM appeared in Mali for the first time"]
    assert lines_for(delivery("#sahel"))[0].endswith("for the first time · for #sahel, which is not set up")
    long = delivery(group="a very long name " * 7)
    assert len(lines_for(long)) == 1
    assert "\x1b" not in "".join(lines_for(delivery(group="\x1b[2J red")))


def test_a_brief_correction_says_whether_it_is_still_news() -> None:
    grown = delivery().replace(
        alert=alert_event(revision=2, type="update", changes=(AlertChange(what="origins", old="1", new="2"),))
    )
    assert [line[13:] for line in lines_for(delivery(), grown)][1:] == ["More certain, 1 origin: JNIM in Mali"]


def test_a_correction_first_says_whether_it_is_still_news() -> None:
    grown = delivery().replace(
        alert=alert_event(revision=2, type="update", changes=(AlertChange(what="origins", old="1", new="2"),))
    )
    out = io.StringIO()
    print_card(correction_card(grown.alert), Console(file=out, width=80))
    title, *_ = out.getvalue().splitlines()
    assert title.startswith("╭─ More certain, 1 origin: JNIM in Mali ─")
    assert "independent origins: 1 → 2" in out.getvalue()


def test_the_address_of_the_alert_is_under_the_headline() -> None:
    out = io.StringIO()
    print_card(alert_card(delivery().alert, page="https://map.example.org"), Console(file=out, width=80))
    title, _, address, *_ = out.getvalue().splitlines()
    assert "JNIM appeared in Mali" in title
    assert "https://map.example.org/alert/" in address


class Unread(io.StringIO):
    """Output that no program reads any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


async def test_output_that_nothing_reads_does_not_stop_other_deliveries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    partition = PlainPartition()
    with (tmp_path / "stdout").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)  # rich redirects it
        await partition.take_in(Destinations(None, Console(file=Unread())), [delivery()])
    assert len(partition.tables[LEDGER]) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "Nothing reads the terminal's output any more: from now on messages there are not shown"
    ]
