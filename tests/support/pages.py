"""Fills the history database of a page directly, as its follower would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from history.alerts import log_end
from history.database import History
from history.load import Loader, number_alerts
from history.timeline import update_places
from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.rejection import Rejection
from schemas.topics import ALERTS, REJECTED
from streams.presence.policy import Policy
from tests.support.builders import change, incoming
from web.state.alert_log import AlertLog
from web.state.queries import Queries


def alert_log(*events: AlertEvent) -> AlertLog:
    """Return the log of a database in memory that holds these events."""
    log = AlertLog(Queries(History(None, {})))
    add_to_log(log, events)
    return log


def add_to_log(log: AlertLog, events: Iterable[AlertEvent]) -> None:
    """Add alert events to a log and its database, in this order."""
    add_events(log._queries.history, events)
    log.show(log._queries.history.ask(log_end))


def add_events(history: History, events: Iterable[AlertEvent]) -> None:
    """Add alert events to a database, in this order."""
    for offset, event in enumerate(events):
        with history.writing() as connection:
            loader = Loader(Policy(), _raise)
            loader.load(connection, {ALERTS: [incoming(event, topic=ALERTS, offset=offset)]})
            number_alerts(connection)


def add_rejections(history: History, rejections: Iterable[Rejection]) -> None:
    """Add rejections to a database, in this order."""
    records = [incoming(row, topic=REJECTED, offset=offset) for offset, row in enumerate(rejections)]
    with history.writing() as connection:
        Loader(Policy(), _raise).load(connection, {REJECTED: records})


def add_alerts(app: FastAPI, events: Iterable[AlertEvent]) -> None:
    """Add alert events to a page, in this order."""
    add_to_log(app.state.services.page.alerts, events)


def add_sightings(app: FastAPI, *sightings: Evidence) -> None:
    """Add sightings to a page."""
    add_evidence(app.state.services.queries.history, *map(change, sightings))


def add_evidence(history: History, *changes: EvidenceChange) -> None:
    """Add changes of the evidence to a database, and compute the runs that depend on them."""
    loader = Loader(Policy(), _raise)
    with history.writing() as connection:
        loader.evidence(connection, changes)
        update_places(connection, loader.groups(connection), Policy())
        connection.execute("insert or replace into input_position select 't', 0, count(*) from sighting_version")


def _raise(_: Any, error: Exception) -> None:
    raise error
