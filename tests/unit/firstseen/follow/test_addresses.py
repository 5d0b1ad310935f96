"""A feed leads neither into a private network nor from https to http, wherever it redirects."""

from __future__ import annotations

from yarl import URL

from firstseen.follow.addresses import NOT_PUBLIC, address_problem
from tests.support.tables import each_row

HTTPS, HTTP = URL("https://feeds.example.org/a"), URL("http://feeds.example.org/a")


@each_row("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[64:ff9b::a9fe:a9fe]", "①②⑦.0.0.1"])
def test_a_feed_leads_into_no_private_network(host: str) -> None:
    url = URL(f"http://{host}/latest/meta-data?secret")
    at = f"it redirects to http://{url.host_subcomponent}/latest/meta-data: {NOT_PUBLIC}"
    assert address_problem(url, HTTP, private=False, has_secret=False) == at
    assert address_problem(url, None, private=False, has_secret=False) == NOT_PUBLIC
    assert address_problem(url, HTTP, private=True, has_secret=False) is None


@each_row("private", [True, False])
def test_a_feed_does_not_lead_from_https_to_http_or_to_a_file(private: bool) -> None:
    problem = address_problem(HTTP, HTTPS, private=private, has_secret=False)
    assert problem == "it redirects to http://feeds.example.org/a: from https to http"
    assert address_problem(HTTPS, HTTP, private=private, has_secret=False) is None
    assert address_problem(HTTP, HTTP, private=private, has_secret=False) is None
    problem = address_problem(URL("file:///etc/passwd"), HTTP, private=private, has_secret=False)
    assert problem == "it redirects to an invalid address"


def test_a_key_is_sent_over_https_or_in_a_private_network() -> None:
    assert address_problem(HTTP, None, private=False, has_secret=True) == "keys are sent over https only"
    assert address_problem(HTTPS, None, private=False, has_secret=True) is None
    assert address_problem(HTTP, None, private=True, has_secret=True) is None
