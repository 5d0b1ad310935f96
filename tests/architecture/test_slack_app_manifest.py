"""The manifest requests exactly the permissions that the code uses."""

from __future__ import annotations

from pathlib import Path

import yaml

from streams.io.slack_client import OPTIONAL_SCOPES, REQUIRED_SCOPES

MANIFEST = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs" / "examples" / "slack-app.yaml").read_text(encoding="utf-8")
)


def test_the_scopes_are_those_that_the_code_uses() -> None:
    scopes = set(MANIFEST["oauth_config"]["scopes"]["bot"])
    assert set(REQUIRED_SCOPES) <= scopes
    assert scopes <= {*REQUIRED_SCOPES, *OPTIONAL_SCOPES, "commands"}


def test_commands_and_buttons_use_the_endpoint_of_the_web_process() -> None:
    [command] = MANIFEST["features"]["slash_commands"]
    assert command["command"] == "/firstseen"
    assert command["url"].endswith("/slack/events")
    for requests in ("interactivity", "event_subscriptions"):
        assert MANIFEST["settings"][requests]["request_url"].endswith("/slack/events")


def test_the_home_of_the_app_is_shown_and_its_event_is_sent() -> None:
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"]
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
