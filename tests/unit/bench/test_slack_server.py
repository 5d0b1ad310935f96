from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application

from bench.slack_server import SlackServer, marked, number_of


def test_a_marked_group_is_known_by_its_number():
    assert number_of(marked(17)) == 17
    assert number_of("Northern Front 1") is None


async def test_the_first_request_about_a_group_counts_in_either_encoding():
    server = SlackServer()
    application = Application()
    application.router.add_route("*", "/{rest:.*}", server.answer)
    async with TestClient(TestServer(application)) as client:
        await client.post("/api/chat.postMessage", json={"text": f"FIRST SEEN: {marked(3)}"})
        first = dict(server.arrivals)
        await client.post("/api/chat.postMessage", data={"text": f"FIRST SEEN: {marked(3)}"})
        answer = await client.post("/api/chat.postMessage", data={"text": marked(4)})
        assert (await answer.json())["ok"] is True
    assert set(server.arrivals) == {3, 4}
    assert server.arrivals[3] == first[3]
