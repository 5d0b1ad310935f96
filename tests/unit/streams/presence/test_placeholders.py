"""A placeholder is not an origin: it corroborates nothing, and its sighting needs two named origins."""

from __future__ import annotations

from schemas.evidence import Evidence
from streams.presence.qualification import count_origins, origin_of
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import unconfirmed_runs, weak_evidence


def is_confirmed(*seen: Evidence) -> bool:
    story = Story()
    story.add(*seen)
    backwards = Story()
    backwards.add(*reversed(seen))
    assert story.spans() == backwards.spans()
    assert unconfirmed_runs(story) == unconfirmed_runs(backwards)
    return bool(story.spans())


def report(id_: str, origin: str | None, source: str = "wire") -> Evidence:
    return weak_evidence("2017-10-31", id=id_, origin=origin, source=source)


@each_row(
    "seen",
    [
        [report("1", "unknown", "c"), report("2", "N/A", "d")],
        [report("1", "unknown"), report("2", "Reuters")],
        [report("1", "unknown", "c"), report("2", "Reuters", "d")],
        [report("1", "-", "c"), report("2", None, "d")],
        [report("1", "various sources", "c"), report("2", "anonymous", "d"), report("3", "AFP", "e")],
        [report("1", None, "unknown"), report("2", None, "wire")],
    ],
)
def test_a_placeholder_never_corroborates(seen: list[Evidence]) -> None:
    assert not is_confirmed(*seen)


def test_two_named_origins_qualify_a_placeholder_sighting() -> None:
    story = Story()
    story.add(report("1", "unknown"), report("2", "AFP"))
    story.add(weak_evidence("2017-11-01", id="3", origin="Reuters"))

    assert story.spans() == ["first_ever 2017-10-31/2017-11-01"]
    assert unconfirmed_runs(story) == []


def test_a_placeholder_sighting_no_longer_qualifies_without_one_of_them() -> None:
    story = Story()
    second = report("3", "Reuters")
    story.add(report("1", "unknown"), report("2", "AFP"), second)
    story.withdraw(second)

    assert story.spans() == []


def test_a_placeholder_counts_as_an_origin_only_without_a_named_origin() -> None:
    assert count_origins({None, "afp"}) == 1
    assert count_origins({None}) == 1
    assert origin_of(evidence(source="Le Monde", origin="(Unknown)")) is None
