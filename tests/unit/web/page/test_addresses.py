"""The addresses of the page: which there are, what each says in its head, and which others stand for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from schemas.evidence import EvidenceChange
from schemas.group import Alias, Group, GroupsChange
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event, change, evidence
from tests.support.pages import add_alerts, add_evidence, add_sightings
from tests.support.tables import each_row
from web.app import WebConfig, build_web

FIRST = alert_event(alert_id="ed6c87de-0000", group="ISIS", country="CD", region="Middle Africa")
OTHER = alert_event(alert_id="ed7c87de-0000", country="ML")
HOSTILE = '<img src=x> "Front"/\u202egnp'


class Head(HTMLParser):
    """What chats and mail clients read of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title, self.meta, self.links = "", dict[str, str](), dict[str, str]()
        self._in_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title"
        if tag == "meta":
            self.meta[values.get("name") or values.get("property", "")] = values.get("content", "")
        if tag == "link":
            self.links[values["rel"]] = values["href"]

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        self._in_title = False


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [FIRST, OTHER])
    group = Group(id="Islamic State", names=(Alias(name="ISIS"), Alias(name="Daesh")))
    seen = [
        evidence("2010-10-31", id="1", group="ISIS", country="IQ"),
        evidence("2017-11-22", id="2", group="Daesh", country="CD"),
        evidence(id="3", group=HOSTILE),
    ]
    registered = EvidenceChange(arrived=seen[0].arrived, groups=GroupsChange(put=(group,)))
    add_evidence(app.state.services.queries.history, registered, *map(change, seen))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


async def head_of(client: httpx.AsyncClient, path: str, status: int = 200) -> Head:
    response = await client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    return Head(response.text)


async def test_the_page_of_an_alert_says_the_news(client: httpx.AsyncClient) -> None:
    head = await head_of(client, "/alert/ed6c87de")
    assert head.title == "ISIS appeared in the DR Congo for the first time · Firstseen"
    assert head.meta["og:title"] == "ISIS appeared in the DR Congo for the first time"
    assert head.meta["description"].startswith("No earlier sighting in the DR Congo is on record")
    assert head.links["canonical"] == "/alert/ed6c87de"


async def test_the_page_of_a_group_says_its_way_through_the_world_and_its_names(client: httpx.AsyncClient) -> None:
    head = await head_of(client, "/group/islamic-state")
    assert head.title == "Islamic State · Firstseen"
    assert head.meta["description"] == (
        "On record in 2 countries: first in Iraq, on 31 Oct 2010; the newest is the DR Congo, since 22 Nov 2017. "
        "Also known as ISIS, Daesh."
    )
    assert head.meta["firstseen:group"] == "Islamic State"


async def test_the_page_of_a_country_says_who_is_on_record(client: httpx.AsyncClient) -> None:
    head = await head_of(client, "/country/CD")
    assert head.title == "DR Congo · Firstseen"
    assert head.meta["description"] == "1 group on record in the DR Congo. The latest: Islamic State, 22 Nov 2017."
    assert (await head_of(client, "/country/PE")).meta["description"] == "No group is on record in Peru."


@each_row(
    ("path", "canonical"),
    [
        ("/alert/ed6c87de-0000", "/alert/ed6c87de"),
        ("/alert/ED6C87DE", "/alert/ed6c87de"),
        ("/group/isis", "/group/islamic-state"),
        ("/group/Islamic%20State", "/group/islamic-state"),
        ("/country/Congo-Kinshasa", "/country/CD"),
        ("/country/cd", "/country/CD"),
    ],
)
async def test_other_spellings_lead_to_the_address(client: httpx.AsyncClient, path: str, canonical: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, canonical)


@each_row(
    ("path", "problem"),
    [
        ("/alert/00000000", "There is no alert 00000000, or the server has not read it yet."),
        ("/alert/ed", "Several alerts have an id that begins with ed: write more of it."),
        ("/group/Islamic%20Stat", "No group is called Islamic Stat. Similar names: Islamic State."),
        ("/country/Congo", "There is no country Congo. Did you mean DR Congo (CD), Republic of the Congo (CG)?"),
    ],
)
async def test_what_is_unknown_is_said_in_the_page(client: httpx.AsyncClient, path: str, problem: str) -> None:
    head = await head_of(client, path, 404)
    assert head.meta["description"] == head.meta["firstseen:problem"] == problem


async def test_where_nothing_is_a_reader_gets_the_page_and_a_program_a_problem(client: httpx.AsyncClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await client.get("/countries/<b>", headers=browser)
    assert (page.status_code, page.headers["vary"]) == (404, "Accept, Accept-Encoding")
    assert Head(page.text).meta["firstseen:problem"] == "There is nothing at /countries/<b>."
    for path, accept in (("/countries/BE", {}), ("/api/v1/nothing", browser), ("/page/nothing.js", browser)):
        problem = await client.get(path, headers=accept)
        assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


async def test_hostile_names_stay_text(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/group/{HOSTILE}", follow_redirects=True)
    assert answer.status_code == 200
    assert "<img" not in answer.text
    head = Head(answer.text)
    assert head.meta["firstseen:group"] == HOSTILE
    assert head.title == '<img src=x> "Front"/gnp · Firstseen'


async def test_the_page_opens_when_the_history_cannot_be_read(tmp_path: Path) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(history=tmp_path / "history.sqlite"))
    (tmp_path / "history.sqlite").write_bytes(b"no database")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        assert (await head_of(client, "/alert/ed6c87de")).title == "ed6c87de · Firstseen"


async def test_the_head_can_be_asked_for_alone(client: httpx.AsyncClient) -> None:
    for path in ("/", "/alert/ed6c87de", "/group/islamic-state", "/country/CD"):
        assert (await client.head(path)).status_code == 200


async def test_a_page_about_nothing_is_sent_whole_to_a_client_that_has_it(client: httpx.AsyncClient) -> None:
    first = await client.get("/alert/none")
    again = await client.get("/alert/none", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (404, 404)
    assert first.content == again.content != b""


@each_row("name", ["Who? #1", "a\\b", "?", "50%", "a/b//c", "a;b&c=d+e"])
async def test_the_page_of_a_group_is_found_with_any_sign_in_its_name(name: str) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [alert_event(group=name)])
    add_sightings(app, evidence(group=name))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get(f"/group/{quote(name, safe='')}", follow_redirects=True)
    assert (answer.status_code, len(answer.history)) == (200, len(answer.history[:1]))
