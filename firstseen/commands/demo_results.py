"""Prints the results of the demo: a card for each alert of the last four weeks, and a table of all alerts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from faust_batches.decoding import LogUnreadable, decoded
from firstseen.topic_exports import export
from schemas.alert import AlertEvent
from schemas.labels import KINDS
from schemas.topics import ALERTS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.io.terminal import print_card
from streams.notify.cards import family_card
from streams.notify.families import kinship
from streams.notify.phrases import day_in_words, news
from streams.notify.spans import line
from streams.presence.policy import Policy

log = logging.getLogger(__name__)

_RECENT = timedelta(days=27)
"""The news article of the last day covers the four weeks up to it."""


def show_results(
    cluster: KafkaConfig, prefix: str, policy: Policy, last_day: date, page: str, console: Console
) -> None:
    """Read the results from the demo's system and print them. ``page``: address of the web page."""
    records = asyncio.run(read_all(cluster, prefix, ALERTS))
    events = [event for _, event in decoded(records, AlertEvent.from_bytes, LogUnreadable(log))]
    [accounting] = asyncio.run(export(cluster, prefix, "accounting", policy))
    initial = [event for event in events if event.type == "initial"]
    recent = [event for event in initial if KINDS[event.kind].by_default and event.first_day >= last_day - _RECENT]
    console.print(f"[bold]New in the four weeks up to {day_in_words(last_day)}[/bold]\n")
    for faction, parents in families(recent):
        print_card(family_card(faction, [line(news(parent)) for parent in parents], page), console)
    console.print(alert_table(initial))
    console.print(accounting_line(accounting), soft_wrap=True)


def families(alerts: Sequence[AlertEvent]) -> list[tuple[AlertEvent, list[AlertEvent]]]:
    """Return each alert with those of its group's parents, which are not listed again."""
    kin = {alert.alert_id: kinship(alert) for alert in alerts}

    def is_faction(faction: AlertEvent, parent: AlertEvent) -> bool:
        mine, other = kin[faction.alert_id], kin[parent.alert_id]
        return bool(mine and other and mine.is_faction_of(other))

    return [
        (alert, [parent for parent in alerts if is_faction(alert, parent)])
        for alert in alerts
        if not any(is_faction(faction, alert) for faction in alerts)
    ]


def alert_table(alerts: Iterable[AlertEvent]) -> Table:
    """Return the number of alerts of each kind, and whether they were sent."""
    counts = Counter(alert.kind for alert in alerts)
    table = Table("Alerts", "Kind", "Sent?", box=SIMPLE_HEAD, pad_edge=False)
    table.columns[0].justify = "right"
    for kind, label in KINDS.items():
        if counts[kind]:
            sent = "sent" if label.by_default else "not sent: no filter asks for them, the page shows them"
            table.add_row(f"{counts[kind]:,}", label.plural, sent)
    return table


def accounting_line(accounting: dict[str, Any]) -> str:
    """Return a sentence with the number of sightings by outcome."""
    rejected = sum(accounting["rejected"].values())
    return (
        f"From [bold]{accounting['records']:,} sightings[/bold]: {accounting['accepted']:,} accepted, {rejected} "
        "rejected because they name no single country (West Africa, Gulf States, Europe)."
    )
