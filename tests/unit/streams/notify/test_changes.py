"""Changes of an alert as readers see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertChange, AlertEvidence, AlertField, AlertStatus, Cause
from schemas.delivery import MAX_CORRECTIONS, Correction, Delivery
from streams.notify.changes import contradicts, correction_paragraphs, needs_reply, reason_line
from streams.notify.message import render, render_reply
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.slack_emulator.limits import problem
from tests.support.tables import each_row

GONE = AlertChange(what="status", old="confirmed", new="retracted")
GROWN = AlertChange(what="origins", old="1", new="2")
MORE = AlertChange(what="origins", old="2", new="3")
MOVED = AlertChange(what="first_day", old="2017-10-31", new="2017-10-28")
AGAIN = AlertChange(what="status", old="superseded", new="confirmed")


def correction(*changes: AlertChange, **cause: Any) -> Correction:
    given_cause: dict[str, Any] = {"what": "corrected", "sighting": evidence(title="Shots")} | cause
    return Correction(at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), changes=changes, cause=Cause(**given_cause))


def test_the_latest_correction_is_first_with_date_old_value_and_reason() -> None:
    first, second = correction_paragraphs([correction(GROWN), correction(MOVED, GONE)])
    assert first.splitlines() == [
        "*Corrected 2026-01-02 03:04 UTC*",
        "first day: ~2017-10-31~ → 2017-10-28",
        "status: ~confirmed~ → withdrawn",
        "Because a sighting was corrected: wire/1 of 2017-10-31, “Shots”",
    ]
    assert second.startswith("*Updated 2026-01-02 03:04 UTC*")


def test_a_change_of_groups_is_a_reason() -> None:
    assert reason_line(Cause(what="groups", groups=("Boko Haram", "IS"))) == (
        "Because names or affiliations changed: Boko Haram, IS"
    )


def test_many_changed_groups_are_counted() -> None:
    assert reason_line(Cause(what="groups", groups=tuple("ABCDE"), more_groups=100)) == (
        "Because names or affiliations changed: A, B, C and 102 more"
    )


@each_row(
    ("changes", "contradicted", "reply"),
    [
        ((GROWN,), False, True), ((MORE,), False, False), ((MOVED,), True, True), ((GONE,), True, True),
        ((AGAIN,), False, True), ((MORE, MOVED), True, True),
    ],
)  # fmt: skip
def test_a_contradiction_is_posted_to_the_channel_and_a_third_origin_gets_no_reply(
    changes: tuple[AlertChange, ...], contradicted: bool, reply: bool
) -> None:
    assert contradicts(changes) == contradicted
    assert needs_reply(alert_event(changes=changes)) == reply


texts = st.text(max_size=300) | st.sampled_from(["<!channel>", "~" * 300, "&" * 300, "\u202e*_`", "𐀀" * 200])
changes = st.builds(
    AlertChange, what=st.sampled_from([w for w in get_args(AlertField) if "countr" not in w]), old=texts, new=texts
)


@given(
    st.lists(st.lists(changes, max_size=8), min_size=1, max_size=MAX_CORRECTIONS),
    texts,
    st.sampled_from(get_args(AlertStatus)),
)
def test_no_text_breaks_slacks_limits_or_mentions_anybody(
    change_lists: list[list[AlertChange]], text: str, status: AlertStatus
) -> None:
    sighting = evidence(title=text, source="wire" if "/" in text else "desk")
    corrections = [correction(*listed, sighting=sighting) for listed in change_lists]
    alert = alert_event(
        revision=2, type="update", status=status, changes=tuple(change_lists[0]), cause=Cause(what="withdrawn", sighting=sighting),
        why=AlertEvidence(sightings=(), origins=0), arrived=ARRIVED,
    )  # fmt: skip
    sent = Delivery(delivery_id="d", destination="C12345678", alert=alert)
    for message in (render(sent, corrections, interactive=True), render_reply(sent)):
        assert problem(message.text, list(message.blocks)) is None
        assert "<!" not in str(message.blocks)
