"""Countries and regions over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.web.sample_alerts import IN_BELGIUM


async def alerts_of(client: httpx.AsyncClient, country: str, **params: Any) -> tuple[list[str], int | None]:
    page = (await client.get(f"/api/v1/countries/{country}", params=params)).json()
    return [alert["alert_id"] for alert in page["alerts"]], page["next_before"]


async def test_a_country_has_its_alerts_page_by_page(client: httpx.AsyncClient) -> None:
    niger = (await client.get("/api/v1/countries/NE")).json()
    assert (niger["country_name"], [alert["alert_id"] for alert in niger["alerts"]]) == ("Niger", ["c"])
    assert await alerts_of(client, "ML") == (["c", "a"], None)
    assert await alerts_of(client, "ML", limit=1) == (["c"], 3)
    assert await alerts_of(client, "ML", before=3) == (["a"], None)
    assert await alerts_of(client, "ML", group="nobody") == ([], None)
    assert await alerts_of(client, "ML", as_of="2001-01-01") == ([], None)


async def test_the_next_page_of_a_country_has_a_link_in_whatever_script_it_is_named(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/countries/\u041c\u0430\u043b\u0438?limit=1")
    second = await client.get(first.links["next"]["url"])

    assert first.json()["next"].isascii()
    assert [alert["alert_id"] for page in (first, second) for alert in page.json()["alerts"]] == ["c", "a"]


async def test_alerts_of_a_country_are_found_by_any_spelling_of_the_group(client: httpx.AsyncClient) -> None:
    assert await alerts_of(client, "BE", group=f"{IN_BELGIUM.group.lower()}\u200b") == (["b"], None)


async def test_an_unknown_country_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/countries/QQ")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_every_region_is_listed(client: httpx.AsyncClient) -> None:
    regions = {region["region"] for region in (await client.get("/api/v1/regions")).json()["regions"]}
    assert "Western Africa" in regions


async def test_a_page_of_a_country_links_to_the_next(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/countries/Mali?limit=1")
    assert (answer.json()["next"], answer.links["next"]["url"]) == (
        "/api/v1/countries/Mali?limit=1&before=3", "http://page/api/v1/countries/Mali?limit=1&before=3",
    )  # fmt: skip
    last = await client.get(answer.json()["next"])
    assert (last.json()["next"], last.links) == (None, {})


async def test_a_page_of_episodes_links_to_the_next(client: httpx.AsyncClient) -> None:
    found, following = 0, "/api/v1/presence?limit=1"
    while following:
        page = (await client.get(following)).json()
        found, following = found + len(page["episodes"]), page["next"]
    assert found == len((await client.get("/api/v1/presence")).json()["episodes"])


@pytest.mark.parametrize(
    ("path", "known_by", "cached_for_ever"),
    [
        ("/api/v1/presence", "2018-01-01", True),
        ("/api/v1/regions", "2018-01-01", True),
        ("/api/v1/countries/ML?as_of=2018-01-01", "2018-01-01", True),
        ("/api/v1/countries/ML", "2018-01-01", False),  # its alerts are those of now
        ("/api/v1/regions", "9999-01-01", False),
        ("/api/v1/groups", "2018-01-01", True),
        ("/api/v1/timeline", "2018-01-01", True),
        ("/api/v1/sightings?filter=in:Sahel", "2018-01-01", True),
        ("/api/v1/sightings?group=nobody", "2018-01-01", False),  # its warning may disappear
        ("/api/v1/presence?filter=group:nobody", "2018-01-01", False),
    ],
)
async def test_an_answer_about_a_settled_past_may_be_kept_for_ever(
    client: httpx.AsyncClient, path: str, known_by: str, *, cached_for_ever: bool
) -> None:
    url = httpx.URL(path).copy_merge_params({"known_by": known_by})
    assert (await client.get(url)).headers["cache-control"] == "no-cache"  # older evidence is still being read

    client._transport.app.state.services.page.alerts.set_state("caught-up")  # type: ignore[attr-defined]
    assert ("immutable" in (await client.get(url)).headers["cache-control"]) == cached_for_ever
