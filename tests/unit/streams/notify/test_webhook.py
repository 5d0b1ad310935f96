"""The body and signature of a webhook, and which addresses are permitted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.delivery import Delivery
from streams.notify.webhook import body, headers
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


def test_the_body_has_the_headline_and_a_correction_says_whether_it_is_still_news() -> None:
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
