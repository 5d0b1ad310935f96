"""A placeholder is not an origin: it corroborates nothing, and its sighting needs two named origins."""

from __future__ import annotations

from schemas.evidence import Evidence
from streams.presence.qualification import count_origins, origin_of
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import hearsay, unproven


def proved(*seen: Evidence) -> bool:
    story = Story()
    story.add(*seen)
    backwards = Story()
    backwards.add(*reversed(seen))
    assert story.spans() == backwards.spans()
    assert unproven(story) == unproven(backwards)
    return bool(story.spans())


def told(id_: str, origin: str | None, source: str = "wire") -> Evidence:
    return hearsay("2017-10-31", id=id_, origin=origin, source=source)


@each_row(
    "seen",
    [
        [told("1", "unknown", "c"), told("2", "N/A", "d")],
        [told("1", "unknown"), told("2", "Reuters")],
        [told("1", "unknown", "c"), told("2", "Reuters", "d")],
        [told("1", "-", "c"), told("2", None, "d")],
        [told("1", "various sources", "c"), told("2", "anonymous", "d"), told("3", "AFP", "e")],
        [told("1", None, "unknown"), told("2", None, "wire")],
    ],
)
def test_a_placeholder_never_corroborates(seen: list[Evidence]) -> None:
    assert not proved(*seen)


def test_two_named_origins_qualify_a_placeholder_sighting() -> None:
    story = Story()
    story.add(told("1", "unknown"), told("2", "AFP"))
    story.add(hearsay("2017-11-01", id="3", origin="Reuters"))

    assert story.spans() == ["first_ever 2017-10-31/2017-11-01"]
    assert unproven(story) == []


def test_a_placeholder_sighting_no_longer_qualifies_without_one_of_them() -> None:
    story = Story()
    second = told("3", "Reuters")
    story.add(told("1", "unknown"), told("2", "AFP"), second)
    story.withdraw(second)

    assert story.spans() == []


def test_it_does_not_count_beside_a_named_origin_and_alone_it_is_one() -> None:
    assert count_origins([evidence(origin="unknown"), evidence(origin="AFP")]) == 1
    assert count_origins([evidence(origin="unknown"), evidence(origin="?")]) == 1
    assert origin_of(evidence(source="Le Monde", origin="(Unknown)")) is None
