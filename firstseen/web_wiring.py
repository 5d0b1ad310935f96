"""Builds the configuration of the page's server from the settings."""

from __future__ import annotations

from firstseen.config.files import load_areas
from firstseen.settings import Settings
from web.app import WebConfig
from web.http.connections import ConnectionLimits, raise_open_file_limit
from web.http.hosts import AllowedHosts
from web.slack_app.config import SlackAppConfig


def web_config(settings: Settings) -> WebConfig:
    """Return what `firstseen web` serves, and to whom."""
    token = settings.read_token
    return WebConfig(
        slack=slack_app_config(settings),
        unsubscribe_secret=settings.unsubscribe_key,
        areas=load_areas(settings.areas, settings.polygons),
        producers=settings.producers,
        read_token=token.get_secret_value() if token else None,
        days=settings.day_policy,
        policy=settings.policy,
        page_url=settings.page_url,
        history=settings.history_file,
        hosts=AllowedHosts.for_page(settings.web_host, settings.page_url, token=token is not None),
        limits=ConnectionLimits.for_open_files(raise_open_file_limit()),
    )


def slack_app_config(settings: Settings) -> SlackAppConfig | None:
    """Return how the page's server receives Slack's commands and clicks, or None when it does not."""
    if not settings.slack_token or not settings.takes_slack_commands:
        return None
    signing_secret, app_token = settings.slack_signing_secret, settings.slack_app_token
    return SlackAppConfig(
        bot_token=settings.slack_token,
        signing_secret=signing_secret.get_secret_value() if signing_secret else None,
        app_token=app_token.get_secret_value() if app_token else None,
        operators_channel=settings.operators_channel,
        page=settings.page_url,
        base_url=settings.slack_url,
    )
