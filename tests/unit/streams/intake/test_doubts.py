"""Doubts about a sighting."""

from __future__ import annotations

from schemas.evidence import LONGEST_DOUBT
from schemas.sighting import Sighting
from streams.intake.doubts import doubt_of
from tests.support.builders import sighting

LOOKALIKE = "B\u043eko Haram"


def test_a_name_that_mixes_scripts_is_doubted_beside_the_country() -> None:
    seen = Sighting(**sighting(group=LOOKALIKE))

    assert doubt_of(seen, None) == f'the name of the group mixes Latin and Cyrillic letters: "{LOOKALIKE}"'
    assert doubt_of(seen, "the border is near") == f"{doubt_of(seen, None)}; the border is near"
    assert doubt_of(Sighting(**sighting(group="Вагнер")), "the border is near") == "the border is near"


def test_so_is_that_of_an_origin() -> None:
    seen = Sighting(**sighting(origin="R\u0435uters"))

    assert doubt_of(seen, None) == 'the name of the origin mixes Latin and Cyrillic letters: "R\u0435uters"'


def test_all_doubts_together_have_a_longest_length() -> None:
    seen = Sighting(**sighting(group=LOOKALIKE * 20, origin=LOOKALIKE * 20))

    assert len(doubt_of(seen, "x" * LONGEST_DOUBT) or "") == LONGEST_DOUBT
