"""Four alert events and one sighting, which the tests of formats and routes share."""

from __future__ import annotations

from datetime import timedelta

from schemas.alert import AlertChange, AlertEvidence
from tests.support.builders import ARRIVED, alert_event, evidence

PLACED = evidence(title="=HYPERLINK(1)", latitude=14.5, longitude=-4.2, url="https://wire.example/1")
FIRST = alert_event(
    alert_id="a", why=AlertEvidence(sightings=(PLACED, evidence(id="2")), origins=2), names=("JNIM", "GSIM")
)
RETRACTION = alert_event(
    alert_id="a", revision=2, type="retraction", status="retracted", arrived=ARRIVED + timedelta(2),
    changes=(AlertChange(what="status", old="confirmed", new="retracted"),), why=AlertEvidence(sightings=(), origins=0),
)  # fmt: skip
IN_BELGIUM = alert_event(alert_id="b", country="BE", region="Western Europe")
SPREAD = alert_event(alert_id="c", kind="spread", countries=("ML", "NE", "BF"))
