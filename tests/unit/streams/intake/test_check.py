"""What counts, and what does not: the same answer for the fold and for every door."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.check import check_sighting
from streams.intake.days import DEFAULT_DAYS
from streams.intake.locate import Location
from streams.intake.parse import Rejected
from tests.support.builders import sighting

NOW = datetime(2017, 11, 1, 9, tzinfo=UTC)


def test_a_valid_sighting_has_a_location() -> None:
    assert check_sighting(Sighting(**sighting()), NOW, DEFAULT_DAYS) == Location("ML", "Western Africa", None)


def test_impossible_days_are_rejected_and_the_field_is_named() -> None:
    refused = check_sighting(Sighting(**sighting(occurred="2071-10-31")), NOW, DEFAULT_DAYS)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_DAYS
    assert refused.detail == "occurred: 2071-10-31 is in the future; did you mean 2017-10-31?"


def test_a_retraction_needs_neither_days_nor_place() -> None:
    assert check_sighting(Sighting(source="wire", id="1", retracted=True), NOW, DEFAULT_DAYS) is None
    assert check_sighting(Sighting(**sighting(occurred="9999", country="X", retracted=True)), NOW, DEFAULT_DAYS) is None


def test_a_doubt_is_of_bounded_length_whatever_it_quotes() -> None:
    wordy = Sighting(**sighting(country="\ufdfa" * 300, latitude=50.85, longitude=4.35))

    place = check_sighting(wordy, NOW, DEFAULT_DAYS)

    assert isinstance(place, Location)
    assert place.doubt
    assert 990 < len(place.doubt) <= 1000


def test_an_unexpected_exception_is_a_rejection() -> None:
    broken = Sighting(**sighting()).replace(country=5)

    refused = check_sighting(broken, NOW, DEFAULT_DAYS)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MALFORMED
    assert refused.detail.startswith("it cannot be processed (AttributeError: ")
