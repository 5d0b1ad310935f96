"""Places as written, and the location of a sighting."""

from __future__ import annotations

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.locate import Location, locate
from streams.intake.parse import Rejected
from tests.support.builders import sighting


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
