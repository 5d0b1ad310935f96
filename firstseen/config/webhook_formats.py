"""Reads the YAML file of the formats of webhooks. Every mistake is reported with file, line and entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import Value, raise_mistakes
from streams.notify.web_addresses import address_problem
from streams.notify.webhook_formats import Format, Json, Name, Template, WebhookFormats, template_mistakes

_ENTRY: Mapping[str, Sequence[str]] = {
    "address": ("url", "destination", "webhook", "prefix"),
    "format": ("name", "type"),
    "template": ("body", "json", "text"),
}
_NAMES: tuple[Name, ...] = get_args(Name)
_DEEPEST = 20


def load_webhook_formats(path: Path | None) -> WebhookFormats:
    """Read the formats; without a file, every webhook gets the standard one. Raises ConfigurationError."""
    if path is None:
        return WebhookFormats()
    content = read_yaml(path)
    found: list[tuple[str, Format]] = []
    for entry in content.entries_of("formats", "address"):
        fields = entry.fields(_ENTRY, "address")
        address = _address(fields["address"]) if "address" in fields else None
        chosen = _format(entry, fields)
        if address is not None and chosen is not None:
            found.append((address, chosen))
    raise_mistakes(content.mistakes)
    return WebhookFormats(tuple(found))


def _address(value: Value) -> str | None:
    text = value.text()
    if text is not None and (problem := address_problem(text)):
        value.mistake(f"{problem}: write the address of a webhook, or its beginning")
    return text


def _format(entry: Value, fields: Mapping[str, Value]) -> Format | None:
    if ("format" in fields) == ("template" in fields):
        entry.mistake("write either `format` or `template`")
        return None
    if "format" in fields:
        return _named(fields["format"])
    template = _json(fields["template"], _DEEPEST)
    for mistake in template_mistakes(template):
        fields["template"].mistake(mistake)
    return Template(template)


def _named(value: Value) -> Name | None:
    text = value.text()
    name = next((name for name in _NAMES if name == text), None)
    if text is not None and name is None:
        meant = get_close_matches(text, _NAMES, n=1)
        value.mistake(f"{text[:40]!r} is not a format: " + (f"write {meant[0]}" if meant else f"write {_or(_NAMES)}"))
    return name


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _json(value: Value, levels: int) -> Json:
    """Return a value as JSON has it."""
    if not levels and (value.is_fields or value.is_list):
        value.mistake(f"it is nested more than {_DEEPEST} levels deep")
        return None
    if value.is_fields:
        return {name: _json(member, levels - 1) for name, member in value.members().items()}
    if value.is_list:
        return [_json(entry, levels - 1) for entry in value.entries()]
    return value.scalar()
