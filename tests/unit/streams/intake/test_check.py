"""Validation of records and sightings, as intake, the command line and HTTP apply it."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.check import Checked, Location, check_record, check_sighting, locate
from streams.intake.day_limits import DEFAULT_DAYS
from streams.intake.parse import Rejected
from tests.support.builders import incoming, sighting

NOW = datetime(2017, 11, 1, 9, tzinfo=UTC)


def test_a_valid_sighting_has_a_location() -> None:
    assert check_sighting(Sighting(**sighting()), NOW, DEFAULT_DAYS) == Location("ML", "Western Africa", None)


def test_a_record_has_a_sighting_and_its_location_or_a_rejection() -> None:
    valid, elsewhere = Sighting(**sighting()), Sighting(**sighting(country="Congo"))

    assert check_record(incoming(sighting()), DEFAULT_DAYS) == Checked(valid, Location("ML", "Western Africa", None))
    unlocated = check_record(incoming(sighting(country="Congo")), DEFAULT_DAYS)
    assert (unlocated.sighting, unlocated.location) == (elsewhere, None)
    assert unlocated.rejected
    assert unlocated.valid_or_rejected is unlocated.rejected
    malformed = check_record(incoming(b"{"), DEFAULT_DAYS)
    assert (malformed.sighting, malformed.location) == (None, None)
    assert malformed.rejected
    retraction = check_record(incoming(sighting(retracted=True)), DEFAULT_DAYS)
    assert (retraction.location, retraction.rejected) == (None, None)
    assert retraction.valid_or_rejected is retraction.sighting


def test_impossible_days_are_rejected_and_the_field_is_named() -> None:
    rejected = check_sighting(Sighting(**sighting(occurred="2071-10-31")), NOW, DEFAULT_DAYS)

    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.BAD_DAYS
    assert rejected.detail == "occurred: 2071-10-31 is in the future; did you mean 2017-10-31?"


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

    rejected = check_sighting(broken, NOW, DEFAULT_DAYS)

    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.MALFORMED
    assert rejected.detail.startswith("it cannot be processed (AttributeError: ")


def test_a_country_counts_in_its_region() -> None:
    assert locate(Sighting(**sighting(country="Mali"))) == Location("ML", "Western Africa", None)
    assert locate(Sighting(**sighting(country="DR Congo (Zaire)"))) == Location("CD", "Middle Africa", None)


def test_a_point_alone_gives_the_country() -> None:
    located = locate(Sighting(**sighting(country=None, latitude=50.85, longitude=4.35)))

    assert isinstance(located, Location)
    assert (located.country, located.region) == ("BE", "Western Europe")


def test_a_name_and_a_point_that_disagree_leave_a_doubt() -> None:
    located = locate(Sighting(**sighting(country="Mali", latitude=50.85, longitude=4.35)))

    assert isinstance(located, Location)
    assert located.country == "ML"
    assert located.doubt is not None
    assert "Belgium" in located.doubt


def test_a_place_without_exactly_one_country_is_rejected_and_never_guessed() -> None:
    region = locate(Sighting(**sighting(country="West Africa")))
    shared = locate(Sighting(**sighting(country="Congo")))
    nothing = locate(Sighting(**sighting(country=None)))

    assert isinstance(region, Rejected)
    assert isinstance(shared, Rejected)
    assert isinstance(nothing, Rejected)
    assert {region.reason, shared.reason, nothing.reason} == {Reason.COUNTRY_UNRESOLVED}
    assert '"West Africa"' in region.detail
    assert {"DR Congo (CD)", "Republic of the Congo (CG)"} <= set(shared.suggestions)


def test_a_province_or_town_alone_gives_no_country() -> None:
    rejected = locate(Sighting(**sighting(country=None, admin1="Mopti", place="Mali")))

    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.COUNTRY_UNRESOLVED
