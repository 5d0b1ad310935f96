"""The client has the server's sighting, is installed alone, and needs nothing of the server."""

from __future__ import annotations

import json
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
