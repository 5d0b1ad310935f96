"""Destinations in logs."""

from __future__ import annotations

from schemas.delivery import loggable


def test_an_invalid_address_can_be_logged() -> None:
    assert loggable("https://[bad/secret") == "webhook at an invalid address"


def test_logs_show_only_the_host_of_an_address() -> None:
    assert loggable("https://example.org/secret") == "webhook at example.org"
    assert loggable("#desk") == "#desk"
