"""Copies `schemas/sighting.py` and the modules it imports into the client package, so that both use one model.

Run it from the project's root: `PYTHONPATH=. python tools/build_client.py`. A test fails if the copies are stale.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path("client/firstseen_client/schemas")
FIRST = "sighting"
_IMPORT = re.compile(r"^from schemas\.(\w+) import", re.MULTILINE)


def generated() -> dict[Path, str]:
    """Return the text of the client's files by path from the root."""
    files = {
        TARGET
        / "__init__.py": '"""The server\'s model of a sighting, copied from schemas/ by tools/build_client.py."""\n'
    }
    waiting, known = [FIRST], {FIRST}
    while waiting:
        name = waiting.pop()
        text = (ROOT / "schemas" / f"{name}.py").read_text(encoding="utf-8")
        imported = set(_IMPORT.findall(text)) - known
        known |= imported
        waiting += sorted(imported)
        files[TARGET / f"{name}.py"] = text.replace("from schemas.", "from firstseen_client.schemas.").replace(
            ":mod:`schemas.", ":mod:`firstseen_client.schemas."
        )
    return files


def main() -> None:
    for path in (ROOT / TARGET).glob("*.py"):
        path.unlink()
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
