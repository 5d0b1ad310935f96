"""The body and signature of a webhook, and which addresses are permitted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.delivery import Delivery
from streams.notify.outcomes import Ambiguous, NotSent, Rejected, Sent
from streams.notify.webhook import address_problem, body, headers, is_public, loggable, outcome_of_status
from tests.support.builders import alert_event
from tests.support.tables import each_row

AT = datetime(2026, 1, 1, tzinfo=UTC)
DELIVERY = Delivery(
    delivery_id="d-1", destination="https://example.org/hook?token=secret", alert=alert_event(revision=3)
)


def test_the_body_contains_the_whole_alert_event() -> None:
    decoded = json.loads(body(DELIVERY))
    assert (decoded["version"], decoded["type"], decoded["delivery_id"]) == (1, "alert.confirmed", "d-1")
    assert AlertEvent.from_bytes(json.dumps(decoded["data"]).encode()) == DELIVERY.alert


def test_the_body_says_the_news_and_a_correction_what_to_think() -> None:
    change = AlertChange(what="status", old="confirmed", new="retracted")
    gone = DELIVERY.alert.replace(status="retracted", changes=(change,), why=AlertEvidence(sightings=(), origins=0))
    corrected = DELIVERY.replace(alert=gone)
    assert json.loads(body(DELIVERY))["summary"]["headline"] == "JNIM appeared in Mali for the first time"
    told = json.loads(body(corrected, corrects=True))["summary"]
    assert told["headline"] == "Alert withdrawn: JNIM in Mali"
    assert told["text"][0] == "A new report changed the evidence: no sufficient evidence of JNIM in Mali remains."


@each_row(
    ("secret", "key"),
    [("whsec_" + base64.b64encode(b"k" * 24).decode(), b"k" * 24), ("any text", b"any text"), ("whsec_?", b"whsec_?")],
)
def test_the_signature_covers_id_time_and_raw_body(secret: str, key: bytes) -> None:
    sent = body(DELIVERY)
    decoded = headers(DELIVERY, sent, secret, AT)
    signed = b"d-1.3." + str(int(AT.timestamp())).encode() + b"." + sent
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert (decoded["webhook-id"], decoded["webhook-signature"]) == ("d-1.3", f"v1,{expected}")


def test_a_repeat_has_the_same_id_and_a_revision_another() -> None:
    again = headers(DELIVERY, body(DELIVERY), "s", datetime(2026, 1, 2, tzinfo=UTC))
    later = DELIVERY.replace(alert=alert_event(revision=4))
    assert again["webhook-id"] == headers(DELIVERY, body(DELIVERY), "s", AT)["webhook-id"]
    assert headers(later, body(later), "s", AT)["webhook-id"] == "d-1.4"


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


def test_an_invalid_address_can_be_logged() -> None:
    assert loggable("https://[bad/secret") == "webhook at an invalid address"


def test_each_status_means_one_outcome() -> None:
    assert isinstance(outcome_of_status(204, None), Sent)
    assert outcome_of_status(429, 7.0) == NotSent("http_429", 7.0)
    assert outcome_of_status(503, None) == Ambiguous("http_503")
    assert outcome_of_status(410, None) == Rejected("gone")
    assert outcome_of_status(404, None) == Rejected("http_404")
    assert outcome_of_status(302, None) == Rejected("http_302")


def test_logs_show_only_the_host_of_an_address() -> None:
    assert loggable(DELIVERY.destination) == "webhook at example.org"
    assert loggable("#desk") == "#desk"
