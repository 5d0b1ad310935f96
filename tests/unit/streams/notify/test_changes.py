"""Changes of an alert as readers see them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertChange, AlertEvent, AlertEvidence, AlertField, AlertStatus, Cause
from schemas.delivery import MAX_CORRECTIONS, Correction, Delivery
from streams.notify.changes import contradicts, history_lines, needs_reply, net_correction, reason_line, verdict
from streams.notify.message import as_plain_text, render, render_reply
from streams.notify.spans import words
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.slack_emulator.limits import message_problem
from tests.support.tables import each_row

GONE = AlertChange(what="status", old="confirmed", new="retracted")
GROWN = AlertChange(what="origins", old="1", new="2")
MORE = AlertChange(what="origins", old="2", new="3")
MOVED = AlertChange(what="first_day", old="2017-10-31", new="2017-10-28")
AGAIN = AlertChange(what="status", old="superseded", new="confirmed")
BACK = AlertChange(what="first_day", old="2017-10-28", new="2017-10-31")
TWO = AlertEvidence(sightings=(evidence(),), origins=2)


def changed(what: AlertField, old: str, new: str) -> AlertChange:
    return AlertChange(what=what, old=old, new=new)


def correction(*changes: AlertChange, **cause: Any) -> Correction:
    given_cause: dict[str, Any] = {"what": "corrected", "sighting": evidence(title="Shots")} | cause
    return Correction(at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), changes=changes, cause=Cause(**given_cause))


def test_the_latest_correction_is_first_with_date_old_value_and_reason() -> None:
    lines = [*history_lines([correction(GROWN), correction(MOVED, GONE)])]
    assert [words(each) for each in lines[:5]] == [
        "Corrected 2 Jan 2026 03:04 UTC",
        "first day: 31 Oct 2017 → 28 Oct 2017",
        "status: confirmed → withdrawn",
        "Because a sighting was corrected: Shots (wire/1, 31 Oct 2017)",
        "Updated 2 Jan 2026 03:04 UTC",
    ]
    assert [span.text for each in lines[:3] for span in each if span.struck] == ["31 Oct 2017", "confirmed"]


def test_a_change_of_groups_is_a_reason() -> None:
    assert words(reason_line(Cause(what="groups", groups=("Boko Haram", "IS")))) == (
        "Because names or affiliations changed: Boko Haram, IS"
    )


def test_many_changed_groups_are_counted() -> None:
    assert words(reason_line(Cause(what="groups", groups=tuple("ABCDE"), more_groups=100))) == (
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


def event(revision: int, *changes: AlertChange, cause: str = "wire/1", **fields: Any) -> AlertEvent:
    because = Cause(what="reported", sighting=evidence(id=cause))
    return alert_event(revision=revision, changes=changes, cause=because, **fields)


def test_the_net_change_of_several_events_has_the_first_old_and_the_last_new_values() -> None:
    events = [
        event(2, GONE, GROWN, cause="a", status="retracted"),
        event(3, changed("status", "retracted", "superseded"), MORE, cause="b", status="superseded"),
        event(4, changed("origins", "3", "4"), cause="c", status="superseded"),
    ]
    net = net_correction(events)
    assert (net.revision, net.status) == (4, "superseded")
    assert net.changes == (changed("status", "confirmed", "superseded"), changed("origins", "1", "4"))
    assert net.cause == events[1].cause, "the cause of the change that counts most"


def test_changes_that_cancel_out_are_no_change() -> None:
    net = net_correction([
        event(2, changed("status", "confirmed", "superseded"), status="superseded"), event(3, AGAIN, MOVED), event(4, BACK),
    ])  # fmt: skip
    assert (net.revision, net.status, net.changes) == (4, "confirmed", ())
    assert not needs_reply(net)


@given(st.lists(st.sampled_from(["1", "2", "3"]), min_size=2, max_size=8))
def test_the_net_change_does_not_depend_on_the_steps(values: list[str]) -> None:
    steps = [event(n, changed("origins", old, new)) for n, (old, new) in enumerate(pairwise(values), 2) if old != new]
    if steps:
        expected = () if values[0] == values[-1] else (changed("origins", values[0], values[-1]),)
        assert net_correction(steps).changes == expected


@each_row(
    ("fields", "text"),
    [
        ({"changes": (GONE,), "status": "retracted"}, "Alert withdrawn: JNIM in Mali"),
        ({"changes": (GROWN,), "status": "superseded"}, "No longer news: JNIM in Mali"),
        ({"changes": (GROWN,), "status": "candidate"}, "Not confirmed: JNIM in Mali"),
        ({"changes": (AGAIN,)}, "News again: JNIM in Mali"),
        ({"changes": (MOVED,)}, "Still news, but it began on 28 Oct 2017, not on 31 Oct 2017: JNIM in Mali"),
        ({"changes": (changed("country", "NE", "ML"),)}, "Still news, but in Mali, not in Niger: JNIM in Mali"),
        (
            {"changes": (changed("kind", "returned", "re_emergence"),)},
            "Still news, but a re-emergence and not a return: JNIM in Mali",
        ),
        ({"changes": (changed("doubtful", "false", "true"),)}, "Still news, but in doubt: JNIM in Mali"),
        ({"changes": (changed("doubtful", "true", "false"),)}, "Still news, and no longer in doubt: JNIM in Mali"),
        ({"changes": (GROWN,), "why": TWO}, "More certain, 2 independent origins: JNIM in Mali"),
        ({"changes": (changed("origins", "2", "1"),)}, "Less certain, 1 origin: JNIM in Mali"),
        ({"changes": (changed("by_affiliation", "A", ""),)}, "Still news, and the group itself was seen: JNIM in Mali"),
        (
            {"changes": (changed("countries", "A", "B"),), "kind": "spread", "region": "Sahel"},
            "Still news, but the countries changed: JNIM in Sahel",
        ),
    ],
)
def test_a_correction_says_whether_the_alert_is_still_news(fields: dict[str, Any], text: str) -> None:
    assert verdict(alert_event(revision=2, **fields)) == text


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
        assert message_problem(message) is None
        assert "<!channel" not in message.text + as_plain_text(message).text
