"""The next action for a delivery, the next step after each outcome, the ledger entry, and the map of a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.delivery import MAX_CORRECTIONS, Delivery, Digest, LedgerEntry, Suspension
from streams.notify.ledger import (
    MAX_MAP_ATTEMPTS,
    OVER,
    Done,
    PostCorrection,
    PostRoot,
    Retry,
    RetryAsPlainText,
    Skip,
    backoff_seconds,
    decide,
    kept_map,
    lacks_map,
    map_file,
    map_retry_seconds,
    next_ledger_entry,
    next_step,
    suspension_after,
)
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected, Sent
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

GONE = AlertChange(what="status", old="confirmed", new="retracted")
SUBSCRIBED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SUSPENDED = Suspension(
    destination="C12345678", error="is_archived", suspended_at=datetime(2026, 1, 2, tzinfo=UTC),
    subscribed_at=SUBSCRIBED_AT,
)  # fmt: skip

SENT = LedgerEntry(
    delivery_id="d", destination="C1", alert_id="a1", alert_revision=1, state="sent", via="slack", channel="C1",
    message_ts="1.0",
)  # fmt: skip
GAO: dict[str, Any] = {"latitude": 16.27, "longitude": -0.04}


def delivery(revision: int = 1, subscribed_at: datetime | None = None, **alert: Any) -> Delivery:
    event = alert_event(revision=revision, **alert)
    return Delivery(delivery_id="d", destination="C12345678", alert=event, subscribed_at=subscribed_at)


def entry_after(*deliveries: Delivery) -> LedgerEntry:
    """Return the ledger entry after these deliveries were sent."""
    entry = None
    for number, sent in enumerate(deliveries):
        entry = next_ledger_entry(sent, entry, Done("sent", "C12345678", f"{number}.0"), "slack")
    assert entry
    return entry


def test_the_first_revision_is_a_root_message_and_later_ones_correct_it() -> None:
    assert decide(delivery(), None) == PostRoot()
    later = decide(delivery(2, changes=(GONE,), status="retracted"), entry_after(delivery()))
    assert isinstance(later, PostCorrection)
    assert (later.channel, later.message_ts, [correction.changes for correction in later.corrections]) == (
        "C12345678", "0.0", [(GONE,)],
    )  # fmt: skip


def test_corrections_that_cancel_out_only_edit_the_message() -> None:
    action = decide(delivery(4, changes=()), entry_after(delivery()))
    assert isinstance(action, PostCorrection)
    assert action.corrections == ()


def test_a_revision_that_was_sent_is_skipped() -> None:
    entry = entry_after(delivery(), delivery(2))
    assert decide(delivery(2), entry) == Skip("sent")
    assert decide(delivery(1), entry) == Skip("sent")


def test_an_event_older_than_the_message_leaves_the_ledger_as_it_is() -> None:
    entry = entry_after(delivery(2)).replace(form="plain")
    assert next_ledger_entry(delivery(1), entry, Done("sent"), "slack") == entry


def test_a_correction_of_an_alert_that_was_never_sent_is_skipped() -> None:
    over = delivery(2, status="retracted", type="retraction")
    assert decide(over, None) == Skip("dead", OVER)
    dead = next_ledger_entry(delivery(), None, Done("dead", error="is_archived"), "slack")
    assert decide(over, dead) == Skip("dead", "is_archived")
    assert decide(delivery(2), dead) == PostRoot()


def test_the_entry_keeps_the_root_message_and_the_last_corrections_when_replies_are_rejected() -> None:
    entry = entry_after(delivery())
    for revision in range(2, 8):
        entry = next_ledger_entry(
            delivery(revision, changes=(GONE,)), entry, Done("dead", error="msg_too_long"), "slack"
        )
    assert (entry.state, entry.message_ts, entry.alert_revision) == ("sent", "0.0", 7)
    assert len(entry.corrections) == MAX_CORRECTIONS


def test_ambiguous_attempts_add_up() -> None:
    entry = next_ledger_entry(delivery(), None, Done("sent", "C1", "1.0", ambiguous=1), "slack")
    assert next_ledger_entry(delivery(2), entry, Done("sent", "C1", "2.0", ambiguous=2), "slack").ambiguous == 3


def test_a_suspended_channel_receives_nothing_until_it_subscribes_again() -> None:
    after = datetime(2026, 1, 3, tzinfo=UTC)
    assert decide(delivery(subscribed_at=SUBSCRIBED_AT), None, SUSPENDED) == Skip("dead", "suspended: is_archived")
    assert decide(delivery(), None, SUSPENDED) == Skip("dead", "suspended: is_archived")
    assert decide(delivery(subscribed_at=after), None, SUSPENDED) == PostRoot()


def test_a_channel_that_subscribes_again_gets_messages_even_if_the_clock_of_its_worker_is_ahead() -> None:
    failed = delivery(subscribed_at=SUBSCRIBED_AT)
    suspension = suspension_after(failed, Done("dead", error="is_archived"), SUBSCRIBED_AT + timedelta(hours=1))
    assert decide(delivery(subscribed_at=SUBSCRIBED_AT), None, suspension) == Skip("dead", "suspended: is_archived")
    assert decide(delivery(subscribed_at=SUBSCRIBED_AT + timedelta(minutes=2)), None, suspension) == PostRoot()
    # Subscribed again on a machine whose clock is behind.
    assert decide(delivery(subscribed_at=SUBSCRIBED_AT - timedelta(minutes=2)), None, suspension) == PostRoot()


@each_row(
    ("done", "suspended"),
    [
        (Done("dead", error="is_archived"), True),
        (Done("dead", error="channel_not_found"), True),
        (Done("dead", error="no_text"), False),
        (Done("sent", "C1", "1.0"), False),
    ],
)
def test_only_an_unavailable_channel_is_suspended(done: Done, suspended: bool) -> None:
    assert (suspension_after(delivery(), done, SUSPENDED.suspended_at) is not None) == suspended


@each_row(
    ("outcome", "may_exist"),
    [(NotSent("ratelimited"), False), (NotSent("token_revoked"), False), (Ambiguous("x"), True)],
)
def test_a_temporary_failure_is_retried_and_looked_up_if_the_message_may_exist(
    outcome: Outcome, may_exist: bool
) -> None:
    step = next_step(outcome, 1, "full")
    assert isinstance(step, Retry)
    assert step.may_exist == may_exist


def test_the_wait_that_slack_asks_for_is_kept() -> None:
    step = next_step(NotSent("ratelimited", 42), 1, "full")
    assert isinstance(step, Retry)
    assert step.after_seconds == 42


def test_a_rejection_is_dead_and_a_success_is_sent() -> None:
    assert next_step(Rejected("is_archived"), 1, "full") == Done("dead", error="is_archived")
    assert next_step(Sent("1.2", "C1"), 3, "full") == Done("sent", "C1", "1.2", attempts=3)


def test_rejected_blocks_are_sent_as_plain_text_once() -> None:
    assert next_step(Rejected("invalid_blocks"), 1, "full") == RetryAsPlainText("invalid_blocks")
    assert next_step(Rejected("invalid_blocks"), 2, "plain") == Done(
        "dead", form="plain", error="invalid_blocks", attempts=2
    )


@each_row(
    ("failure", "seconds"),
    [
        (Rejected("invalid_blocks"), 2), (Ambiguous("internal_error"), 2), (NotSent("no connection"), 2),
        (NotSent("ratelimited", 42), 42), (NotSent("missing_scope"), None), (Rejected("message_not_found"), None),
    ],
)  # fmt: skip
def test_a_map_is_tried_again_unless_that_cannot_help(failure: NotSent | Ambiguous | Rejected, seconds: float) -> None:
    assert map_retry_seconds(failure, 2) == seconds
    assert map_retry_seconds(failure, MAX_MAP_ATTEMPTS) is None


def test_the_wait_doubles_up_to_a_minute() -> None:
    assert [backoff_seconds(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff_seconds(1000) == 60


def at(place: dict[str, Any], **alert: Any) -> AlertEvent:
    return alert_event(why=AlertEvidence(sightings=(evidence(**place),), origins=1), **alert)


@each_row(
    ("alert", "is_kept"),
    [
        (at(GAO), True),
        (at(GAO, revision=2, kind="returned"), True),
        (at({}), False),
        (at({**GAO, "latitude": 17.0}), False),
        (at(GAO, country="NE"), False),
        (at(GAO, countries=("ML", "NE"), kind="spread"), False),
        (at({}, status="retracted"), True),
    ],
)
def test_a_map_is_kept_while_it_shows_the_same_or_the_alert_is_no_longer_news(alert: AlertEvent, is_kept: bool) -> None:
    shown = map_file(at(GAO), "F1")
    assert kept_map(shown, alert) == (shown if is_kept else None)


@each_row(
    ("alert", "entry", "lacks"),
    [
        (at(GAO), SENT, True),
        (at(GAO), SENT.replace(map_file=map_file(at(GAO), "F1")), False),
        (at(GAO, status="superseded"), SENT, False),
        (at(GAO), SENT.replace(alert_revision=2), False),
        (at(GAO), SENT.replace(form="plain"), False),
        (at(GAO), SENT.replace(message_ts=None, state="dead"), False),
    ],
)
def test_news_with_blocks_gets_a_map_once(alert: AlertEvent, entry: LedgerEntry, lacks: bool) -> None:
    assert lacks_map(Delivery(delivery_id="d", destination="C1", alert=alert), entry, None) == lacks


def test_the_map_of_a_family_is_that_of_its_digest() -> None:
    news = Delivery(delivery_id="d", destination="C1", alert=at(GAO))
    family = Digest(digest_id="f", destination="C1", lines=(), full=news)
    assert lacks_map(news, SENT, family)
    assert not lacks_map(news, SENT, family.replace(map_file=map_file(at(GAO), "F1")))
