"""Which addresses may be called."""

from __future__ import annotations

from streams.notify.web_addresses import address_problem, is_public
from tests.support.tables import each_row


@each_row(
    ("url", "has_problem"),
    [
        ("https://example.org/hook", False),
        ("http://example.org/hook", True),
        ("http://127.0.0.1:8080/hook", False),
        ("http://localhost/hook", False),
        ("https://user:pass@example.org", True),
        ("https://", True),
        ("https://[bad", True),
        ("https://example.org:99999", True),
    ],
)
def test_only_https_or_this_machine_is_permitted(url: str, has_problem: bool) -> None:
    assert (address_problem(url) is not None) == has_problem


@each_row(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("192.168.0.1", False), ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False),
        ("fd00::1", False), ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False), ("224.0.0.1", False), ("no", False),
    ],
)  # fmt: skip
def test_private_networks_are_not_public(address: str, public: bool) -> None:
    assert is_public(address) == public


@each_row(
    "address",
    [
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::808:808",  # NAT64 of one's own network
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",  # translated (RFC 2765)
        "2606:2800:21f:cb07::5efe:10.0.0.1",  # ISATAP
        "2606:2800:21f:cb07:200:5efe:10.0.0.1",
        "192.88.99.1",
        "192.0.0.9",
        "198.18.0.1",
        "203.0.113.7",
        "240.0.0.1",
        "255.255.255.255",
        "fec0::1",
        "3fff::1",
        "2001:db8::1",
        "2001:2::1",
        "5f00::1",
        "100::1",
        "ff0e::1",
        "::",
    ],
)
def test_an_address_that_leads_to_a_private_network_or_nowhere_is_not_public(address: str) -> None:
    assert not is_public(address)


@each_row(
    "address", ["64:ff9b::93.184.215.14", "2002:5db8:d70e::1", "::ffff:93.184.215.14", "2a00:1450:4001:81b::200e"]
)
def test_an_address_that_embeds_a_public_one_is_public(address: str) -> None:
    assert is_public(address)
