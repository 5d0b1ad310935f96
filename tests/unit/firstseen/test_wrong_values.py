"""Every option and argument of every command with wrong values: refused in words, before Kafka is asked.

The table comes from the parser, so a new option is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.error_exits import ending_of
from firstseen.lazy_commands import loaded_commands
from firstseen.local_kafka import LocalKafka
from streams.io.kafka_config import KafkaConfig

SIGHTING = {"source": "desk", "id": "1", "group": "JNIM", "country": "Mali", "grade": "B2", "occurred": "2021-11-20"}

NEEDED = {
    "alerts show": ["1a2b"], "alerts why": ["1a2b"], "groups show": ["JNIM"], "groups why": ["JNIM", "ML"],
    "groups diff": ["groups.yaml"], "groups apply": ["groups.yaml"], "countries resolve": ["Mali"],
    "history map": ["--as-of", "2021-11-24"], "history query": ["select 1"], "history export": ["first_seen"],
    "subscriptions add": ["C12345678", "in:Sahel"], "subscriptions remove": ["C12345678", "1"],
    "subscriptions mute": ["C12345678", "group:JNIM 7d"], "subscriptions unmute": ["C12345678", "1"],
    "subscriptions apply": ["subscriptions.yaml"], "deliveries show": ["1a2b"], "sightings publish": ["a.jsonl"],
    "sightings validate": ["a.jsonl"], "sightings retry": ["--source", "x"], "sightings replay": ["a.jsonl"],
    "feeds follow": ["gdelt"], "feeds forget": ["gdelt"], "topics export": ["alerts"], "quarantine show": ["x"],
    "quarantine retry": ["x"], "rebuild": ["presence"], "areas apply": ["areas.geojson"],
}  # fmt: skip
"""Words that a command needs beside the one that is wrong."""

NUMBERS = ("nan", "1_0")
FILES = ("folder", "latin.txt")
WRONG = {
    "NUMBER": ("0",), "DATE": ("2026-02-30",), "TIME": ("2026-02-30",),
    "DURATION": ("-1h",), "FORMAT": ("ucdpged",), "STATUS": ("gone",), "REASON": ("x",),
    "STAGE": ("presense",), "KIND": ("allerts",), "text|json|csv": ("cvs",), "text|json": ("xml",),
    "csv|json|parquet": ("xlsx",), "FILTER": ("kind:frist",), "COUNTRY": ("Narnia",),
    "REGION": ("Narnia",), "FILE": FILES, "DIR": ("a.jsonl", "a.jsonl/x"), "FEED": ("gdlet", "https://[bad"),
}  # fmt: skip
"""Wrong values by what help says to write."""

BY_OPTION = {
    "--seconds": NUMBERS, "--days": ("0", "9" * 40, *NUMBERS), "--groups": FILES, "--subscriptions": FILES,
    "--to": ("folder", "nofolder/x"), "--rejects": ("folder", "nofolder/x"), "--release": ("x",),
}  # fmt: skip

ONLY_KAFKA_KNOWS = {
    "NAME", "ID", "ALERT", "GROUP", "DESTINATION", "SQL", "TABLE", "WHAT", "NUMBER|FILTER|all", "WHAT|NUMBER|all",
}  # fmt: skip
"""Names of what is on record: only an empty one is wrong without Kafka."""

KNOWN_TO_KAFKA = {("feeds list", "feed"), ("feeds forget", "feed")}
ANSWERS_EACH = {("countries resolve", "texts"), ("sightings publish", "files", "latin.txt"),
    ("sightings validate", "files", "latin.txt"), ("sightings replay", "files", "latin.txt")}  # fmt: skip
"""Values of which the command itself says one by one what is wrong."""


class KafkaAskedError(BaseException):
    """A wrong value went through to Kafka."""


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise KafkaAskedError

    for owner, name in ((KafkaConfig, "for_client"), (KafkaConfig, "for_faust"), (LocalKafka, "__enter__")):
        monkeypatch.setattr(owner, name, asked)  # a tripwire: no value of this test may come so far
    monkeypatch.setenv("FIRSTSEEN_KAFKA", "127.0.0.1:9")
    monkeypatch.setenv("FIRSTSEEN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    area = {"type": "Feature", "properties": {"name": "lake-x"}, "geometry": square}
    for name, content in (
        ("a.jsonl", json.dumps(SIGHTING)), ("groups.yaml", "groups:\n  - id: JNIM\n    names: [JNIM]\n"),
        ("subscriptions.yaml", "subscriptions:\n  - destination: C12345678\n    filters: [in:Sahel]\n"),
        ("areas.geojson", json.dumps({"type": "FeatureCollection", "features": [area]})),
        ("columns.yaml", "source: {value: x}\nid: id\ngroup: group\ncountry: country\noccurred: day\n"),
    ):  # fmt: skip
        (tmp_path / name).write_text(content)
    (tmp_path / "latin.txt").write_bytes("é".encode("latin-1"))


def commands() -> Iterator[tuple[str, Any]]:
    for name, command in loaded_commands(app).items():
        verbs = getattr(command, "commands", None)
        yield from ((f"{name} {verb}", each) for verb, each in verbs.items()) if verbs else [(name, command)]


def wrong_values(path: str, param: Any) -> Iterator[str]:
    if isinstance(param, TyperArgument):
        if (param.required or param.nargs < 0) and param.metavar != "TEXT":
            yield ""
    else:
        yield from ("", " ")
    if (path, param.name) not in KNOWN_TO_KAFKA and param.metavar not in ONLY_KAFKA_KNOWS:
        shown = param.opts[-1]
        yield from BY_OPTION.get(shown) or WRONG.get(param.metavar, ())


def arguments(command: Any, path: str, param: Any, value: str) -> list[str]:
    """Return the command line with a wrong value, and right ones for all that it needs."""
    needed = [*NEEDED.get(path, ())]
    if isinstance(param, TyperArgument):
        place = [each for each in command.params if isinstance(each, TyperArgument)].index(param)
        before = [word for word in needed[:place] if not word.startswith("--")]
        rest = needed[len(before) + 1 :] if len(before) < len(needed) and not needed[0].startswith("--") else needed
        return [*path.split(), *before, value, *rest]
    option = param.opts[0]
    if option in needed:
        del needed[needed.index(option) : needed.index(option) + 2]
    with_files = any("--file" in each.opts for each in command.params) and option != "--file"
    extra = (
        ["--file", "a.jsonl"] if with_files and option in {"--groups", "--map", "--format", "--release", "--at"} else []
    )
    extra += {"--release": ["--format", "ucdp-ged"], "--rejects": ["--map", "columns.yaml"]}.get(option, [])
    return [*path.split(), *needed, *extra, option, value]


@pytest.mark.usefixtures("_files")
def test_every_wrong_value_is_refused_in_words_before_kafka_is_asked() -> None:
    accepted, checked = [], 0
    for path, command in commands():
        for param in command.params:
            if param.name == "help" or getattr(param, "is_flag", False):
                continue
            values = [*wrong_values(path, param)]
            for value in values:
                if {(path, param.name), (path, param.name, value)} & ANSWERS_EACH:
                    continue
                checked += 1
                line = arguments(command, path, param, value)
                code, message = outcome_of(command, line[len(path.split()) :])
                if code not in {2, 4, 5} or "Traceback" in message or not message.strip() or len(message) > 2_000:
                    accepted.append((line, code, message[-300:]))
    assert not accepted
    assert checked > 250


def outcome_of(command: Any, line: list[str]) -> tuple[object, str]:
    """Run one command that is loaded, which is four times as fast as the whole program."""
    printed = StringIO()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            code = command.main(args=line, prog_name="firstseen", standalone_mode=False)
    except KafkaAskedError:
        return -1, "Kafka was asked"
    except typer.BadParameter as error:
        return error.exit_code, error.format_message()
    except Exception as error:  # noqa: BLE001 - as the program does
        ending = ending_of(error)
        return ending.code, ending.message
    return code, printed.getvalue()


def outcome(line: list[str]) -> tuple[int, str]:
    try:
        result = CliRunner().invoke(app, line, prog_name="firstseen")
    except KafkaAskedError:
        return -1, "Kafka was asked"
    if isinstance(result.exception, Exception):
        ending = ending_of(result.exception)
        return ending.code, ending.message
    return result.exit_code, result.output


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("groups diff groups.yaml --file a.jsonl --at 2026-02-30", "February 2026 has 28 days"),
        ("alerts list --since 2026-02-30T08:00Z", "February 2026 has 28 days"),
        ("alerts show ''", "the value is empty: write ID"),
        ("sightings list --since ''", "the value is empty: write DATE, or leave the option out"),
        ("demo --seconds nan", "'nan': write a number"),
        ("history map --as-of 2021-11-24 --days 99999", "write a number of at most 36500"),
        ("groups unknown --file latin.txt", "no sighting in 1 row; the first: it is not UTF-8"),
        ("sightings replay a.jsonl --export a.jsonl", "a.jsonl cannot be a folder: it is a file"),
        ("history export first_seen --to nofolder/x", "nofolder/x cannot be written: nofolder does not exist"),
        ("alerts list --status " + "x" * 5_000, "x" * 99 + "…' is not one of confirmed"),
        ("countries list " + "x" * 5_000, "x" * 99 + "…'"),
    ],
)
def test_the_answer_says_what_to_write(line: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    _, message = outcome([word.strip("'") for word in line.split()])
    assert words in message
