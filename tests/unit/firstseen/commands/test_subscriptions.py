"""``firstseen subscriptions``: add, remove and list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firstseen.cli import app
from firstseen.commands.output import NotFoundError
from schemas.subscription import Subscriber
from streams.dispatch.subscribers import SubscriberRows, unsubscribe_for_good
from streams.similar_names import Names
from tests.support.tables import each_row

Run = Callable[..., Result]


class Topic:
    """The rows of the topic ``subscriptions``."""

    def __init__(self) -> None:
        self.rows: dict[str, Subscriber] = {}

    async def write(
        self, _: object, __: str, plan: Callable[[Mapping[str, Subscriber]], SubscriberRows]
    ) -> SubscriberRows:
        changed = plan(self.rows)
        self.rows = {name: row for name, row in (self.rows | dict(changed)).items() if row is not None}
        return changed

    async def read(self, *_: object) -> dict[str, Subscriber]:
        return self.rows


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, topic: Topic) -> Run:
    async def names(_: object) -> Names:
        return Names(["JNIM", "Boko Haram"])

    monkeypatch.setattr("firstseen.commands.subscription_changes.require_kafka", lambda _: None)
    monkeypatch.setattr("firstseen.commands.subscription_changes.write_subscribers", topic.write)
    monkeypatch.setattr("firstseen.commands.subscription_changes.read_known_names", names)
    monkeypatch.setattr("firstseen.commands.mutes.require_kafka", lambda _: None)
    monkeypatch.setattr("firstseen.commands.mutes.read_known_names", names)
    monkeypatch.setattr("firstseen.commands.subscriptions.read_subscribers", topic.read)
    return lambda *arguments: CliRunner().invoke(app, ["subscriptions", *arguments])


def listed(run: Run) -> list[list[str]]:
    return [line.split(maxsplit=2) for line in run("list").stdout.splitlines()[1:]]


def test_each_change_says_how_to_undo_it(run: Run) -> None:
    added = run("add", "#sahel", "in:Sahel kind:first").stdout
    assert "#sahel gets in:Sahel kind:first. Undo it: firstseen subscriptions remove '#sahel' 1\n" in added
    assert "The terminal of the worker" in added
    assert "The terminal" not in run("add", "#sahel", "group:JNIM").stdout
    assert listed(run) == [["#sahel", "1", "in:Sahel kind:first"], ["#sahel", "2", "group:JNIM"]]

    removed = run("remove", "#sahel", "1").stdout
    assert removed.endswith("Undo it: firstseen subscriptions add '#sahel' 'in:Sahel kind:first'\n")
    assert listed(run) == [["#sahel", "1", "group:JNIM"]]
    assert run("remove", "#sahel", "all").exit_code == 0
    assert (
        run("list").stderr
        == "Nobody has subscribed: every alert except returns and first appearances in areas goes to the terminal.\n"
    )


def test_a_subscription_without_a_filter_is_every_alert_except_returns(run: Run) -> None:
    assert "console gets every alert except returns and first appearances in areas." in run("add", "console").stdout
    assert "subscriptions add console\n" in run("remove", "console", "1").stdout


def test_a_subscription_can_be_removed_by_its_filter_however_it_is_written(run: Run) -> None:
    run("add", "console", "in:Sahel kind:first")
    assert run("remove", "console", "kind:first  in:sahel").exit_code == 0
    assert listed(run) == []


def test_a_mute_is_listed_and_says_how_to_undo_it(run: Run, topic: Topic) -> None:
    run("add", "#sahel", "in:Sahel")
    muted = run("mute", "#sahel", "group:JNIM country:Mali 7d")
    assert muted.stderr == ""
    assert muted.stdout.startswith("#sahel gets no new alerts of group:JNIM country:ML until ")
    assert muted.stdout.endswith("Undo it: firstseen subscriptions unmute '#sahel' 'group:JNIM country:ML'\n")
    _, [destination, number, what] = listed(run)
    assert (destination, number, what.partition(" until ")[0]) == ("#sahel", "muted", "group:JNIM country:ML")

    assert isinstance(run("unmute", "#sahel", "group:JNIM").exception, NotFoundError)
    unmuted = run("unmute", "#sahel", "group:jnim country:ML")
    assert unmuted.stdout == "#sahel gets alerts of group:JNIM country:ML again.\n"
    assert topic.rows["#sahel"].mutes == ()
    run("mute", "#sahel", "all 12h")
    assert run("unmute", "#sahel", "all").stdout == "#sahel gets alerts again.\n"


def test_a_wrong_mute_is_refused_and_an_unknown_group_is_a_warning(run: Run) -> None:
    run("add", "console")
    assert "A mute lasts from 1h to 365d" in str(run("mute", "console", "JNIM 9999d").exception)
    assert "Did you mean Boko Haram?" in run("mute", "console", 'group:"Boko Harm"').stderr
    error = run("mute", "#sahel", "JNIM").exception
    assert isinstance(error, NotFoundError)
    assert "has no subscription" in str(error)


@each_row(
    "arguments, message",
    [
        (("#shael", "1"), "'#shael' has no subscription. Did you mean #sahel?"),
        (("#sahel", "2"), "#sahel has no such subscription among its 1 subscription; "),
        (("#sahel", "0"), "#sahel has no such subscription among its 1 subscription; "),
        (("#sahel", "kind:spread"), "#sahel has no such subscription among its 1 subscription; "),
    ],
)
def test_a_missing_subscription_is_not_found(run: Run, arguments: tuple[str, str], message: str) -> None:
    run("add", "#sahel", "in:Sahel")
    error = run("remove", *arguments).exception
    assert isinstance(error, NotFoundError)
    assert str(error).startswith(message)
    assert len(listed(run)) == 1


def test_an_unknown_group_is_refused_unless_it_is_allowed(run: Run) -> None:
    refused = run("add", "console", 'group:"Boko Harm"')
    assert "Did you mean Boko Haram?" in str(refused.exception)
    assert "--allow-unknown" in str(refused.exception)
    assert run("add", "console", 'group:"Boko Harm"', "--allow-unknown").exit_code == 0


def test_a_wrong_destination_is_wrong_usage(run: Run) -> None:
    result = run("add", "sahel alerts")
    assert result.exit_code == 2
    assert "is not a destination" in result.stderr


def test_json_has_a_destination_on_each_line_and_csv_a_subscription(run: Run) -> None:
    run("add", "console", "in:Sahel digest:daily@08:00 Europe/Brussels")
    [row] = map(json.loads, run("list", "-o", "json").stdout.splitlines())
    assert (row["destination"], len(row["subscriptions"])) == ("console", 1)
    assert run("list", "-o", "csv").stdout.splitlines() == [
        "destination,number,what,muted_until,warning",
        "console,1,in:Sahel digest:daily@08:00 Europe/Brussels,,",
    ]


def test_a_recipient_who_unsubscribed_is_listed_and_only_a_command_subscribes_it_again(
    run: Run, topic: Topic, tmp_path: Path
) -> None:
    analyst, file = "mailto:analyst@example.org", tmp_path / "subscriptions.yaml"
    file.write_text(f"- destination: {analyst}\n", encoding="utf-8")
    run("apply", str(file))
    left = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    topic.rows[analyst] = unsubscribe_for_good(topic.rows[analyst], left)

    assert listed(run) == [[analyst, "left", "the recipient unsubscribed on 2026-01-02 03:04 UTC"]]
    applied = run("apply", str(file)).stdout
    assert f"left out {analyst}: the recipient unsubscribed." in applied
    assert f"firstseen subscriptions add {analyst}\n" in applied
    run("add", analyst)
    assert listed(run) == [[analyst, "1", "every alert except returns and first appearances in areas"]]
