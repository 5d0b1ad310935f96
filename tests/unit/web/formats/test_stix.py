"""Alerts as a STIX bundle, read by the standard's own library."""

from __future__ import annotations

import httpx
import stix2  # type: ignore[import-untyped]

from tests.support.builders import ARRIVED


async def test_the_stix_library_reads_the_bundle_and_ids_are_stable(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/api/v1/alerts?format=stix")).text for _ in range(2)]
    assert first == second
    objects = stix2.parse(first, allow_custom=False).objects
    kinds = [made.type for made in objects]
    assert kinds.count("sighting") == 3
    assert kinds.count("location") == len({"ML", "BE", "NE", "BF"})
    ids = {made.id for made in objects}
    assert all(made.sighting_of_ref in ids for made in objects if made.type == "sighting")


async def test_a_retracted_alert_is_revoked_and_keeps_its_creation_time(client: httpx.AsyncClient) -> None:
    now = stix2.parse((await client.get("/api/v1/alerts?format=stix")).text, allow_custom=False)
    revoked = next(made for made in now.objects if made.type == "sighting" and made.get("revoked"))
    assert revoked.external_references[0].external_id == "a"
    then = stix2.parse((await client.get(f"/api/v1/alerts?format=stix&as_of={ARRIVED.date()}")).text)
    before = next(made for made in then.objects if made.id == revoked.id)
    assert (before.created, before.modified < revoked.modified) == (revoked.created, True)
