"""What /firstseen answers, and what becomes of the channel's subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places.areas import packaged
from schemas.alert import AlertChange, AlertEvidence
from schemas.subscription import Clause, Mute, Subscriber, Subscription
from streams.notify.buttons import KEEP, TAKE_NEAR
from streams.similar_names import Names
from tests.support.builders import alert_event, evidence
from tests.support.slack_emulator.limits import problem
from web.slack_app.commands import (
    Change,
    Command,
    ExplainAlert,
    Preview,
    Reply,
    current_alerts,
    explain_alert,
    parse_command,
    preview_reply,
)

AREAS = packaged()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def asked(text: str, groups: tuple[str, ...] = ()) -> Any:
    return parse_command(Command(text, "C12345678", "U1", NOW), AREAS, Names(groups))


def change(text: str, before: Subscriber | None = None) -> tuple[Subscriber | None, Reply]:
    found = asked(text)
    assert isinstance(found, Change), found
    return found.decide(before)


def subscriber(*texts: str) -> Subscriber:
    row: Subscriber | None = None
    for text in texts:
        row, _ = change(f"subscribe {text}", row)
    assert row
    return row


def test_a_channel_subscribes_and_everybody_there_sees_it() -> None:
    after, reply = change("subscribe group:IS country:Mali")
    assert after == Subscriber(
        destination="C12345678", subscriptions=(Subscription(clauses=(Clause(groups=("IS",), countries=("ML",)),)),),
        owner="U1", changed_at=NOW,
    )  # fmt: skip
    assert (reply.text, reply.in_channel) == ("Subscribed this channel to `group:IS country:ML`.", True)


def test_the_same_again_changes_nothing_but_the_time() -> None:
    once = subscriber("in:Sahel")
    after, reply = change("subscribe in:sahel", once)
    assert after
    assert after.subscriptions == once.subscriptions
    assert "already" in reply.text


def test_slack_escapes_what_is_typed() -> None:
    after, reply = change("subscribe origins&gt;=2 group:&quot;A &amp; B&quot;".replace("&quot;", '"'))
    assert after
    assert after.subscriptions[0].clauses[0] == Clause(groups=("A & B",), least_origins=2)
    assert reply.text == 'Subscribed this channel to `group:"A &amp; B" origins&gt;=2`.'


def choices(reply: Reply) -> list[tuple[str, str, str]]:
    """Return the text of each button, its action and its value."""
    return [(one["text"]["text"], one["action_id"], one["value"]) for one in reply.blocks[-1]["elements"]]


def test_a_group_that_is_not_known_is_asked_back_with_the_nearest_and_with_what_was_written() -> None:
    reply = asked("subscribe group:ISSI in:sahel picture", ("Boko Haram", "ISIS"))

    assert isinstance(reply, Reply)
    assert not reply.in_channel
    assert "No group is called ISSI yet. Did you mean ISIS?" in reply.text
    assert "Nothing is subscribed yet" in reply.text
    assert choices(reply) == [
        ("ISIS", TAKE_NEAR, "subscribe group:ISIS in:Sahel picture"),
        ('Keep "ISSI"', KEEP, "subscribe group:ISSI in:Sahel picture"),
    ]
    assert problem(reply.text, list(reply.blocks)) is None


def test_a_group_that_resembles_none_can_only_be_kept() -> None:
    assert choices(asked("subscribe group:Zzz", ("ISIS",))) == [('Keep "Zzz"', KEEP, "subscribe group:Zzz")]


def test_several_groups_that_are_not_known_are_one_question() -> None:
    reply = asked('subscribe group:ISSI,JNMI OR country:ML group:!"A & B"', ("ISIS", "JNIM"))

    assert choices(reply) == [
        ("ISIS, JNIM", TAKE_NEAR, 'subscribe group:ISIS,JNIM OR group:!"A &amp; B" country:ML'),
        ('Keep "ISSI", "JNMI", "A & B"', KEEP, 'subscribe group:ISSI,JNMI OR group:!"A &amp; B" country:ML'),
    ]
    kept = parse_command(Command(choices(reply)[1][2], "C12345678", "U1", NOW), AREAS)
    assert isinstance(kept, Change)
    after, _ = kept.decide(None)
    assert after
    assert after.subscriptions[0].clauses[1].not_groups == ("A & B",)


def test_a_button_has_no_room_for_a_longer_command_which_is_then_taken_with_a_remark() -> None:
    many = ",".join(f"Nobody{number}" for number in range(195)) + "x" * 150

    found = asked(f"subscribe group:{many}", ("ISIS",))

    assert isinstance(found, Change)
    _, reply = found.decide(None)
    assert "No group is called Nobody0 yet." in reply.text
    assert "190 more groups are not known." in reply.text


def test_a_mute_of_a_group_that_is_not_known_is_remarked_on() -> None:
    found = asked("mute group:ISSI 7d", ("ISIS",))

    assert isinstance(found, Change)
    after, reply = found.decide(subscriber("in:Sahel"))
    assert after
    assert after.mutes[0].group == "ISSI"
    assert reply.text.endswith("\nNo group is called ISSI yet. Did you mean ISIS?")


def test_no_group_is_asked_back_where_none_is_known() -> None:
    assert isinstance(asked("subscribe group:ISSI"), Change)


def test_a_mistake_is_answered_with_the_command_that_would_do() -> None:
    reply = asked("subscribe country:Burkina Faso")
    assert reply.text.endswith('Try `/firstseen subscribe country:"Burkina Faso"`')
    assert not reply.in_channel


def test_the_list_has_numbers_and_unsubscribe_takes_one_or_the_filter_or_all() -> None:
    before = subscriber("in:Sahel", "group:IS", "")
    _, reply = change("list", before)
    assert reply.text.splitlines() == ["1. `in:Sahel`", "2. `group:IS`", "3. every alert except returns"]
    for text, left in (("2", ["in:Sahel", ""]), ("group:IS", ["in:Sahel", ""]), ("3", ["in:Sahel", "group:IS"])):
        after, reply = change(f"unsubscribe {text}", before)
        assert after == subscriber(*left)
        assert reply.in_channel
    assert change("unsubscribe all", before)[0] is None
    assert change("unsubscribe", subscriber(""))[0] is None


@pytest.mark.parametrize("text", ["unsubscribe", "unsubscribe 9", "unsubscribe 0", "unsubscribe group:JNIM"])
def test_what_is_not_clear_unsubscribes_nothing(text: str) -> None:
    before = subscriber("in:Sahel", "group:IS", "")
    after, reply = change(text, before)
    assert after == before
    assert "Which one?" in reply.text


def test_a_mute_is_kept_with_the_channel_and_replaced_by_a_later_one() -> None:
    before = subscriber("")
    once, _ = change("mute group:IS country:Mali 1d", before)
    after, reply = change("mute group:IS country:ML 2w", once)
    assert after
    assert after.mutes == (Mute(group="IS", country="ML", until=NOW + timedelta(14)),)
    assert "2026-01-15" in reply.text
    assert change("mute all", None)[0] is None


@pytest.mark.parametrize(
    ("text", "days", "clauses"),
    [("preview", 365, None), ("preview 90d", 90, None), ("preview 90d in:Sahel", 90, 1), ("preview in:Sahel", 365, 1)],
)
def test_a_preview_is_of_a_filter_or_of_the_channel(text: str, days: int, clauses: int | None) -> None:
    found = asked(text)
    assert isinstance(found, Preview)
    assert (found.days, found.subscriptions and len(found.subscriptions)) == (days, clauses)


def test_a_preview_tells_what_would_have_been_told_in_order() -> None:
    gone = AlertChange(what="status", old="confirmed", new="retracted")
    first = alert_event(arrived=NOW - timedelta(3))
    last = alert_event(
        revision=2, type="retraction", status="retracted", changes=(gone,), why=AlertEvidence(sightings=(), origins=0),
        arrived=NOW - timedelta(1),
    )  # fmt: skip
    reply = preview_reply([Subscription()], 30, [first, last], AREAS, NOW)
    head, *lines = reply.text.splitlines()
    assert head == "Messages and corrections in the last 30 days: 3"
    assert ["message: FIRST" in lines[0], "edit of the message: WITHDRAWN" in lines[1], "reply" in lines[2]] == [
        True
    ] * 3
    assert preview_reply([Subscription()], 2, [first, last], AREAS, NOW).text == "Nothing in the last 2 days."


def test_a_new_subscription_gets_the_current_picture_if_it_wishes() -> None:
    assert asked("subscribe in:Sahel").picture is None
    wanted = asked("subscribe in:Sahel picture").picture
    assert wanted == Subscription(clauses=(Clause(regions=("Sahel",)),))
    day = NOW.date()
    new = alert_event(alert_id="new", first_day=day, last_day=day)
    old = alert_event(alert_id="old", first_day=day - timedelta(60), last_day=day - timedelta(31))
    elsewhere = alert_event(alert_id="be", country="BE", region="Western Europe", first_day=day, last_day=day)
    gone = alert_event(alert_id="gone", status="retracted", first_day=day, last_day=day)
    head, *lines = current_alerts(wanted, [new, old, elsewhere, gone], AREAS, NOW).splitlines()
    assert head == "New in the last 30 days:"
    assert [one.startswith("• *FIRST SEEN* · JNIM · Mali") for one in lines] == [True]
    assert "Nothing" in current_alerts(wanted, [gone], AREAS, NOW)


def test_why_shows_the_evidence_of_one_alert() -> None:
    event = alert_event(
        alert_id="1a2b3c4d-x", why=AlertEvidence(sightings=(evidence(title="Shots <at> the market"),), origins=1)
    )
    assert isinstance(asked("why 1a2b"), ExplainAlert)
    told = explain_alert([event], "1a2b").text
    assert "Shots &lt;at&gt; the market" in told
    assert "No alert id starts" in explain_alert([], "zz").text
    assert "2 alert ids start" in explain_alert([event, alert_event(alert_id="1a2b9")], "1a2b").text


@settings(deadline=None)  # the first lookup of a name loads tables
@given(st.text(max_size=80) | st.sampled_from(["subscribe ", "unsubscribe ", "preview ", "mute ", "why "]).flatmap(
    lambda verb: st.text(max_size=60).map(lambda rest: verb + rest)))  # fmt: skip
def test_no_text_breaks_a_command_or_mentions_anybody(text: str) -> None:
    found = asked(text)
    replies = [found] if isinstance(found, Reply) else []
    if isinstance(found, Change):
        replies += [found.decide(None)[1], found.decide(subscriber("in:Sahel", ""))[1]]
    for reply in replies:
        assert 0 < len(reply.text) <= 3000
        assert "<!" not in reply.text
        assert "<@" not in reply.text
