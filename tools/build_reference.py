"""Build ``docs/reference.md``, ``docs/commands.md``, the gallery of messages, ``docs/schemas/``, OpenAPI and AsyncAPI from the code, and the outputs of commands in pages.

For developers; only tests import it. Run it after you change a topic, record, setting, rejection reason or command.
The output depends on the code alone.

    python tools/build_reference.py           # write
    python tools/build_reference.py --check   # exit 1 and name what is stale
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from firstseen.settings import Settings
from places import regions
from places.areas import packaged
from schemas.group import Affiliation, Alias, Group
from schemas.intake_tables import Accounting
from schemas.labels import KINDS, STATUSES
from schemas.pydantic_models import pydantic_model
from schemas.rejection import REMEDIES
from schemas.sighting import Sighting
from schemas.subscription import Clause, Subscriber, Subscription
from schemas.topics import TOPICS, Topic
from streams.io.topic_admin import TopicSettings, topic_config
from tools.answer_schemas import answer_schemas, page_schemas
from tools.command_list import command_page
from tools.example_outputs import pages_with_outputs
from tools.interfaces import asyncapi, openapi
from tools.message_gallery import gallery

DOCS = Path(__file__).resolve().parent.parent / "docs"

Json = dict[str, Any]

DEFAULTS_IN_WORDS = {"state_dir": "the folder `firstseen` among this user's application data"}
"""Defaults that depend on the machine."""

INTRODUCTION = """\
# Reference

All fields, settings, reasons and topics, generated from the code by `tools/build_reference.py`. The JSON Schema of each topic's record is in [schemas](schemas). [Commands and exit codes](commands.md) have a page of their own.

