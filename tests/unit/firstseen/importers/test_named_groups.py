from __future__ import annotations

from firstseen.importers.named_groups import (
    A_GOVERNMENT,
    CIVILIANS,
    NOBODY,
    UNKNOWN,
    named_group,
    named_groups,
    why_no_group,
)
from tests.support.tables import each_row


@each_row(
    ("side", "what"),
    [
        ("Government of Mali", A_GOVERNMENT),
        ("GOVERNMENT OF  MALI", A_GOVERNMENT),
        ("Government of Congo, Democratic Republic of (Zaire)", A_GOVERNMENT),
        ("Government of Iran, Government of Syria", A_GOVERNMENT),
        ("Interim Government of Libya", A_GOVERNMENT),
        ("Military Forces of Mali (2021-) Gendarmerie", A_GOVERNMENT),
        ("Mutiny of Military Forces of Mali (2021-)", A_GOVERNMENT),
        ("Forces of the Government of Sudan", A_GOVERNMENT),
        ("Royal Government of Cambodia (Kampuchea)", A_GOVERNMENT),
        ("Government", A_GOVERNMENT),
        ("Mali", A_GOVERNMENT),
        ("XXX 77", UNKNOWN),
        ("XXX77, XXX78", UNKNOWN),
        ("Sole Perpetrator", UNKNOWN),
        ("Military faction", UNKNOWN),
        ("civilians", CIVILIANS),
        ("Civilians (Mali)", CIVILIANS),
        ("Civilian", CIVILIANS),
        ("unknown", UNKNOWN),
        ("Unknown actor", UNKNOWN),
        ("Unidentified Armed Group", UNKNOWN),
        ("UNIDENTIFIED GUNMEN", UNKNOWN),
        ("un-identified men", UNKNOWN),
        ("XXX77", UNKNOWN),
        ("Gunmen", UNKNOWN),
        ("armed men", UNKNOWN),
        ("Suspected Islamist militants", UNKNOWN),
        ("the rebels", UNKNOWN),
        ("", NOBODY),
        ("NA", NOBODY),
        ("-99", NOBODY),
    ],
)
def test_states_civilians_and_unknown_actors_are_not_groups(side: str, what: str) -> None:
    assert (why_no_group(side), named_group(side)) == (what, "")


@each_row(
    "side",
    [
        "IS",
        "Syrian insurgents",
        "Forces of Hezbollah, Forces of Amal",
        "Forces of the House of Representatives",
        "Ahrar al-Sham, HTS, Southern Front",
        "Military faction (forces of Himmler Rebocho)",
        "Fulani Ethnic Militia (Mali)",
        "Civil Defense Forces",
        "Civilian Joint Task Force",
    ],
)
def test_a_name_is_a_group(side: str) -> None:
    assert (why_no_group(side), named_group(f" {side} ")) == (None, side)


def test_governments_beside_a_group_are_dropped() -> None:
    assert named_group("Government of Sudan, Janjaweed") == "Janjaweed"
    assert named_group("Janjaweed, Government of Macedonia, FYR") == "Janjaweed"
    assert named_group("Government of Mali; Janjaweed, XXX12") == "Janjaweed"


@each_row(
    ("side", "groups"),
    [
        ("Al-Qaida, Taleban", ["Al-Qaida", "Taleban"]),
        ("HTS, Government of Syria, Ahrar al-Sham; HTS", ["HTS", "Ahrar al-Sham"]),
        ("Front for Bread, Land and Peace", ["Front for Bread, Land and Peace"]),
        ("Civilians", []),
    ],
)
def test_each_member_of_a_coalition_is_a_group(side: str, groups: list[str]) -> None:
    assert named_groups(side) == groups
