"""An OpenAPI document as a page to read, without scripts: every operation, parameter, response and schema. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from pydantic_core import to_json

from web.formats.html import html_page, marked, paragraphs, table

Json = Mapping[str, Any]

_OTHERS = "Other"


def api_page(document: Json) -> bytes:
    """Return the page of a document."""
    info = document["info"]
    body = [f"<h1>{escape(info['title'])}: HTTP API</h1>", f"<p>{marked(info.get('summary', ''))}</p>"]
    body.append(paragraphs(info.get("description", "")))
    body.append('<p>For code generators: <a href="/api/v1/openapi.json">openapi.json</a>.</p>')
    tagged, abouts = _by_tag(document), {tag["name"]: tag["description"] for tag in document.get("tags", ())}
    body.append(f"<nav>\n<h2>Contents</h2>\n<ul>\n{_contents(tagged)}\n</ul>\n</nav>")
    for tag, operations in tagged.items():
        body.append(f"<h2>{escape(tag)}</h2>\n{paragraphs(abouts.get(tag, ''))}")
        body += [_operation(path, method, operation) for path, method, operation in operations]
    body.append("<h2>Schemas</h2>")
    body += [_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return html_page(f"{info['title']}: HTTP API", "\n".join(body))


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    found: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = next(iter(operation.get("tags", ())), _OTHERS)
            found.setdefault(tag, []).append((path, method, operation))
    return {tag: operations for tag, operations in found.items() if operations}


def _contents(tagged: Mapping[str, list[tuple[str, str, Json]]]) -> str:
    return "\n".join(
        f'<li><a href="#{escape(operation["operationId"])}"><code>{method.upper()} {escape(path)}</code></a> '
        f"{marked(operation['summary'])}</li>"
        for operations in tagged.values()
        for path, method, operation in operations
    )


def _operation(path: str, method: str, operation: Json) -> str:
    name = operation["operationId"]
    parts = [
        f'<section id="{escape(name)}">',
        f'<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3>',
        paragraphs(operation.get("description", "")),
    ]
    parameters = operation.get("parameters", [])
    if method == "get" and (example := _example(path, parameters)):
        parts.append(f'<p>Try it: <a href="{escape(example)}"><code>{escape(example)}</code></a></p>')
    if parameters:
        parts.append(table(("parameter", "type", "meaning", "example"), map(_parameter, parameters)))
    if body := operation.get("requestBody"):
        types = ", ".join(f"<code>{escape(name)}</code>" for name in body["content"])
        parts.append(f"<p>Body: {types}</p>")
    responses = list(_responses(operation["responses"]))
    head, problems = ("status", "response", "form"), [row for row in responses if row[0] >= "400"]
    parts.append(table(head, [row for row in responses if row[0] < "400"]))
    if problems:
        statuses = ", ".join(status for status, _, _ in problems)
        parts.append(f"<details><summary>Problems: {statuses}</summary>{table(head, problems)}</details>")
    parts.append(f'<p class="quiet">Operation <code>{escape(name)}</code></p>\n</section>')
    return "\n".join(filter(None, parts))


def _example(path: str, parameters: list[Json]) -> str | None:
    """Return an address to open: with the first example of each part of the path, and of what is required."""
    query: dict[str, Any] = {}
    for parameter in parameters:
        examples = parameter["schema"].get("examples") or [None]
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(examples[0]), safe=""))
        elif parameter.get("required"):
            query[parameter["name"]] = examples[0]
    return f"{path}?{urlencode(query)}" if query else path


def _parameter(parameter: Json) -> tuple[str, ...]:
    schema = parameter["schema"]
    notes = [parameter["in"]] if parameter["in"] != "query" else []
    notes += ["required"] if parameter.get("required") and parameter["in"] != "path" else []
    noted = f'<br><span class="quiet">{", ".join(notes)}</span>' if notes else ""
    examples = " ".join(f"<code>{escape(_text(example))}</code>" for example in schema.get("examples", ()))
    meaning = marked(parameter.get("description", ""))
    if "default" in schema and schema["default"] not in {None, ""}:
        meaning += f" Default: <code>{escape(_text(schema['default']))}</code>."
    return f"<code>{escape(parameter['name'])}</code>{noted}", _type(schema), meaning, examples


def _responses(responses: Json) -> Iterator[tuple[str, str, str]]:
    for status, response in responses.items():
        forms = [
            f"<code>{escape(media_type)}</code> {_type(content.get('schema', {}))}"
            for media_type, content in response.get("content", {}).items()
        ]
        yield escape(status), marked(response["description"]), "<br>".join(forms)


def _schema(name: str, schema: Json) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (
            f"<code>{escape(field)}</code>{'' if field in required else ' <span class=quiet>optional</span>'}",
            _type(content),
            marked(" ".join(content.get("description", "").replace("``", "`").split())),
        )
        for field, content in schema.get("properties", {}).items()
    ]
    parts = [
        f'<section id="schema-{escape(name)}">\n<h3>{escape(name)}</h3>',
        paragraphs(schema.get("description", "").replace("``", "`")),
    ]
    parts.append(table(("field", "type", "meaning"), rows) if rows else f"<p>{_type(schema)}</p>")
    return "\n".join([*filter(None, parts), "</section>"])


def _type(schema: Json) -> str:
    """Return the type of a value as markup, with links to the schemas that it names."""
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            options = [option for option in schema[several] if option.get("type") != "null"]
            return " or ".join(dict.fromkeys(map(_type, options)))
    if "const" in schema:
        return f"<code>{escape(_text(schema['const']))}</code>"
    if "enum" in schema:
        return ", ".join(f"<code>{escape(_text(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" ".join(filter(None, (schema.get("format"), str(schema.get("type", "any value"))))))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return value if isinstance(value, str) else to_json(value).decode()
