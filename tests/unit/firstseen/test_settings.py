"""An invalid setting is reported; a secret is never shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from firstseen.setting_errors import masked
from firstseen.settings import Settings, SettingsError, load_settings, misspelled_variables
from tests.support.tables import each_row


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIRSTSEEN_PRODUCER_KEYS", '{"desk": ["s3cret"]}'),
        ("FIRSTSEEN_PRODUCER_KEYS", '{"desk": {"key": "s3cret"}}'),
        ("FIRSTSEEN_PRODUCER_KEYS", '["s3cret"]'),
        ("FIRSTSEEN_PRODUCER_KEYS", '{"s3cret": 1}'),
        ("FIRSTSEEN_PRODUCER_KEYS", '"s3cret"'),
        ("FIRSTSEEN_PRODUCER_KEYS", "desk=s3cret"),
        ("FIRSTSEEN_PRODUCER_KEYS", '{"desk": "s3cret"'),
        ("FIRSTSEEN_TEAMS_URLS", '{"desk": "http://teams.example/?sig=s3cret"}'),
        ("FIRSTSEEN_TEAMS_URLS", '{"desk": "s3cret"}'),
        ("FIRSTSEEN_TEAMS_URLS", '{"Desk": "https://teams.example/?sig=s3cret"}'),
        ("FIRSTSEEN_KAFKA", "me:s3cret@kafka:9092"),
        ("FIRSTSEEN_PAGE_URL", "https://me:s3cret@page.example"),
    ],
)
def test_an_invalid_secret_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(name)
    if name in {"FIRSTSEEN_PRODUCER_KEYS", "FIRSTSEEN_TEAMS_URLS"}:
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in str(caught.value)


def test_any_other_value_is_shown_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTSEEN_SOURCE_GRADES", '{"my-desk": "Z9"}')
    monkeypatch.setenv("FIRSTSEEN_WEB_PORT", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    first, second = str(caught.value).splitlines()
    assert first == ("FIRSTSEEN_SOURCE_GRADES my-desk='Z9': write a letter A to F and a digit 1 to 6, such as B2")
    assert second == "FIRSTSEEN_WEB_PORT='x': write a whole number"


@pytest.mark.parametrize("name", ["FIRSTSEEN_CI", "FIRSTSEEN_WEB_SERVICE_HOST", "FIRSTSEEN_KAFKA_PORT", "OTHER_KAFKA"])
def test_a_variable_of_another_program_is_not_read_as_a_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert misspelled_variables() == []


def test_a_misspelled_setting_is_found_with_the_setting_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert misspelled_variables() == []
    monkeypatch.setenv("FIRSTSEEN_PARTITION", "3")
    monkeypatch.setenv("FIRSTSEEN_KAFAK", "3")
    monkeypatch.setenv("FIRSTSEEN_SLACK_BOT_TOKEN", "3")
    assert misspelled_variables() == [
        "FIRSTSEEN_KAFAK is not a setting: did you mean FIRSTSEEN_KAFKA?",
        "FIRSTSEEN_PARTITION is not a setting: did you mean FIRSTSEEN_PARTITIONS?",
        "FIRSTSEEN_SLACK_BOT_TOKEN is not a setting: did you mean SLACK_BOT_TOKEN?",
    ]


def test_the_address_of_the_page_is_one_that_a_browser_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTSEEN_PAGE_URL", "firstseen.example")
    with pytest.raises(SettingsError, match="FIRSTSEEN_PAGE_URL='firstseen.example': Write an address such as https"):
        load_settings()


@each_row(
    ("text", "shown"),
    [
        ("https://me:s3cret@maven.example/x@y", "https://***@maven.example/x@y"),
        ("Not Found for url: https://me:p@ss@host:8/a and http://t@h", "Not Found for url: https://***@host:8/a and http://***@h"),
        ("https://maven.example/a@b", "https://maven.example/a@b"),
        ("::me:s3cret@maven.example", "::***@maven.example"),
        ("a:" * 2**20, "a:" * 2**20),  # hours, if the time grows with the square of the length
    ],
)  # fmt: skip
def test_addresses_are_shown_without_user_and_password(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_an_address_of_teams_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTSEEN_TEAMS_URLS", '{"desk-1": "https://teams.example/?sig=s3cret"}')
    settings = load_settings()
    assert settings.teams_addresses == {"desk-1": "https://teams.example/?sig=s3cret"}
    assert "s3cret" not in repr(settings)


@each_row(
    ("name", "value", "words"),
    [
        ("FIRSTSEEN_KAFKA", "kafka:x", "Write host:port, several separated by commas"),
        ("FIRSTSEEN_KAFKA", "[::1", "Write host:port, several separated by commas"),
        ("FIRSTSEEN_KAFKA", "kafka:99999", "Write host:port, several separated by commas"),
        ("FIRSTSEEN_KAFKA", "PLAINTEXT://kafka:9092", "Write host:port, several separated by commas"),
        ("FIRSTSEEN_KAFKA", " ", "It is blank: write a value, or leave the variable empty"),
        ("FIRSTSEEN_GROUPS", "\t", "It is blank: write a value, or leave the variable empty"),
        (
            "FIRSTSEEN_READ_TOKEN",
            " ",
            "It is blank: write a value, or leave the variable empty (the value is not shown)",
        ),
        (
            "SLACK_BOT_TOKEN",
            "xoxb\r\nx: y",
            "It holds a line break or another control character (the value is not shown)",
        ),
        ("FIRSTSEEN_PAGE_URL", "https://a.example/\nBcc: x@y", "It holds a line break or another control character"),
        ("FIRSTSEEN_STATE_DIR", "\x1b[31m", "It holds a line break or another control character"),
        ("FIRSTSEEN_SLACK_URL", "http://[::1", "Write an address such as https://firstseen.example"),
        ("FIRSTSEEN_PAGE_URL", "https://page.example:99999", "Write an address such as https://firstseen.example"),
        (
            "FIRSTSEEN_PAGE_URL",
            "https://page.example/?a",
            "Write the address without ? and #: paths are appended to it",
        ),
        ("FIRSTSEEN_ACLED_URL", "https://a.example?b", "Write the address without ? and #: paths are appended to it"),
        ("FIRSTSEEN_SMTP_HOST", "m" * 64, "Write the name of a host, or an IP address without brackets"),
        ("FIRSTSEEN_WEB_HOST", "a b", "Write the name of a host, or an IP address without brackets"),
        ("FIRSTSEEN_WEB_PORT", "70000", "write a number of at most 65535"),
        ("FIRSTSEEN_SMTP_PORT", "0", "write a number of at least 1"),
        ("FIRSTSEEN_HORIZON_DAYS", "9" * 20, "write a number of at most 999999999"),
        ("FIRSTSEEN_WINDOW_DAYS", "9" * 20, "write a number of at most 999999999"),
        ("FIRSTSEEN_PARTITIONS", "9" * 20, "write a number of at most 10000"),
        ("FIRSTSEEN_SSL_CA_FILE", "/no/such/file", "It cannot be read: No such file or directory"),
        ("FIRSTSEEN_SMTP_CA_FILE", "/dev/null", "It is not a PEM file, which has a line that starts with -----BEGIN"),
        ("FIRSTSEEN_PRODUCER_KEYS", '{"desk": ""}', "write a text of at least 1 characters (the value is not shown)"),
        ("FIRSTSEEN_PRODUCER_KEYS", '{"desk": 1}', "write a text in quotes (the value is not shown)"),
        (
            "FIRSTSEEN_PRODUCER_KEYS",
            '{"desk": "a", "desk": "b"}',
            "A name occurs twice: keep one of the two (the value is not shown)",
        ),
        (
            "FIRSTSEEN_PRODUCER_KEYS",
            '{"desk": "a", "wire": "a"}',
            "Two sources have the same key: give each a key of its own (the value is not shown)",
        ),
        ("FIRSTSEEN_SOURCE_GRADES", '{"desk": "B2", "desk": "F6"}', "A name occurs twice: keep one of the two"),
        ("FIRSTSEEN_SOURCE_GRADES", "my-desk:B2", 'Write a JSON object, such as {"name": "value"}'),
        ("FIRSTSEEN_SOURCE_GRADES", '["B2"]', 'Write a JSON object, such as {"name": "value"}'),
        ("FIRSTSEEN_SOURCE_GRADES", "[" * 50_000, 'Write a JSON object, such as {"name": "value"}'),
        (
            "FIRSTSEEN_TEAMS_URLS",
            '{"desk": "https://a.example", "desk": "https://b.example"}',
            "A name occurs twice: keep one of the two (the value is not shown)",
        ),
    ],
)
def test_a_value_that_a_library_would_reject_is_reported_at_once(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    with monkeypatch.context() as environment, pytest.raises(SettingsError) as caught:
        environment.setenv(name, value)
        load_settings()
    assert str(caught.value).startswith(name)
    assert str(caught.value).endswith(f": {words}")
    assert "\n" not in str(caught.value)


@each_row(
    ("brokers", "addresses"),
    [
        ("kafka", ["kafka"]),
        ("a_b-c.example:9092, d:1", ["a_b-c.example:9092", "d:1"]),
        ("[::1]:9092", ["[::1]:9092"]),
        ("127.0.0.1:9092,", ["127.0.0.1:9092"]),
        ("kafka.bücher.example:9092", ["kafka.bücher.example:9092"]),
    ],
)
def test_brokers_are_hosts_with_a_port_or_without(
    monkeypatch: pytest.MonkeyPatch, brokers: str, addresses: list[str]
) -> None:
    monkeypatch.setenv("FIRSTSEEN_KAFKA", brokers)
    cluster = load_settings().cluster
    assert cluster.bootstrap == brokers
    assert cluster.for_client()["bootstrap_servers"] == addresses
    assert cluster.for_faust("kafka")["broker"] == [f"kafka://{address}" for address in addresses]


@each_row("name", ["WINDOW_DAYS", "DORMANCY_DAYS", "HORIZON_DAYS", "FEED_SECONDS"])
def test_a_number_may_stand_for_ever(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"FIRSTSEEN_{name}", "999999999")
    assert getattr(load_settings(), name.lower()) == 999_999_999


def test_a_line_break_at_the_end_of_a_secret_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTSEEN_UCDP_TOKEN", "s3cret\n")
    monkeypatch.setenv("FIRSTSEEN_PARTITIONS", "3\r\n")
    settings = load_settings()
    assert (settings.ucdp_key, settings.partitions) == ("s3cret", 3)


def test_a_file_that_only_looks_like_a_certificate_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
    monkeypatch.setenv("FIRSTSEEN_SSL_CA_FILE", str(file))
    with pytest.raises(SettingsError, match="ca.pem'.*: It holds no valid certificate"):
        load_settings()


def test_a_variable_without_a_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = load_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"FIRSTSEEN_{name.upper()}", "")
        monkeypatch.setenv(name.upper(), "")
    assert load_settings() == unset
