"""A history database in memory from the evidence of files, with the alerts that they would cause."""

from __future__ import annotations

from collections.abc import Sequence

from faust_batches.step import Incoming
from history.database import History
from history.load import Loader, number_alerts
from history.timeline import update_places
from schemas.evidence import EvidenceChange
from schemas.topics import ALERTS
from streams.presence.policy import Policy
from streams.replay import fold_evidence_log


def history_of(changes: Sequence[EvidenceChange], policy: Policy) -> History:
    """Return a database that holds the changes of one partition."""
    history = History(None, {})
    loader = Loader(policy, _raise)
    events = fold_evidence_log(changes, policy).events
    alerts = [
        Incoming(ALERTS.name, 0, offset, event.arrived, None, event.to_bytes()) for offset, event in enumerate(events)
    ]
    with history.writing() as connection:
        loader.evidence(connection, changes)
        loader.load(connection, {ALERTS: alerts})
        number_alerts(connection)
        update_places(connection, loader.groups(connection), policy)
    return history


def _raise(_: Incoming, error: Exception) -> None:
    raise error
