"""Doubts about a sighting, and the outcome of its versions."""

from __future__ import annotations

from schemas.evidence import LONGEST_DOUBT
from schemas.intake_tables import Version
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.parse import Rejected
from streams.intake.versions import Outcome, classify, doubt_of
from tests.support.builders import evidence, sighting
from tests.support.tables import each_row

Expected = Outcome | Reason

TRUTH: list[tuple[tuple[int, str] | None, tuple[int, str], Expected]] = [
    (None, (1, "real"), "accepted"),
    (None, (5, "real"), "accepted"),
    (None, (1, "test"), "test"),
    (None, (1, "retracted"), "retracted"),
    ((1, "real"), (1, "real"), "duplicate"),
    ((1, "real"), (1, "test"), Reason.CONFLICT),
    ((1, "real"), (1, "other"), Reason.CONFLICT),
    ((1, "test"), (1, "real"), Reason.CONFLICT),
    ((1, "test"), (1, "test"), "duplicate"),
    ((1, "real"), (1, "retracted"), "retracted"),
    ((1, "real"), (2, "real"), "accepted"),
    ((1, "real"), (2, "test"), "test"),
    ((1, "real"), (2, "retracted"), "retracted"),
    ((2, "real"), (1, "real"), "stale"),
    ((2, "real"), (1, "test"), "stale"),
    ((2, "real"), (1, "retracted"), "stale"),
    ((1, "retracted"), (1, "retracted"), "duplicate"),
    ((1, "retracted"), (1, "real"), "stale"),
    ((1, "retracted"), (1, "test"), "stale"),
    ((1, "retracted"), (2, "real"), "accepted"),
    ((1, "retracted"), (2, "test"), "test"),
    ((1, "retracted"), (2, "retracted"), "retracted"),
    ((2, "retracted"), (1, "real"), "stale"),
    ((2, "retracted"), (1, "retracted"), "stale"),
]


@each_row(("known", "sent", "outcome"), TRUTH)
def test_a_version_has_the_outcome_in_the_table(
    known: tuple[int, str] | None, sent: tuple[int, str], outcome: Expected
) -> None:
    revision, sort = sent
    settled = classify(version(*known) if known else None, version(*sent))

    assert (settled.reason if isinstance(settled, Rejected) else settled) == outcome


def version(revision: int, sort: str) -> Version:
    counts = {"real": evidence(revision=revision), "other": evidence(revision=revision, country="NE")}.get(sort)
    return Version(revision=revision, retracted=sort == "retracted", content=sort, evidence=counts)


def test_a_conflict_names_the_recorded_difference_and_the_revision_to_send() -> None:
    settled = classify(version(7, "real"), version(7, "other"))

    assert settled == Rejected(
        Reason.CONFLICT, "revision 7 is already recorded with another country (Mali): send revision 8"
    )


def test_all_retractions_of_a_revision_are_equal() -> None:
    known, sent = (Version(revision=1, retracted=True, content=content) for content in ("a", "b"))
    assert classify(known, sent) == "duplicate"


LOOKALIKE = "B\u043eko Haram"


def test_a_name_that_mixes_scripts_is_doubted_beside_the_country() -> None:
    seen = Sighting(**sighting(group=LOOKALIKE))

    assert doubt_of(seen, None) == f'the name of the group mixes Latin and Cyrillic letters: "{LOOKALIKE}"'
    assert doubt_of(seen, "the border is near") == f"{doubt_of(seen, None)}; the border is near"
    assert doubt_of(Sighting(**sighting(group="Вагнер")), "the border is near") == "the border is near"


def test_an_origin_that_mixes_scripts_is_doubted() -> None:
    seen = Sighting(**sighting(origin="R\u0435uters"))

    assert doubt_of(seen, None) == 'the name of the origin mixes Latin and Cyrillic letters: "R\u0435uters"'


def test_all_doubts_together_have_a_longest_length() -> None:
    seen = Sighting(**sighting(group=LOOKALIKE * 20, origin=LOOKALIKE * 20))

    assert len(doubt_of(seen, "x" * LONGEST_DOUBT) or "") == LONGEST_DOUBT
