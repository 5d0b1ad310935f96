"""Corrections, withdrawals and changes of groups, from the versions in the read model.

Goes to :mod:`history.explain` and :mod:`history.change_reasons`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from history.database import instant_of
from history.evidence_changes import Revision, group_revision, sighting_differences
from history.sighting_rows import evidence_rows
from schemas.evidence import Evidence
from schemas.group import Group


def sighting_revision(connection: sqlite3.Connection, before: Evidence, ended: str) -> Revision:
    """Return the change that ended a version of a sighting at an instant: a correction, or a withdrawal."""
    where = "source = ? and id = ? and revision > ? and known_from = ? order by revision limit 1"
    found = list(evidence_rows(connection, where, (before.source, before.id, before.revision, ended)))
    if not found:
        return Revision(instant_of(ended), "withdrawn", (), before)
    after = found[0][0]
    return Revision(instant_of(ended), "corrected", tuple(sighting_differences(before, after)), before, after)


def last_revision_between(
    connection: sqlite3.Connection, source: str, sighting_id: str, since: str, until: str
) -> Revision | None:
    """Return the last change of a sighting from an instant until before another one; None if there is none."""
    where = "source = ? and id = ? and known_until >= ? and known_until < ? order by known_until desc limit 1"
    found = list(evidence_rows(connection, where, (source, sighting_id, since, until)))
    if not found:
        return None
    before, _, ended = found[0]
    assert ended is not None
    return sighting_revision(connection, before, ended)


def group_revisions(connection: sqlite3.Connection, since: str, until: str) -> Iterator[Revision]:
    """Yield the changes of groups from an instant until before another one, by arrival."""
    put: dict[str, list[Group]] = {}
    ended: dict[str, list[str]] = {}
    known: dict[str, Group] = {}
    rows = connection.execute(
        "select group_id, json, known_from, known_until from group_version where known_from < ? order by version",
        (until,),
    )
    for group_id, json, known_from, known_until in rows:
        put.setdefault(known_from, []).append(Group.from_bytes(json.encode()))
        if known_until is not None and known_until < until:
            ended.setdefault(known_until, []).append(group_id)
    for instant in sorted(put.keys() | ended.keys()):
        new = put.get(instant, [])
        removed = sorted(set(ended.get(instant, ())) - {group.id for group in new})
        if instant >= since:
            yield group_revision(instant_of(instant), known, new, removed)
        known |= {group.id: group for group in new}
        known = {group_id: group for group_id, group in known.items() if group_id not in removed}
