"""Copies the sighting, and what it is made of, from `schemas/` into the client, so that both have one model.

Run from the project's root: `PYTHONPATH=. python tools/build_client.py`. A test says when that is due.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path("client/firstseen_client/schemas")
FIRST = "sighting"
_IMPORT = re.compile(r"^from schemas\.(\w+) import", re.MULTILINE)


def generated() -> dict[Path, str]:
    """Return the client's files by their paths from the root."""
    files = {
        TARGET
        / "__init__.py": '"""The sighting as the server has it: made by tools/build_client.py from schemas/."""\n'
    }
    waiting, known = [FIRST], {FIRST}
    while waiting:
        name = waiting.pop()
        text = (ROOT / "schemas" / f"{name}.py").read_text(encoding="utf-8")
        more = set(_IMPORT.findall(text)) - known
        known |= more
        waiting += sorted(more)
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
