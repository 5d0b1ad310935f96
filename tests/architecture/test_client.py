"""The client has the same `Sighting` as the server, and installs and runs without it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from firstseen_client import Sighting as ClientSighting
from schemas.sighting import Sighting
from tools.build_client import TARGET, generated

ROOT = Path(__file__).resolve().parents[2]

_TRY = """
import json, sys
from firstseen_client import Client, Sighting
sighting = Sighting(source="my-desk", id="42", group="G", country="Mali", occurred="2026-11")
imported = {"schemas", "places", "streams", "web", "firstseen", "kafka", "faust", "fastapi"} & sys.modules.keys()
print(json.dumps([sighting.key, sorted(imported), sys.modules["firstseen_client"].__file__]))
"""


def test_the_copied_schemas_are_fresh() -> None:
    copies = {path.relative_to(ROOT) for path in (ROOT / TARGET).glob("*.py")}
    assert copies == generated().keys(), "run tools/build_client.py"
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in copies} == generated()


def test_client_and_server_have_the_same_json_schema() -> None:
    assert ClientSighting.model_json_schema() == Sighting.model_json_schema()


def test_the_arguments_of_a_sighting_are_the_fields_of_the_model() -> None:
    tree = ast.parse((ROOT / "schemas/sighting.py").read_text(encoding="utf-8"))
    [init] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    defaults = [default and ast.literal_eval(default) for default in init.args.kw_defaults]
    assert [argument.arg for argument in init.args.kwonlyargs] == list(Sighting.model_fields)
    assert defaults == [None if field.is_required() else field.default for field in Sighting.model_fields.values()]


def test_the_examples_of_the_readme_pass_strict_type_checks_without_the_pydantic_plugin(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "client/README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for number, text in enumerate(examples):
        (tmp_path / f"example_{number}.py").write_text(text, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-kafka.*]\nignore_missing_imports = true\n"
        "[mypy-firstseen_client.*]\nfollow_imports = silent\n"
    )
    # A cache of its own: with none, each run checks pydantic and kafka-python again.
    mypy = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "examples")]
    command = [*mypy, *(f"example_{number}.py" for number in range(len(examples)))]
    environment = {**os.environ, "MYPYPATH": str(ROOT / "client")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_client_installs_and_imports_without_the_server(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(ROOT / "client"), str(source)], check=True)
    target = ["--no-build-isolation", "--no-index", "--target", str(tmp_path / "target"), str(source)]
    subprocess.run([*pip, *target], check=True)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'target')!r})\n{_TRY}"
    ran = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    key, server_modules, file = json.loads(ran.stdout)
    assert (key, server_modules) == ("my-desk/42", [])
    assert file.startswith(str(tmp_path))
