"""Build ``docs/reference.md``, ``docs/schemas/`` and the documents of both interfaces from the code. For developers; nothing imports it but its test.

Run it after a change of a topic, record, setting or reason. The output is a function of the code alone.

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

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from firstseen.settings import Settings
from places import m49
from places.areas import packaged
from schemas.accounting import Accounting
from schemas.group import Affiliation, Alias, Group
from schemas.rejection import REMEDIES
from schemas.sighting import Sighting
from schemas.subscription import Clause, Subscriber, Subscription
from schemas.topics import TOPICS, Topic
from streams.io.topic_admin import Layout, config_of
from tools.interfaces import asyncapi, openapi

DOCS = Path(__file__).resolve().parent.parent / "docs"

Json = dict[str, Any]

DEFAULTS_IN_WORDS = {"state_dir": "the folder `firstseen` among this user's application data"}
"""Defaults that differ from machine to machine."""

INTRODUCTION = """\
# Reference

Made by `tools/build_reference.py` from the code: change the code, then run it again. `docs/schemas/` has a JSON
Schema for the record of every topic.
"""

TOPICS_INTRODUCTION = """\
In the order in which a sighting passes them, with the default prefix `firstseen`. Values are JSON in UTF-8. All
topics have the same number of partitions. Readers must use `isolation.level=read_committed`. Topics that keep the
last value of each key are the tables that a stage restores its state from.
"""

CONFIGURATION_INTRODUCTION = """\
What `firstseen topics apply` sets, and `firstseen topics check` compares:
"""

SETTINGS_INTRODUCTION = """\
Environment variables. Nothing else configures Firstseen but the YAML files that `FIRSTSEEN_SUBSCRIPTIONS` and
`FIRSTSEEN_AREAS` name, and the groups that `firstseen groups apply` was given.
"""

SIGHTING_INTRODUCTION = """\
The value of a record on `firstseen.sightings.v1`: one JSON object, plain or as the data of a CloudEvent 1.0,
structured or binary with `ce_` headers. In a CloudEvent, the event's `source` and `id` are the sighting's. Unknown
fields are refused. Beyond the types, three rules hold:

- `group` and `occurred` must be given unless `retracted` is true.
- `latitude` and `longitude` go together.
- What is given of `country`, `admin1`, `place` and the point must lead to exactly one country, unless `retracted`
  is true.

The record's key is `source/id`, with `%` written as `%25` and `/` as `%2F` within the id.
"""

REJECTIONS_INTRODUCTION = """\
A refused record goes to `firstseen.rejected.v1` with its reason, a detail, a remedy, suggestions, the first 1 MiB of
its value, and length and SHA-256 of the whole, which stays on `sightings`. `firstseen export rejected` shows them, and `firstseen publish` tells the same words beforehand.
"""

ACCOUNTING_INTRODUCTION = """\
Every record on `sightings` ends in exactly one of these; `firstseen export accounting` shows the counts. A record
that came to another partition than that of its key is forwarded once, and counted where it was forwarded to.
"""


REGIONS_INTRODUCTION = """\
What `regions` of a subscription may name: regions of UN M49 of every level, each with all of its parts, by name, by
another name of the same or by code. An alert shows the smallest, a filter takes any: `in:Africa` is every alert in its
countries. Case, accents, hyphens and `the` make no difference.
"""

AREAS_INTRODUCTION = f"""\
What `regions` of a subscription may name beside the regions of UN M49. Version {packaged().version} of
`places/data/areas.yaml`, where each list has its source; `FIRSTSEEN_AREAS` names a file of the same form in its place.
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
    """Return the generated files that are missing, differ from the code, or belong to no topic any more."""
    wanted = generated_files()
    differing = {path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(differing | (set((DOCS / "schemas").glob("*")) - set(wanted)))


def generated_files() -> dict[Path, str]:
    """Return every generated file with its text."""
    schemas = {
        DOCS / "schemas" / f"{topic.full_name('').removeprefix('.')}.json": _to_text(schema_of(topic))
        for topic in TOPICS
    }
    return {
        DOCS / "reference.md": reference(),
        DOCS / "openapi.json": _to_text(openapi()),
        DOCS / "asyncapi.json": _to_text(asyncapi()),
        **schemas,
    }


def schema_of(topic: Topic) -> Json:
    """Return the JSON Schema of a topic's values: of a sighting what may be written, of the others what is written."""
    mode: Any = "validation" if topic.record is Sighting else "serialization"
    schema = topic.record.model_json_schema(mode=mode)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic.record.__name__,
        "version": "v1",
        **{name: value for name, value in schema.items() if name != "title"},
    }


def reference() -> str:
    """Return the text of ``docs/reference.md``."""
    parts = [
        INTRODUCTION,
        "## Topics\n",
        TOPICS_INTRODUCTION,
        _table(
            ("topic", "record", "key", "kept", "written by", "read by"),
            (
                (
                    f"`{topic.full_name('firstseen')}`",
                    f"[{topic.record.__name__}](schemas/{topic.name}.v1.json)",
                    f"`{topic.key}`" if "/" in topic.key or "|" in topic.key else topic.key,
                    "last value of each key" if topic.compacted else "for ever",
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
                    ", ".join(f"`{name}={value}`" for name, value in sorted(config_of(topic, Layout()).items())),
                )
                for topic in TOPICS
            ),
        ),
        "## Settings\n",
        SETTINGS_INTRODUCTION,
        _table(
            ("variable", "default", "meaning"),
            (
                (f"`{variable_of(name)}`", _default(name, field), _one_line(field.description))
                for name, field in Settings.model_fields.items()
            ),
        ),
        "## Sighting\n",
        SIGHTING_INTRODUCTION,
        _fields(Sighting),
        "## Rejections\n",
        REJECTIONS_INTRODUCTION,
        _table(("reason", "what to do"), ((f"`{reason.value}`", remedy) for reason, remedy in REMEDIES.items())),
        "## Accounting\n",
        ACCOUNTING_INTRODUCTION,
        _table(
            ("outcome", "meaning"),
            ((f"`{name}`", _one_line(field.description)) for name, field in Accounting.model_fields.items()),
        ),
        "## Subscriptions\n",
        "What a destination asked for, as it stands in `subscriptions`. Written: [example](examples/subscriptions.yaml).\n",
        _fields(Subscriber),
        "An entry of `subscriptions`:\n",
        _fields(Subscription),
        "An entry of `clauses`:\n",
        _fields(Clause),
        "## Group\n",
        "One entry of the file that `firstseen groups apply` reads: [example](examples/groups.yaml).\n",
        _fields(Group),
        "An entry of `names`, unless it is a plain text:\n",
        _fields(Alias),
        "An entry of `affiliations`. `since` and `until` may be days, months or years:\n",
        _fields(Affiliation),
        "## Regions\n",
        REGIONS_INTRODUCTION,
        _regions(),
        "## Named areas\n",
        AREAS_INTRODUCTION,
        _areas(),
    ]
    return "\n".join(parts)


def _regions() -> str:
    names = {region.code: region.name for region in m49.regions().values()}
    return _table(
        ("region", "code", "part of", "also"),
        (
            (one.name, one.code, ", ".join(names[code] for code in one.within), ", ".join(one.also))
            for one in m49.regions().values()
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
            told = "required"
        elif default is None:
            told = ""
        else:
            told = f"`{json.dumps(default)}`"
        rows.append((f"`{name}`", _type(property_), told, _one_line(property_.get("description"))))
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
