"""Intended fields for unknown names."""

from __future__ import annotations

from schemas.sighting import Sighting
from streams.intake import misspelled_fields
from streams.intake.misspelled_fields import intended_field, unknown_fields
from tests.support.tables import each_row


@each_row(
    ("name", "field"),
    [
        ("grp", "group"), ("actor1", "group"), ("Group", "group"), ("ActorName", "group"), ("grup", "group"),
        ("date", "occurred"), ("event_date", "occurred"), ("eventDate", "occurred"), ("occured", "occurred"),
        ("lat", "latitude"), ("Lat", "latitude"), ("latitde", "latitude"), ("lat_wgs84", "latitude"),
        ("lon", "longitude"), ("lng", "longitude"), ("long", "longitude"), ("link", "url"), ("href", "url"),
        ("summary", "title"), ("description", "title"), ("headline", "title"), ("province", "admin1"),
        ("region", "admin1"), ("adm1", "admin1"), ("city", "place"), ("town", "place"), ("ts", "reported"),
        ("timestamp", "reported"), ("published_at", "reported"), ("contry", "country"), ("country_code", "country"),
        ("iso3", "country"), ("src", "source"), ("event_id", "id"), ("version", "revision"), ("deleted", "retracted"),
        ("agency", "origin"), ("reliability", "grade"), ("event_type", "evidence"), ("evidance", "evidence"),
        ("fatalities", None), ("foo", None), ("", None), ("\u202e", None), ("x" * 5000, None),
    ],
)  # fmt: skip
def test_the_intended_field_is_found_or_none(name: str, field: str | None) -> None:
    assert intended_field(name) == field


def test_every_synonym_is_of_a_field_and_of_one_only() -> None:
    synonyms = [name for names in misspelled_fields._SYNONYMS.values() for name in names.split()]

    assert set(misspelled_fields._SYNONYMS) == set(Sighting.model_fields)
    assert len(synonyms) == len(set(synonyms))
    assert not set(synonyms) & set(Sighting.model_fields)


def test_of_very_many_unknown_fields_twenty_are_named() -> None:
    message = unknown_fields([f"u{number}" for number in range(100)])

    assert message.count("`") == 40
    assert message.endswith("`u19` and 80 more")
