"""Alerts as a STIX bundle, read by the standard's own library."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import httpx
import stix2  # type: ignore[import-untyped]

from history.alerts import AlertEntry
from tests.support.builders import ARRIVED, alert_event
from web.formats.stix import alerts_to_stix


async def test_the_stix_library_reads_the_bundle_and_ids_are_stable(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/api/v1/alerts.stix")).text for _ in range(2)]
    assert first == second
    objects = stix2.parse(first, allow_custom=False).objects
    kinds = [made.type for made in objects]
    assert kinds.count("sighting") == 3
    assert kinds.count("location") == len({"ML", "BE", "NE", "BF"})
    ids = {made.id for made in objects}
    assert all(made.sighting_of_ref in ids for made in objects if made.type == "sighting")


async def test_a_retracted_alert_is_revoked_and_keeps_its_creation_time(client: httpx.AsyncClient) -> None:
    now = stix2.parse((await client.get("/api/v1/alerts.stix")).text, allow_custom=False)
    revoked = next(made for made in now.objects if made.type == "sighting" and made.get("revoked"))
    assert revoked.external_references[0].external_id == "a"
    then = stix2.parse((await client.get(f"/api/v1/alerts.stix?as_of={ARRIVED.date()}")).text)
    before = next(made for made in then.objects if made.id == revoked.id)
    assert (before.created, before.modified < revoked.modified) == (revoked.created, True)


def test_a_group_whose_aliases_change_gets_a_new_version_and_keeps_its_creation_time() -> None:
    def group(*entries: AlertEntry) -> Any:
        bundle = stix2.parse(json.dumps(alerts_to_stix(entries)), allow_custom=False)
        return next(made for made in bundle.objects if made.type == "threat-actor")

    before = AlertEntry(1, ARRIVED, alert_event("a", names=("GSIM",)), "first_ever")
    renamed = alert_event("b", names=("GSIM", "Nusrat"), arrived=ARRIVED + timedelta(1))
    after = AlertEntry(2, ARRIVED, renamed, "first_ever")
    assert group(before).created == group(after).created
    assert group(before).modified < group(after).modified
    assert group(before, after) == group(after, before) == group(after)


def test_a_sighting_lasts_until_the_end_of_its_last_day() -> None:
    entry = AlertEntry(1, ARRIVED, alert_event("a", last_day=date(2017, 11, 2)), "first_ever")
    [sighting] = [made for made in alerts_to_stix([entry])["objects"] if made["type"] == "sighting"]
    assert sighting["last_seen"] == "2017-11-02T23:59:59.999Z"
