from __future__ import annotations

from pydantic_core import to_json

from firstseen.importers.gdelt import import_gdelt
from firstseen.importers.gdelt_groups import group_of
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from schemas.sighting import Sighting
from tests.support.tables import each_row

TALIBAN = {5: "AFGINSTAL", 6: "TALIBAN", 7: "AFG", 8: "TAL", 12: "INS"}
HAMAS_SECOND = {15: "PSEREB", 16: "HAMAS", 17: "PSE", 22: "REB"}
GUNMAN = {5: "UAF", 6: "GUNMAN", 12: "UAF"}


def line(*changes: dict[int, str]) -> bytes:
    columns = [""] * 61
    usual = {
        0: "881991064",
        1: "20191023",
        26: "190",
        28: "19",
        51: "4",
        52: "Kabul, Kabol, Afghanistan",
        53: "AF",
        56: "34.5167",
        57: "69.1833",
        59: "20191024143000",
        60: "https://www.example.org/news?id=1",
    }
    for values in (usual, *changes):
        for at, value in values.items():
            columns[at] = value
    return "\t".join(columns).encode()


def rows_of(*changes: dict[int, str]) -> list[Row]:
    return list(import_gdelt([line(*changes)]))


def sighting_of(*changes: dict[int, str]) -> dict[str, object]:
    (row,) = rows_of(*changes)
    assert isinstance(row, Imported)
    return row.sighting


def test_an_event_of_a_known_group_becomes_a_valid_sighting() -> None:
    sighting = sighting_of(TALIBAN)

    assert sighting == {
        "source": "gdelt",
        "id": "881991064",
        "group": "Taliban",
        "place": "Kabul, Kabol, Afghanistan",
        "latitude": 34.5167,
        "longitude": 69.1833,
        "occurred": "2019-10-23",
        "reported": "2019-10-24T14:30:00Z",
        "origin": "example.org",
        "grade": "D4",
        "evidence": "attack",
        "title": "TALIBAN: fighting, Kabul, Kabol, Afghanistan (coded by GDELT)",
        "url": "https://www.example.org/news?id=1",
    }
    assert Sighting.from_bytes(to_json(sighting)).key == "gdelt/881991064"


def test_a_role_is_no_group() -> None:
    assert [(type(row), getattr(row, "why", "")) for row in rows_of(GUNMAN)] == [
        (Skipped, "neither actor is a known armed group")
    ]


@each_row("name", ["RAKHINE", "CATALAN", "TERRORIST ORGANIZATION", "ALEPPO", "FRELIMO"])
def test_a_people_a_town_or_a_party_with_an_armed_type_is_not_a_group(name: str) -> None:
    assert group_of(name, "", ("SEP", "", "")) is None


def test_a_name_counts_only_under_an_armed_type() -> None:
    assert group_of("ADF", "", ("REB", "", "")) == "Allied Democratic Forces"
    assert group_of("ADF", "", ("MIL", "", "")) is None


@each_row(
    ("name", "code", "group"),
    [
        ("PAKISTANI TALIBAN", "TAL", "Tehrik-i-Taliban Pakistan"),
        ("TEHREEK-E-TALIBAN PAKISTAN", "TAL", "Tehrik-i-Taliban Pakistan"),
        ("TEHRIK-E-TALIBAN", "TAL", "Tehrik-i-Taliban Pakistan"),
        ("AL QAEDA IN IRAQ", "ALQ", "Al-Qaeda in Iraq"),
        ("AL-QAIDA IN THE ISLAMIC MAGHREB", "ALQ", "Al-Qaeda in the Islamic Maghreb"),
        ("AL QAEDA IN THE INDIAN SUBCONTINENT", "ALQ", "Al-Qaeda in the Indian Subcontinent"),
        ("AL QAEDA IN YEMEN", "ALQ", None),
        ("MULLAH OMAR", "TAL", None),
        ("TALIBAN COURT", "TAL", None),
        ("HAMAS POLITICAL BUREAU", "HMS", None),
        ("HEZBOLLAH BRIGADES OF IRAQ", "HEZ", None),
        ("", "TAL", None),
    ],
)
def test_a_name_of_its_own_makes_a_group_and_the_code_alone_never(name: str, code: str, group: str | None) -> None:
    assert group_of(name, code, ("INS", "", "")) == group


def test_the_known_group_code_tells_a_group_from_a_party_of_its_name() -> None:
    assert group_of("HAMAS", "HMS", ("GOV", "", "")) == "Hamas"
    assert group_of("HAMAS", "", ("GOV", "", "")) is None
    assert group_of("HAMAS", "", ("", "", "")) == "Hamas"
    assert group_of("RENAMO", "", ("", "", "")) is None


def test_spelling_variants_of_a_name_are_one_group() -> None:
    names = ("AL-QAEDA", "AL QAIDA", "THE AL QAEDA NETWORK")

    assert {group_of(name, "", ("IMG", "", "")) for name in names} == {"Al-Qaeda"}


