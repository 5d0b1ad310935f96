"""The home of the app lists what a person subscribed to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from places.areas import packaged
from schemas.subscription import Clause, Mute, Subscriber, Subscription
from tests.support.slack_emulator.limits import view_problem
from web.slack_app.home import HOME_EDIT, HOME_REMOVE, HOME_UNMUTE, button_target, home_view

AT = datetime(2026, 1, 1, tzinfo=UTC)


def subscriber(destination: str, *groups: str, owner: str = "U1") -> Subscriber:
    subscriptions = tuple(Subscription(clauses=(Clause(groups=(group,)),)) for group in groups)
    return Subscriber(destination=destination, subscriptions=subscriptions, owner=owner, changed_at=AT)


def buttons(view: dict[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    return [
        (button["action_id"], button_target(button["value"]))
        for block in view["blocks"] if block["type"] == "actions"
        for button in block["elements"]
    ]  # fmt: skip


def test_each_subscription_of_the_user_has_its_buttons() -> None:
    rows = [
        subscriber("C12345678", "JNIM", "A & B"),
        subscriber("#desk", "IS"),
        subscriber("C23456789", "x", owner="U2"),
    ]
    view = home_view(rows, "U1", packaged(), AT)
    assert view_problem(view) is None
    assert buttons(view) == [
        (HOME_EDIT, ("C12345678", "group:JNIM")), (HOME_REMOVE, ("C12345678", "group:JNIM")),
        (HOME_EDIT, ("C12345678", 'group:"A & B"')), (HOME_REMOVE, ("C12345678", 'group:"A & B"')),
        (HOME_EDIT, ("#desk", "group:IS")), (HOME_REMOVE, ("#desk", "group:IS")),
    ]  # fmt: skip
    assert {"type": "channel", "channel_id": "C12345678"} in view["blocks"][1]["elements"][0]["elements"]


def test_without_subscriptions_it_says_how_to_make_one() -> None:
    view = home_view([subscriber("C23456789", "x", owner="U2")], "U1", packaged(), AT)
    assert view_problem(view) is None
    assert "/firstseen subscribe" in str(view)


def test_each_mute_has_a_button_until_it_ends() -> None:
    mutes = (Mute(group="JNIM", country="ML", until=AT + timedelta(1)), Mute(until=AT))
    view = home_view([subscriber("C12345678", "IS").replace(mutes=mutes)], "U1", packaged(), AT)
    assert view_problem(view) is None
    assert buttons(view)[2:] == [(HOME_UNMUTE, ("C12345678", "group:JNIM country:ML"))]


def test_many_and_long_subscriptions_fit() -> None:
    rows = [subscriber("C12345678", *(f"Group {number}" for number in range(90)))]
    assert view_problem(home_view(rows, "U1", packaged(), AT)) is None
    lost = Subscription(clauses=(Clause(within=("lake-chad",)),))
    mutes = tuple(Mute(group=f"Group {number}", until=AT + timedelta(1)) for number in range(90))
    rows = [Subscriber(destination="C12345678", owner="U1", changed_at=AT, subscriptions=(lost,) * 90, mutes=mutes)]
    assert view_problem(home_view(rows, "U1", packaged(), AT)) is None
    assert "No area is called lake-chad any more" in str(home_view(rows, "U1", packaged(), AT))
    long = Subscriber(
        destination="C12345678", owner="U1", changed_at=AT,
        subscriptions=(Subscription(clauses=(Clause(groups=tuple(f"Group number {n}" for n in range(200))),)),),
    )  # fmt: skip
    view = home_view([long], "U1", packaged(), AT)
    assert view_problem(view) is None
    assert buttons(view) == []
