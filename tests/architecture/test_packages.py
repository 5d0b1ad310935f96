"""The top-level packages (docs/decisions/0001)."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.support.tables import each_row

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["faust_batches", "firstseen", "history", "places", "schemas", "streams", "web"]


def test_the_top_level_packages_are_these() -> None:
    assert sorted(path.parent.name for path in ROOT.glob("*/__init__.py")) == PACKAGES


@each_row("name", PACKAGES)
def test_no_other_installed_package_hides_ours(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__file__ is not None
    assert Path(package.__file__).resolve() == ROOT / name / "__init__.py"


def test_an_init_file_holds_a_docstring_and_nothing_else() -> None:
    for name in PACKAGES:
        for path in (ROOT / name).rglob("__init__.py"):
            text = path.read_text(encoding="utf-8").strip()
            assert text.startswith('"""'), path
            assert text.endswith('"""'), path
            assert text.count('"""') == 2, path
