"""The file of the formats of webhooks: every mistake is reported with its place before a worker starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstseen.config.webhook_formats import load_webhook_formats
from firstseen.config.yaml_values import ConfigurationError
from streams.notify.webhook_formats import Template, WebhookFormats


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "formats.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_every_webhook_gets_the_standard_format() -> None:
    assert load_webhook_formats(None) == WebhookFormats()


def test_a_template_has_the_values_of_json(tmp_path: Path) -> None:
    text = """- address: https://a.example
  template: {on: true, n: 1, x: 1.5, none: null, no: NO, quoted: "true", day: 2026-01-01, list: [a, {b: "{kind}"}]}
"""
    [(_, template)] = load_webhook_formats(written(tmp_path, text)).by_address
    assert isinstance(template, Template)
    assert template.body == {
        "on": True, "n": 1, "x": 1.5, "none": None, "no": "NO", "quoted": "true", "day": "2026-01-01",
        "list": ["a", {"b": "{kind}"}],
    }  # fmt: skip


def test_every_mistake_is_named_with_its_place(tmp_path: Path) -> None:
    text = """- {address: "http://a.example", format: plain}
- {address: "https://a.example", format: slak-compatible}
- {address: "https://a.example"}
- {address: "https://a.example", format: plain, template: x}
- address: https://a.example
  template:
    a: "{headlines}"
- {url: "https://a.example", format: plain}
"""
    file = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as error:
        load_webhook_formats(file)
    assert [line.removeprefix(f"{file}:") for line in str(error.value).splitlines()] == [
        "6 mistakes",
        "1: entry 1 (http://a.example), address: it is not HTTPS: write the address of a webhook, or its beginning",
        "2: entry 2 (https://a.example), format: 'slak-compatible' is not a format: write slack-compatible",
        "3: entry 3 (https://a.example): write either `format` or `template`",
        "4: entry 4 (https://a.example): write either `format` or `template`",
        "7: entry 5 (https://a.example), template: {headlines} is not a field: did you mean {headline}?",
        "8: entry 6: `url` is not a field here: write `address`",
    ]


def test_an_endless_template_is_refused(tmp_path: Path) -> None:
    text = "- {address: 'https://a.example', template: " + "[" * 40 + "]" * 40 + "}\n"
    with pytest.raises(ConfigurationError, match="more than 20 levels"):
        load_webhook_formats(written(tmp_path, text))
