from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.subscription import Daily
from tests.support.tables import each_row


@each_row("zone", ["", "Europe", "Nowhere/Here", "../../etc/passwd", "/etc/passwd", "\0", "UTC\n", "x" * 5_000])
def test_a_digest_has_a_time_zone_that_there_is(zone: str) -> None:
    """Otherwise every alert for this destination would fail."""
    with pytest.raises(ValidationError):
        Daily(at="08:00", zone=zone)


@each_row("zone", ["UTC", "Europe/Brussels", "Africa/Bamako"])
def test_every_usual_zone_is_one(zone: str) -> None:
    assert Daily(at="08:00", zone=zone).zone == zone
