"""The limits on subscribers, and how a mute replaces another."""

from __future__ import annotations

from datetime import timedelta

from places.areas import packaged
from schemas.subscription import MAX_SUBSCRIBERS, Clause, Mute, Subscriber, Subscription
from streams.dispatch.subscribers import (
    add_mute,
    apply_file,
    exceeded_limit,
    subscribe,
    undefined_areas,
    undefined_areas_warning,
    unsubscribe_for_good,
)
from tests.support.builders import ARRIVED


def subscriber(number: int) -> Subscriber:
    return Subscriber(destination=f"#channel-{number}", subscriptions=(Subscription(),), changed_at=ARRIVED)


FULL = {row.destination: row for row in map(subscriber, range(MAX_SUBSCRIBERS))}
ANOTHER = subscriber(MAX_SUBSCRIBERS)


def test_the_number_of_subscribed_destinations_has_a_limit() -> None:
    assert exceeded_limit({}, FULL) is None
    assert exceeded_limit(FULL, {"#channel-0": subscriber(0)}) is None
    assert exceeded_limit(FULL, {ANOTHER.destination: ANOTHER}) == (
        "2,001 destinations would be subscribed; the limit is 2,000. Remove some first."
    )


def test_a_removed_destination_makes_room_for_another() -> None:
    assert exceeded_limit(FULL, {ANOTHER.destination: ANOTHER, "#channel-0": None}) is None


def test_subscribers_above_the_limit_may_change_and_leave() -> None:
    over = FULL | {ANOTHER.destination: ANOTHER}

    assert exceeded_limit(over, {"#channel-0": subscriber(0)}) is None
    assert exceeded_limit(over, {"#channel-0": None}) is None


def test_a_destination_above_its_limit_is_named() -> None:
    wordy = subscriber(1).replace(mutes=(Mute(until=ARRIVED),) * 101)

    assert exceeded_limit({}, {"#channel-1": wordy}) == "#channel-1: mutes has 101 entries; the limit is 100."


def test_a_mute_replaces_one_of_the_same_group_in_another_spelling() -> None:
    later = ARRIVED + timedelta(days=1)
    before = add_mute(subscriber(1), Mute(group="Al-Shabaab", until=later), "U1", ARRIVED)

    after = add_mute(before, Mute(group="AL SHABAAB\u200b", until=later), "U1", ARRIVED)

    assert [mute.group for mute in after.mutes] == ["AL SHABAAB\u200b"]


def test_areas_that_are_no_longer_defined_are_named_once() -> None:
    clause = Clause(regions=("Sahel", "Atlantis"), not_regions=("Atlantis",), within=("lake-chad",))

    undefined = undefined_areas(Subscription(clauses=(Clause(), clause)), packaged())

    assert undefined == ("Atlantis", "lake-chad")
    assert undefined_areas_warning(undefined) == (
        "No area is called Atlantis or lake-chad any more, so no alert is in it. Define it again, or change the filter."
    )


def test_a_recipient_who_unsubscribed_is_not_subscribed_by_a_file_but_by_a_command() -> None:
    before = subscribe(None, "mailto:a@example.org", Subscription(), None, ARRIVED)
    gone = unsubscribe_for_good(before, ARRIVED)
    current = {gone.destination: gone}
    wanted = {gone.destination: (Subscription(),)}

    assert (gone.subscriptions, gone.unsubscribed_at) == ((), ARRIVED)
    assert apply_file(current, wanted, ARRIVED, prune=True) == {}
    assert apply_file(current, {}, ARRIVED, prune=True) == {}
    assert subscribe(gone, gone.destination, Subscription(), None, ARRIVED) == before