def test_two_groups_in_one_event_are_two_sightings() -> None:
    rows = rows_of(TALIBAN, HAMAS_SECOND)

    assert [(row.sighting["id"], row.sighting["group"]) for row in rows if isinstance(row, Imported)] == [
        ("881991064-1", "Taliban"),
        ("881991064-2", "Hamas"),
    ]


def test_a_group_on_both_sides_is_one_sighting() -> None:
    assert sighting_of(TALIBAN, {16: "TALIBAN", 18: "TAL"})["id"] == "881991064"


def test_a_group_that_is_only_acted_upon_counts_too() -> None:
    assert sighting_of(GUNMAN, HAMAS_SECOND)["group"] == "Hamas"


def test_a_whole_country_is_given_by_name_and_never_by_fips_code_or_middle() -> None:
    sighting = sighting_of(TALIBAN, {51: "1", 52: "Switzerland", 53: "SZ", 56: "47", 57: "8"})

    assert sighting["country"] == "Switzerland"
    assert {"latitude", "longitude", "place"}.isdisjoint(sighting)


@each_row("kind", ["2", "3", "4", "5"])
def test_a_city_or_state_is_given_by_its_point_without_a_country(kind: str) -> None:
    sighting = sighting_of(TALIBAN, {51: kind})

    assert (sighting["latitude"], sighting["longitude"]) == (34.5167, 69.1833)
    assert "country" not in sighting


def test_an_event_without_a_place_is_left_out() -> None:
    (row,) = rows_of(TALIBAN, {51: "0", 52: "", 56: "", 57: ""})
    (without_point,) = rows_of(TALIBAN, {56: "", 57: ""})

    assert isinstance(row, Skipped)
    assert isinstance(without_point, Skipped)


@each_row(
    ("code", "actors", "kind"),
    [
        ("183", TALIBAN, "attack"),
        ("190", TALIBAN, "attack"),
        ("202", TALIBAN, "attack"),
        ("193", HAMAS_SECOND, "attack"),
        ("186", HAMAS_SECOND, "presence"),
        ("201", HAMAS_SECOND, "presence"),
    ],
)
def test_the_event_code_says_what_was_seen(code: str, actors: dict[int, str], kind: str) -> None:
    assert sighting_of(actors, {26: code, 28: code[:2]})["evidence"] == kind


@each_row(
    "code",
    ["010", "015", "036", "057", "081", "0871", "111", "130", "138", "145", "152", "163", "172", "173", "", "99"],
)
@each_row("actors", [TALIBAN, HAMAS_SECOND])
def test_an_event_that_is_not_material_conflict_is_left_out(code: str, actors: dict[int, str]) -> None:
    (row,) = rows_of(actors, {26: code, 28: code[:2]})

    assert isinstance(row, Skipped)
    assert row.why == "it is not material conflict (CAMEO root codes 18, 19, 20)"


@each_row(
    ("name", "fips", "country"),
    [
        ("Congo", "CF", "Republic of the Congo"),
        ("Congo", "", "Republic of the Congo"),
        ("Congo", "CG", "DR Congo"),
        ("Democratic Republic Of The Congo", "CG", "Democratic Republic Of The Congo"),
    ],
)
def test_congo_is_read_by_the_list_of_gdelt(name: str, fips: str, country: str) -> None:
    assert sighting_of(TALIBAN, {51: "1", 52: name, 53: fips})["country"] == country


def test_an_address_that_is_too_long_is_left_out_of_the_sighting() -> None:
    sighting = sighting_of(TALIBAN, {60: "https://www.example.org/" + "x" * 2000})

    assert (sighting["origin"], "url" in sighting) == ("example.org", False)
    assert len(str(sighting_of(TALIBAN, {60: "no address " + "x" * 2000})["origin"])) == 300


def test_a_source_that_is_not_a_web_address_is_the_origin_and_not_the_url() -> None:
    sighting = sighting_of(TALIBAN, {60: "BBC Monitoring"})

    assert sighting["origin"] == "BBC Monitoring"
    assert "url" not in sighting


@each_row("columns", [57, 58])
def test_an_event_of_gdelt_1_0_is_distinguished_from_a_truncated_line(columns: int) -> None:
    (row,) = import_gdelt([b"\t".join(line(TALIBAN).split(b"\t")[:columns])])

    assert isinstance(row, Malformed)
    assert "as in GDELT 1.0" in row.why


@each_row("raw", [b"1\t2", line({0: "x"}), line({1: "2019"}), line() + b"\t", line({52: "?"}) + b"\xff"])
def test_a_line_of_another_shape_is_malformed(raw: bytes) -> None:
    (row,) = import_gdelt([raw])

    assert isinstance(row, Malformed)
    assert row.raw == raw
