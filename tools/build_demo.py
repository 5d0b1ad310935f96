"""Build ``firstseen/demo/sightings.jsonl``: events that were known before a day, then the facts of an article of that day.

For developers; nothing imports it. ``firstseen/demo/README.md`` names the sources of the inputs and their licences.

    python tools/build_demo.py --events ucdp_is_by_arrival.jsonl --article article_2017-11-24.jsonl --day 2017-11-24
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic_core import to_json

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from firstseen.importers.rows import Imported  # noqa: E402  (found after the project's folder is on the path)
from firstseen.importers.ucdp import import_ucdp  # noqa: E402
from streams.notify.phrases import day_in_words  # noqa: E402


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, required=True, help="UCDP events as JSON Lines, in order of arrival")
    parser.add_argument("--article", type=Path, required=True, help="facts of the article as JSON Lines")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="last day of arrival, inclusive")
    parser.add_argument("--output", type=Path, default=ROOT / "firstseen" / "demo" / "sightings.jsonl")
    arguments = parser.parse_args()
    day = arguments.day.isoformat()
    earlier = [sighting for sighting in _sightings(arguments.events) if _day_of_report(sighting) <= day]
    from_article = [_as_news(sighting, arguments.day) for sighting in _sightings(arguments.article)]
    lines = [to_json(sighting) + b"\n" for sighting in earlier + from_article]
    arguments.output.write_bytes(b"".join(lines))
    print(f"{arguments.output}: {len(earlier)} events and {len(from_article)} facts of the article")


def _sightings(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as lines:
        for row in import_ucdp(lines):
            if not isinstance(row, Imported):
                sys.exit(f"{path}:{row.line}: {row.why}")
            yield row.sighting


def _day_of_report(sighting: dict[str, object]) -> str:
    return str(sighting["reported"])[: len("2017-11-24")]


def _as_news(sighting: dict[str, object], day: date) -> dict[str, object]:
    # UCDP's coders verified each event. A newspaper's summary is fairly reliable and possibly true: C3.
    origin = f"news article of {day_in_words(day)}"
    return sighting | {"source": f"news-{day.isoformat()}", "origin": origin, "grade": "C3"}


if __name__ == "__main__":
    main()