[Sighting](#sighting) · [Rejections](#rejections) · [Alerts](#alerts) · [Subscriptions](#subscriptions) ·
[Regions](#regions) · [Named areas](#named-areas) · [Group](#group) · [Settings](#settings) ·
[Topics](#topics) · [Accounting](#accounting)
"""

SIGHTING_INTRODUCTION = """\
The value of a record on `firstseen.sightings.v1`: one JSON object, alone or as the data of a CloudEvent 1.0, in
structured mode or in binary mode with `ce_` headers. The `source` and `id` of a CloudEvent are those of the sighting.
Unknown fields are rejected. Three more rules apply:

- `group` and `occurred` are required unless `retracted` is true.
- `latitude` and `longitude` are given together.
- `country`, `admin1`, `place` and the point must lead to exactly one country, unless `retracted` is true.

The record's key is `source/id`, with `%` written as `%25` and `/` as `%2F` within the id.
"""

ALERTS_INTRODUCTION = """\
Kinds and statuses of alerts ([the rules](semantics.md)), and the words for them in Slack, on the page, in exports and in
[filters](filters.md).
"""

REJECTIONS_INTRODUCTION = """\
A rejected record goes to `firstseen.rejected.v1` with its reason, a detail, a remedy, suggestions, the first MiB of its
value, and the length and SHA-256 of the whole value, which stays on `firstseen.sightings.v1`. `firstseen sightings
rejected` shows rejections; `firstseen sightings validate` and `firstseen sightings publish` report the same errors
beforehand.
"""

SUBSCRIPTIONS_INTRODUCTION = """\
What a destination subscribed to, as stored in `firstseen.subscriptions.v1`. People write [filters](filters.md) instead:
[example](examples/subscriptions.yaml).
"""

REGIONS_INTRODUCTION = """\
Regions that `in:` and `region` accept: UN M49 regions of every level, each with all of its parts, by name, by another
name or by code. An alert shows the smallest region; a filter accepts any: `in:Africa` matches every alert in a country of
Africa. Case, accents, hyphens and `the` make no difference.
"""

AREAS_INTRODUCTION = f"""\
Areas that `in:` and `region` accept besides UN M49 regions. This is version {packaged().version} of
`places/data/areas.yaml`, which names the source of each list; `FIRSTSEEN_AREAS` replaces it by a file of the same form.
"""

GROUP_INTRODUCTION = """\
One entry of the file that `firstseen groups apply` reads ([how to name groups](groups.md)):
[example](examples/groups.yaml).
"""

SETTINGS_INTRODUCTION = """\
Environment variables. Firstseen has no other configuration, except the files that `FIRSTSEEN_GROUPS`,
`FIRSTSEEN_SUBSCRIPTIONS`, `FIRSTSEEN_AREAS` and `FIRSTSEEN_POLYGONS` name or that you apply.
"""

TOPICS_INTRODUCTION = """\
In the order in which a sighting passes them, with the default prefix `firstseen`. Values are JSON in UTF-8. All topics
have the same number of partitions. Read them with `isolation.level=read_committed`. A topic that keeps the last value
of each key is a table, from which a stage restores its state.
"""

CONFIGURATION_INTRODUCTION = """\
Configuration that `firstseen topics apply` sets and `firstseen topics check` compares:
"""

ACCOUNTING_INTRODUCTION = """\
Every record on `firstseen.sightings.v1` ends in exactly one of these outcomes; `firstseen topics export accounting` shows the
counts. A record that is not on the partition of its key is forwarded there once, and counted there.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    if parser.parse_args(arguments).check:
        stale = stale_files()
        for path in stale:
            sys.stderr.write(f"{path.relative_to(DOCS.parent)} is stale: run python tools/build_reference.py\n")
        return 1 if stale else 0
    for path in stale_files():
        wanted = generated_files().get(path)
        if wanted is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    return 0


def stale_files() -> list[Path]:
    """Return the generated files that are missing, outdated, or belong to a topic that no longer exists."""
    wanted = generated_files()
    differing = {path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(differing | (set((DOCS / "schemas").rglob("*.json")) - set(wanted)))


def generated_files() -> dict[Path, str]:
    """Return every generated file with its text."""
    schemas = {
        DOCS / "schemas" / f"{topic.full_name('').removeprefix('.')}.json": _to_text(schema_of(topic))
        for topic in TOPICS
    }
    return {
        DOCS / "reference.md": reference(),
        DOCS / "commands.md": command_page(),
        **{DOCS / name: text for name, text in gallery().items()},
        DOCS / "openapi.json": _to_text(openapi()),
        DOCS / "asyncapi.json": _to_text(asyncapi()),
        **schemas,
        **{
            DOCS / "schemas" / "answers" / f"{name}.json": _to_text(schema)
            for name, schema in (answer_schemas() | page_schemas()).items()
        },
        **pages_with_outputs(),
    }


def schema_of(topic: Topic) -> Json:
    """Return the JSON Schema of a topic's values: for sightings the accepted input, for others the written output."""
    mode: Any = "validation" if topic.record is Sighting else "serialization"
    schema = TypeAdapter(topic.record).json_schema(mode=mode)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic.record.__name__,
        "version": f"v{topic.version}",
        **{name: value for name, value in schema.items() if name != "title"},
    }


def reference() -> str:
    """Return the text of ``docs/reference.md``."""
    parts = [
        INTRODUCTION,
        "## Sighting\n",
        SIGHTING_INTRODUCTION,
        _fields(Sighting),
        "## Rejections\n",
        REJECTIONS_INTRODUCTION,
        _table(("reason", "what to do"), ((f"`{reason.value}`", remedy) for reason, remedy in REMEDIES.items())),
        "## Alerts\n",
        ALERTS_INTRODUCTION,
        _table(
            ("kind", "in texts", "headline", "in filters", "sent without a filter on kinds"),
            (
                (
                    f"`{kind}`",
                    label.noun,
                    label.headline_after_gap or label.headline,
                    ", ".join(f"`{name}`" for name in label.filter_names),
                    "yes" if label.by_default else "no",
                )
                for kind, label in KINDS.items()
            ),
        ),
        _table(
            ("status", "in texts", "meaning"),
            ((f"`{status}`", label.adjective, label.sentence) for status, label in STATUSES.items()),
        ),
        "## Subscriptions\n",
        SUBSCRIPTIONS_INTRODUCTION,
        _fields(Subscriber),
        "An entry of `subscriptions`:\n",
        _fields(Subscription),
        "An entry of `clauses`:\n",
        _fields(Clause),
        "## Regions\n",
        REGIONS_INTRODUCTION,
        _regions(),
        "## Named areas\n",
        AREAS_INTRODUCTION,
        _areas(),
        "## Group\n",
        GROUP_INTRODUCTION,
        _fields(Group),
        "An entry of `names`, unless it is a plain text:\n",
        _fields(Alias),
        "An entry of `affiliations`. `since` and `until` may be days, months or years:\n",
        _fields(Affiliation),
        "## Settings\n",
        SETTINGS_INTRODUCTION,
        _table(
            ("variable", "default", "meaning"),
            (
                (f"`{variable_of(name)}`", _default(name, field), _one_line(field.description))
                for name, field in Settings.model_fields.items()
            ),
        ),
        "## Topics\n",
        TOPICS_INTRODUCTION,
        _table(
            ("topic", "record", "key", "kept", "written by", "read by"),
            (
                (
                    f"`{topic.full_name('firstseen')}`",
                    f"[{topic.record.__name__}](schemas/{topic.name}.v{topic.version}.json)",
                    f"`{topic.key}`" if "/" in topic.key or "|" in topic.key else topic.key,
                    "latest value of each key" if topic.compacted else "forever",
                    topic.written_by,
                    topic.read_by,
                )
                for topic in TOPICS
            ),
        ),
        CONFIGURATION_INTRODUCTION,
        _table(
            ("topic", "configuration"),
            (
                (
                    f"`{topic.full_name('firstseen')}`",
                    ", ".join(
                        f"`{name}={value}`" for name, value in sorted(topic_config(topic, TopicSettings()).items())
                    ),
                )
                for topic in TOPICS
            ),
        ),
        "## Accounting\n",
        ACCOUNTING_INTRODUCTION,
        _table(
            ("outcome", "meaning"),
            (
                (f"`{name}`", _one_line(field.description))
                for name, field in pydantic_model(Accounting).model_fields.items()
            ),
        ),
    ]
    return "\n".join(parts)


def _regions() -> str:
    names = {region.code: region.name for region in regions.by_name().values()}
    return _table(
        ("region", "code", "part of", "also"),
        (
            (region.name, region.code, ", ".join(names[code] for code in region.within), ", ".join(region.also))
            for region in regions.by_name().values()
        ),
    )


def _areas() -> str:
    areas = packaged()
    return _table(
        ("area", "also", "countries"),
        (
            (name, ", ".join(other for other, of in areas.also.items() if of == name), ", ".join(sorted(codes)))
            for name, codes in sorted(areas.countries.items())
        ),
    )


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    if alias is None:
        return f"{Settings.model_config['env_prefix']}{name.upper()}"
    return str(alias if isinstance(alias, str) else alias.choices[0])  # type: ignore[union-attr]


def _default(name: str, field: FieldInfo) -> str:
    if words := DEFAULTS_IN_WORDS.get(name):
        return words
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return "unset"
    assert not isinstance(default, SecretStr)
    return f"`{default}`"


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    rows = []
    for name, property_ in schema["properties"].items():
        default = property_.get("default")
        if name in required:
            shown_default = "required"
        elif default is None:
            shown_default = ""
        else:
            shown_default = f"`{json.dumps(default)}`"
        rows.append((f"`{name}`", _type(property_), shown_default, _one_line(property_.get("description"))))
    return _table(("field", "type", "default", "meaning"), rows)


def _type(property_: Json) -> str:
    if "anyOf" in property_:
        return " or ".join(_type(option) for option in property_["anyOf"] if option.get("type") != "null")
    if "$ref" in property_:
        return str(property_["$ref"]).rpartition("/")[2]
    if "const" in property_:
        return f"`{property_['const']}`"
    if "enum" in property_:
        return "one of " + ", ".join(f"`{value}`" for value in property_["enum"])
    match property_["type"]:
        case "array":
            most = f"at most {property_['maxItems']}" if "maxItems" in property_ else ""
            return f"list of {most}: {_type(property_['items'])}".replace(" :", ":")
        case "string":
            limits = [f"like `{property_['examples'][0]}`"] if "examples" in property_ else []
            limits += [f"matching `{property_['pattern']}`"] if "pattern" in property_ else []
            bounded = "maxLength" in property_ and "pattern" not in property_
            limits += [f"at most {property_['maxLength']:,} characters"] if bounded else []
            return ", ".join(["text", *limits])
        case "integer" | "number" as kind:
            limits = [str(property_[name]) for name in ("minimum", "maximum") if name in property_]
            return f"{kind}, {' to '.join(limits)}" if limits else kind
        case "boolean":
            return "`true` or `false`"
        case other:
            return str(other)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").replace("``", "`").split())


def _to_text(schema: Json) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False).replace("``", "`") + "\n"


if __name__ == "__main__":
    sys.exit(main())
