"""The client has the server's sighting, is installed alone, and needs nothing of the server."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from firstseen_client import Sighting as OfTheClient
from schemas.sighting import Sighting
from tools.build_client import TARGET, generated

ROOT = Path(__file__).resolve().parents[2]

_TRY = """
import json, sys
from firstseen_client import Client, Sighting
sighting = Sighting(source="my-desk", id="42", group="G", country="Mali", occurred="2026-11")
ours = {"schemas", "places", "streams", "web", "firstseen", "kafka", "faust", "fastapi"} & sys.modules.keys()
print(json.dumps([sighting.key, sorted(ours), sys.modules["firstseen_client"].__file__]))
"""


def test_its_model_is_made_from_the_servers_and_fresh() -> None:
    there = {path.relative_to(ROOT) for path in (ROOT / TARGET).glob("*.py")}
    assert there == generated().keys(), "run tools/build_client.py"
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in there} == generated()


def test_both_models_have_one_json_schema() -> None:
    assert OfTheClient.model_json_schema() == Sighting.model_json_schema()


def test_its_arguments_are_those_that_the_model_has() -> None:
    tree = ast.parse((ROOT / "schemas/sighting.py").read_text(encoding="utf-8"))
    [init] = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    defaults = [default and ast.literal_eval(default) for default in init.args.kw_defaults]
    assert [one.arg for one in init.args.kwonlyargs] == list(Sighting.model_fields)
    assert defaults == [None if one.is_required() else one.default for one in Sighting.model_fields.values()]


def test_the_examples_of_its_readme_are_right_to_a_strict_type_checker_that_does_not_know_pydantic(
    tmp_path: Path,
) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "client/README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for number, text in enumerate(examples):
        (tmp_path / f"example_{number}.py").write_text(text, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-kafka.*]\nignore_missing_imports = true\n"
        "[mypy-firstseen_client.*]\nfollow_imports = silent\n"
    )
    command = [sys.executable, "-m", "mypy", *(f"example_{number}.py" for number in range(len(examples)))]
    environment = {**os.environ, "MYPYPATH": str(ROOT / "client")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_it_is_installed_alone_and_imports_nothing_of_the_server(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(ROOT / "client"), str(source)], check=True)
    target = ["--no-build-isolation", "--no-index", "--target", str(tmp_path / "target"), str(source)]
    subprocess.run([*pip, *target], check=True)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'target')!r})\n{_TRY}"
    ran = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    key, of_the_server, file = json.loads(ran.stdout)
    assert (key, of_the_server) == ("my-desk/42", [])
    assert file.startswith(str(tmp_path))
