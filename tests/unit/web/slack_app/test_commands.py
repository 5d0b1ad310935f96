"""What /firstseen replies, and how it changes the channel's subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from places.areas import packaged
from schemas.alert import AlertChange, AlertEvidence
from schemas.subscription import Clause, Mute, Subscriber, Subscription
from streams.notify.buttons import KEEP, TAKE_NEAR
from streams.notify.spans import words
from streams.similar_names import Names
from tests.support.builders import alert_event, evidence
from tests.support.slack_emulator.limits import problem
from tests.support.tables import each_row
from web.slack_app.alert_replies import current_alerts, explain_alert, preview_reply
from web.slack_app.commands import HELP, MORE_HELP, parse_command
from web.slack_app.replies import Reply, reply
from web.slack_app.requests import Change, Command, ExplainAlert, OpenReportForm, OpenSubscribeForm, Preview

AREAS = packaged()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def parse(text: str, groups: tuple[str, ...] = ()) -> Any:
    return parse_command(Command(text, "C12345678", "U1", NOW), AREAS, Names(groups))


def change(text: str, before: Subscriber | None = None) -> tuple[Subscriber | None, Reply]:
    parsed = parse(text)
    assert isinstance(parsed, Change), parsed
    return parsed.decide(before)


def subscriber(*texts: str) -> Subscriber:
    row: Subscriber | None = None
    for text in texts:
        row, _ = change(f"subscribe {text or 'all'}", row)
    assert row
    return row


def test_a_channel_subscribes_and_everybody_in_it_sees_the_reply() -> None:
    after, reply = change("subscribe group:IS country:Mali")
    assert after == Subscriber(
        destination="C12345678", subscriptions=(Subscription(clauses=(Clause(groups=("IS",), countries=("ML",)),)),),
        owner="U1", changed_at=NOW,
    )  # fmt: skip
    assert (reply.text, reply.in_channel) == (
        "Subscribed this channel to `group:IS country:ML`.\nUndo it: `/firstseen unsubscribe 1`", True
    )  # fmt: skip


def test_subscribing_again_changes_only_the_time() -> None:
    once = subscriber("in:Sahel")
    after, reply = change("subscribe in:sahel", once)
    assert after
    assert after.subscriptions == once.subscriptions
    assert "already" in reply.text


def test_the_escapes_of_slack_are_undone_and_restored() -> None:
    after, reply = change("subscribe origins&gt;=2 group:&quot;A &amp; B&quot;".replace("&quot;", '"'))
    assert after
    assert after.subscriptions[0].clauses[0] == Clause(groups=("A & B",), least_origins=2)
    assert reply.text.splitlines()[0] == 'Subscribed this channel to `group:"A &amp; B" origins&gt;=2`.'


def choices(reply: Reply) -> list[tuple[str, str, str]]:
    """Return the text, action and value of each button."""
    return [(button["text"]["text"], button["action_id"], button["value"]) for button in reply.blocks[-1]["elements"]]


def test_an_unknown_group_is_answered_with_a_question() -> None:
    reply = parse("subscribe group:ISSI in:sahel picture", ("Boko Haram", "ISIS"))

    assert isinstance(reply, Reply)
    assert not reply.in_channel
    assert "No group is called ISSI yet. Did you mean ISIS?" in reply.text
    assert "Nothing is subscribed yet" in reply.text
    assert choices(reply) == [
        ("ISIS", TAKE_NEAR, "subscribe group:ISIS in:Sahel picture"),
        ('Keep "ISSI"', KEEP, "subscribe group:ISSI in:Sahel picture"),
    ]
    assert problem(reply.text, reply.blocks) is None


def test_an_unknown_group_without_a_similar_one_can_only_be_kept() -> None:
    assert choices(parse("subscribe group:Zzz", ("ISIS",))) == [('Keep "Zzz"', KEEP, "subscribe group:Zzz")]


def test_several_unknown_groups_are_one_question() -> None:
    reply = parse('subscribe group:ISSI,JNMI OR country:ML group:!"A & B"', ("ISIS", "JNIM"))

    assert choices(reply) == [
        ("ISIS, JNIM", TAKE_NEAR, 'subscribe group:ISIS,JNIM OR group:!"A &amp; B" country:ML'),
        ('Keep "ISSI", "JNMI", "A & B"', KEEP, 'subscribe group:ISSI,JNMI OR group:!"A &amp; B" country:ML'),
    ]
    kept = parse_command(Command(choices(reply)[1][2], "C12345678", "U1", NOW), AREAS)
    assert isinstance(kept, Change)
    after, _ = kept.decide(None)
    assert after
    assert after.subscriptions[0].clauses[1].not_groups == ("A & B",)


def test_a_command_too_long_for_a_button_is_run_with_a_warning() -> None:
    many = ",".join(f"Nobody{number}" for number in range(195)) + "x" * 150

    parsed = parse(f"subscribe group:{many}", ("ISIS",))

    assert isinstance(parsed, Change)
    _, reply = parsed.decide(None)
    assert "No group is called Nobody0 yet." in reply.text
    assert "190 more groups are not known." in reply.text


def test_a_mute_of_an_unknown_group_has_a_warning() -> None:
    parsed = parse("mute group:ISSI 7d", ("ISIS",))

    assert isinstance(parsed, Change)
    after, reply = parsed.decide(subscriber("in:Sahel"))
    assert after
    assert after.mutes[0].group == "ISSI"
    assert reply.text.endswith("\nNo group is called ISSI yet. Did you mean ISIS?")


def test_without_known_groups_there_is_no_question() -> None:
    assert isinstance(parse("subscribe group:ISSI"), Change)


def test_a_filter_error_is_answered_with_the_nearest_command() -> None:
    reply = parse("subscribe country:Burkina Faso")
    assert reply.text.endswith('Try `/firstseen subscribe country:"Burkina Faso"`')
    assert not reply.in_channel


def test_unsubscribe_accepts_a_number_of_the_list_a_filter_or_all() -> None:
    before = subscriber("in:Sahel", "group:IS", "")
    _, reply = change("list", before)
    assert reply.text.splitlines() == [
        "1. `in:Sahel`",
        "2. `group:IS`",
        "3. every alert except returns and first appearances in areas",
    ]
    for text, left in (("2", ["in:Sahel", ""]), ("group:IS", ["in:Sahel", ""]), ("3", ["in:Sahel", "group:IS"])):
        after, reply = change(f"unsubscribe {text}", before)
        assert after == subscriber(*left)
        assert reply.in_channel
    assert change("unsubscribe all", before)[0] is None
    assert change("unsubscribe", subscriber(""))[0] is None


def test_a_list_says_which_area_is_gone() -> None:
    gone = Subscriber(
        destination="C12345678", changed_at=NOW, subscriptions=(Subscription(clauses=(Clause(within=("lake-chad",)),)),)
    )
    _, reply = change("list", gone)
    assert reply.text.splitlines()[0] == "1. `within:lake-chad`"
    assert reply.text.splitlines()[1].startswith("No area is called lake-chad any more")


@each_row("text", ["unsubscribe", "unsubscribe 9", "unsubscribe 0", "unsubscribe group:JNIM"])
def test_an_ambiguous_unsubscribe_changes_nothing(text: str) -> None:
    before = subscriber("in:Sahel", "group:IS", "")
    after, reply = change(text, before)
    assert after == before
    assert "Which one?" in reply.text


def test_what_a_command_changed_says_how_to_undo_it() -> None:
    before = subscriber("in:Sahel", "group:IS")
    for text, undo in (
        ("subscribe country:Mali", "unsubscribe 3"), ("unsubscribe 2", "subscribe group:IS"),
        ("mute group:IS country:Mali 1d", "unmute group:IS country:ML"), ("mute all", "unmute all"),
    ):  # fmt: skip
        after, answer = change(text, before)
        assert answer.text.splitlines()[-1] == f"Undo it: `/firstseen {undo}`"
        undone, _ = change(undo, after)
        assert undone == before.replace(changed_at=NOW)
    _, answer = change("unsubscribe all", before)
    assert "Undo it" not in answer.text


def test_a_mute_ends_by_its_number_its_group_or_all() -> None:
    before, _ = change("mute group:IS country:Mali 7d", change("mute JNIM 7d", subscriber(""))[0])
    assert before
    _, listed = change("list", before)
    assert [text.partition(": ")[2] for text in listed.text.splitlines()[1:]] == ["JNIM", "IS in Mali"]
    for text, left in (("1", ["IS"]), ("group:jnim", ["IS"]), ("country:ML group:IS", ["JNIM"]), ("all", [])):
        after, answer = change(f"unmute {text}", before)
        assert after
        assert [mute.group for mute in after.mutes] == left
        assert answer.text.startswith("No longer muted: ")
        assert answer.in_channel
    for text in ("", "3", "0", "group:IS", "country:ML"):
        after, answer = change(f"unmute {text}", before)
        assert after == before
        assert answer.text.startswith("Which one? Write its number in this list, or `all`.\nMute 1, until ")
    assert change("unmute", change("unmute 2", before)[0])[1].text.startswith("No longer muted: JNIM.")
    for row in (None, subscriber("")):
        assert change("unmute 1", row) == (row, reply("This channel has no mute."))
    assert parse("unmute country:Narnia").text.startswith("Not understood: “Narnia”.")


def test_a_mute_that_has_ended_is_not_listed() -> None:
    before = subscriber("").replace(mutes=(Mute(group="IS", until=NOW),))
    assert change("list", before)[1].text == "1. every alert except returns and first appearances in areas"
    assert change("unmute", before)[1].text == "This channel has no mute."


def test_a_word_that_is_no_command_is_answered_with_the_commands_and_the_page() -> None:
    asked = Command("unsubscibe 1", "C12345678", "U1", NOW, "https://map.example.org")
    answer = parse_command(asked, AREAS)
    assert isinstance(answer, Reply)
    wrong, commands, page = map(words, answer.lines)
    assert wrong == "“unsubscibe” is not a command. Did you mean /firstseen unsubscribe?"
    assert commands.startswith("The commands are subscribe, ")
    assert page.endswith("https://map.example.org")
    assert words(parse("xyz").lines[0]) == "“xyz” is not a command."
    helped = parse_command(Command("help", "C12345678", "U1", NOW, "https://map.example.org"), AREAS)
    assert isinstance(helped, Reply)
    assert helped.lines[-1][-1].url == "https://map.example.org"


def test_a_report_asks_for_the_id_of_an_alert() -> None:
    assert parse("report 1a2b3c4d") == OpenReportForm("1a2b3c4d")
    assert parse("report").text == (
        "Which alert? Write `/firstseen report 1a2b3c4d` with the id at the foot of the message."
    )


def test_a_later_mute_replaces_an_earlier_one() -> None:
    before = subscriber("")
    once, _ = change("mute group:IS country:Mali 1d", before)
    after, reply = change("mute group:IS country:ML 2w", once)
    assert after
    assert after.mutes == (Mute(group="IS", country="ML", until=NOW + timedelta(14)),)
    assert "15 Jan 2026" in reply.text
    assert change("mute all", None)[0] is None


@each_row(
    ("text", "days", "clauses"),
    [("preview", 365, None), ("preview 90d", 90, None), ("preview 90d in:Sahel", 90, 1), ("preview in:Sahel", 365, 1)],
)
def test_a_preview_has_a_filter_or_uses_those_of_the_channel(text: str, days: int, clauses: int | None) -> None:
    parsed = parse(text)
    assert isinstance(parsed, Preview)
    assert (parsed.days, parsed.subscriptions and len(parsed.subscriptions)) == (days, clauses)


def test_a_preview_lists_messages_in_order_of_sending() -> None:
    gone = AlertChange(what="status", old="confirmed", new="retracted")
    first = alert_event(arrived=NOW - timedelta(3))
    last = alert_event(
        revision=2, type="retraction", status="retracted", changes=(gone,), why=AlertEvidence(sightings=(), origins=0),
        arrived=NOW - timedelta(1),
    )  # fmt: skip
    reply = preview_reply([Subscription()], 30, [first, last], AREAS, NOW)
    head, *lines = reply.text.splitlines()
    assert head == "Messages and corrections in the last 30 days: 3"
    assert [text.partition("> ")[2] for text in lines] == [
        "JNIM appeared in Mali for the first time · a1",
        "edit of the message: Alert withdrawn: JNIM appeared in Mali for the first time · a1",
        "reply in its thread: Alert withdrawn: JNIM in Mali · a1",
    ]
    assert preview_reply([Subscription()], 2, [first, last], AREAS, NOW).text == "Nothing in the last 2 days."
    assert preview_reply([Subscription()], 1, [first, last], AREAS, NOW).text == "Nothing in the last 1 day."


def test_an_empty_preview_names_the_latest_alert_before_and_links_it() -> None:
    older = alert_event(arrived=NOW - timedelta(90), alert_id="00000000", first_day=NOW.date() - timedelta(99))
    latest = alert_event(arrived=NOW - timedelta(80), alert_id="1a2b3c4d")
    wanted = [Subscription(clauses=(Clause(groups=("JNIM",)),))]
    answer = preview_reply(wanted, 30, [older, latest], AREAS, NOW, "https://map.example.org")
    empty, before = answer.lines
    assert words(empty) == "Nothing in the last 30 days."
    assert (
        words(before)
        == "The latest alert before that: JNIM appeared in Mali for the first time · 31 Oct 2017 · 1 origin · 1a2b3c4d"
    )
    assert before[1].url == "https://map.example.org/alert/1a2b3c4d"
    assert problem(answer.text, answer.blocks) is None
    [_, linked] = preview_reply(wanted, 85, [older, latest], AREAS, NOW, "https://map.example.org").lines
    assert [span.url for span in linked if span.url] == ["https://map.example.org/alert/1a2b3c4d"]


def test_a_new_subscription_can_list_current_alerts() -> None:
    assert parse("subscribe in:Sahel").picture is None
    wanted = parse("subscribe in:Sahel picture").picture
    assert wanted == Subscription(clauses=(Clause(regions=("Sahel",)),))
    day = NOW.date()
    new = alert_event(alert_id="new", first_day=day, last_day=day)
    old = alert_event(alert_id="old", first_day=day - timedelta(60), last_day=day - timedelta(31))
    elsewhere = alert_event(alert_id="be", country="BE", region="Western Europe", first_day=day, last_day=day)
    gone = alert_event(alert_id="gone", status="retracted", first_day=day, last_day=day)
    head, *lines = current_alerts(wanted, [new, old, elsewhere, gone], AREAS, NOW)
    assert words(head) == "New in the last 30 days:"
    assert [words(line) for line in lines] == ["• JNIM appeared in Mali for the first time · 1 Jan 2026 · 1 origin"]
    [_, linked] = current_alerts(wanted, [new], AREAS, NOW, "https://map.example.org")
    assert linked[1].url == "https://map.example.org/alert/new"
    assert [words(line) for line in current_alerts(wanted, [gone], AREAS, NOW)] == ["Nothing new in the last 30 days."]


def test_why_shows_the_evidence_and_the_history_of_an_alert() -> None:
    event = alert_event(
        alert_id="1a2b3c4d-x", why=AlertEvidence(sightings=(evidence(title="Shots <at> the market"),), origins=1)
    )
    assert isinstance(parse("why 1a2b"), ExplainAlert)
    text = explain_alert([event], "1a2b").text
    head, current, raised, cause, *bullets = text.splitlines()
    assert (head, current) == (
        "*JNIM appeared in Mali for the first time*",
        "Alert 1a2b3c4d: first ever in Mali on 31 Oct 2017; current",
    )
    assert raised == "1 Nov 2017 09:00 UTC raised: first ever, 31 Oct 2017"
    assert cause.strip().startswith("because a sighting was reported: wire/1 of 31 Oct 2017")
    assert bullets == ["• 31 Oct 2017 Shots &lt;at&gt; the market (wire, B2)"]
    assert "No alert id starts" in explain_alert([], "zz").text
    assert "2 alert ids start" in explain_alert([event, alert_event(alert_id="1a2b9")], "1a2b").text


def test_subscribe_without_words_asks_and_all_means_all() -> None:
    assert parse("subscribe") == parse("subscribe  ") == OpenSubscribeForm()
    after, answer = change("subscribe all")
    assert after
    assert after.subscriptions == (Subscription(),)
    assert (
        answer.text.splitlines()[0]
        == "Subscribed this channel to every alert except returns and first appearances in areas."
    )


def test_help_has_three_lines_and_more_on_request() -> None:
    assert parse("help") == parse("") == reply(*HELP)
    assert len(HELP) == 3
    assert parse("help more") == reply(*MORE_HELP)


def test_an_instruction_has_the_letters_that_one_types() -> None:
    answer = parse("subscribe in:Sahel digest:daily")
    assert isinstance(answer, Reply)
    assert "daily@" in str(answer.blocks)
    assert "＠" not in str(answer.blocks)  # noqa: RUF001
    answer = parse("subscribe group:eng_Latn country:Burkina Faso")
    assert [span.text for line in answer.lines for span in line if span.code] == [
        '/firstseen subscribe group:eng_Latn country:"Burkina Faso"'
    ]


@settings(deadline=None)  # the first lookup of a name loads tables
@given(st.text(max_size=80) | st.sampled_from(["subscribe ", "unsubscribe ", "preview ", "mute ", "why "]).flatmap(
    lambda verb: st.text(max_size=60).map(lambda rest: verb + rest)))  # fmt: skip
def test_every_text_gets_a_reply_that_mentions_nobody(text: str) -> None:
    parsed = parse(text)
    replies = [parsed] if isinstance(parsed, Reply) else []
    if isinstance(parsed, Change):
        replies += [parsed.decide(None)[1], parsed.decide(subscriber("in:Sahel", ""))[1]]
    for answer in replies:
        assert problem(answer.text, answer.blocks) is None
        assert answer.text
        assert "<!" not in answer.text.replace("<!date^", "")
        assert "<@" not in answer.text


@each_row(
    "text",
    [
        "subscribe\xa0group:JNIM", "subscribe\tgroup:JNIM", "subscribe\ngroup:JNIM", "`subscribe group:JNIM`",
        "subscribe `group:JNIM`", "\ufeffsubscribe \u200bgroup:JNIM\u200b", "subscribe\u3000group:JNIM",
    ],
)  # fmt: skip
def test_a_copied_command_is_read_without_what_surrounds_it(text: str) -> None:
    assert change(text)[0] == change("subscribe group:JNIM")[0]
    assert parse("preview\xa030d\tgroup:JNIM") == parse("preview 30d group:JNIM")
