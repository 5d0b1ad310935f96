"""Differences between two versions of one revision."""

from __future__ import annotations

from typing import Any

from schemas.intake_tables import Version
from streams.intake.differences import describe_difference
from tests.support.builders import evidence
from tests.support.tables import each_row

FULL: dict[str, Any] = {"origin": "AFP", "grade": "B2", "admin1": "Mopti", "place": "Douentza", "latitude": 15.0, "longitude": -2.9, "title": "A", "url": "https://a.example", "kind": "attack"}  # fmt: skip


def version(content: str | None = "known", **fields: Any) -> Version:
    occurred = fields.pop("occurred", "2017-10-31")
    return Version(revision=1, content=content, evidence=evidence(occurred, **FULL | fields))


@each_row(
    ("changed", "words"),
    [
        ({"country": "NE", "region": "Western Africa"}, "another country (Mali)"),
        ({"group": "Other"}, "another group (JNIM)"),
        ({"origin": "Reuters"}, "another origin (AFP)"),
        ({"grade": None}, "another grade (B2)"),
        ({"admin1": "Gao"}, "another province (Mopti)"),
        ({"place": "Gao"}, "another place (Douentza)"),
        ({"latitude": 15.5}, "another point (15.0, -2.9)"),
        ({"title": "B"}, "another title (A)"),
        ({"url": None}, "another address (https://a.example)"),
        ({"kind": "other"}, "another evidence kind (attack)"),
        ({"archival": True}, "archival false"),
        ({"doubt": "near a border"}, "no doubt about its country"),
        ({"occurred": "2017-11-01"}, "other days (2017-10-31)"),
        ({"occurred": "2017-10"}, "other days (2017-10-31)"),
        ({"grade": "C3", "title": "B"}, "another grade (B2) and another title (A)"),
    ],
)
def test_each_different_field_is_named_with_the_recorded_value(changed: dict[str, Any], words: str) -> None:
    assert describe_difference(version(), version("sent", **changed)) == f"with {words}"


def test_a_recorded_version_without_a_value_is_described_as_such() -> None:
    bare = version(origin=None, grade=None, title=None, latitude=None, longitude=None)

    assert describe_difference(bare, version("sent")) == "with no origin, no grade, no title and no point"


def test_of_many_differences_four_are_named() -> None:
    other = version("sent", group="O", country="NE", grade="C3", title="B", place="Gao", url=None)

    message = describe_difference(version(), other)

    assert (
        message
        == "with another country (Mali), another group (JNIM), another grade (B2), another place (Douentza) and 2 more"
    )


def test_an_uncertain_day_is_described_as_such() -> None:
    assert (
        describe_difference(version(occurred="2017-10"), version("sent"))
        == "with other days (some day of 2017-10-01/2017-10-31)"
    )


def test_equivalent_content_has_no_difference() -> None:
    assert describe_difference(version(), version()) is None
    assert describe_difference(version(), version("sent", arrived="2018-01-01T00:00Z")) is None


@each_row(
    "older", [{"title": "x" * 5000}, {"origin": ""}, {"admin1": "y" * 400}, {"ends_from": None, "occurred": "2017-10"}]
)
def test_a_different_format_of_an_older_version_is_no_difference(older: dict[str, Any]) -> None:
    known = version(None, **older)
    now = version("sent", **{name: cut(value) for name, value in older.items() if name != "ends_from"})

    assert describe_difference(known, now) is None


def cut(text: str) -> str | None:
    longest = 1000 if text.startswith("x") else 300
    return (text if len(text) <= longest else f"{text[: longest - 1]}…") or None


def test_tests_and_retractions_of_an_older_version_have_no_difference() -> None:
    assert describe_difference(Version(revision=1), Version(revision=1, content="sent")) is None
    assert (
        describe_difference(Version(revision=1, content="known"), Version(revision=1, content="sent"))
        == "with other content"
    )


def test_a_group_or_origin_in_another_spelling_makes_no_difference() -> None:
    known = version("known", group="Al-Shabaab", origin="Le Monde")

    assert describe_difference(known, version("sent", group="AL SHABAAB\u200b", origin="LE-MONDE")) is None
