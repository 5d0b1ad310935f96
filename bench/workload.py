"""Generates the stream of sightings that every contender reads, the same in every run.

About 400 bytes each, ordered by day, 100 per day: sixty groups, each at home in a few of sixty countries and sometimes
elsewhere. 2 % repeat an earlier sighting, 1 % is invalid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from pydantic_core import to_json

from faust_batches.transaction import home_partition
from places.countries import country_name, region_of
from schemas.codes import identity

PARTITIONS = 4
"""Partitions in the race and the long run: the largest number of workers raced. The latency uses the default."""

RECORDS_A_DAY = 100
"""Independent of the number of records, so that a smaller backlog is the beginning of a larger one."""

REPEATS, INVALID = 0.02, 0.01
GROUPS = tuple(f"{name} {number}" for number in range(1, 7) for name in (
    "Northern Front", "People's Guard", "River Brigade", "Red Column", "Coast Militia", "Free Hills Army",
    "Border LagMonitor", "Unity Movement", "Desert Hawks", "Ninth of March",
))  # fmt: skip
COUNTRIES = (
    "ML", "NE", "BF", "TD", "NG", "CM", "SD", "SS", "ET", "SO", "KE", "UG", "CD", "CF", "MZ",
    "LY", "DZ", "TN", "EG", "MR", "SN", "CI", "GH", "TG", "BJ", "RW", "BI", "TZ", "ZM", "AO",
    "SY", "IQ", "IR", "YE", "LB", "JO", "TR", "AF", "PK", "IN", "BD", "MM", "TH", "PH", "ID",
    "LK", "NP", "CO", "VE", "PE", "EC", "BR", "MX", "GT", "HN", "HT", "UA", "RU", "GE", "AM",
)  # fmt: skip
_FIRST_DAY = date(2010, 1, 1)
_KINDS = ("attack", "presence", "other")
_SOURCES = ("wire", "monitor", "local-desk", "network")
_TITLES = (
    "Fighters of {} were seen on the road to the market, residents say",
    "{} claims an attack on a post outside the town, officials confirm",
    "Residents tell of {} collecting taxes in three villages near the border",
)


@dataclass(frozen=True, slots=True)
class KeyedRecord:
    """A record, ready to be produced."""

    key: bytes
    value: bytes
    partition: int
    """The partition of its key under Kafka's standard partitioner."""


def sightings(seed: int = 1, a_day: int = RECORDS_A_DAY) -> Iterator[KeyedRecord]:
    """Yield sightings without end, ``a_day`` per day, the same for the same seed."""
    chance = Random(seed)
    homes = {group: chance.sample(COUNTRIES, chance.randint(2, 5)) for group in GROUPS}
    weights = [1 / rank for rank in range(1, len(GROUPS) + 1)]
    recent: list[KeyedRecord] = []
    number = 0
    while True:
        number += 1
        draw = chance.random()
        if draw < INVALID:
            yield keyed_record(identity("rubbish", str(number)), _invalid(number))
            continue
        if draw < INVALID + REPEATS and recent:
            yield chance.choice(recent)
            continue
        [group] = chance.choices(GROUPS, weights)
        country = chance.choice(homes[group]) if chance.random() < 0.995 else chance.choice(COUNTRIES)
        record = sighting(chance, number, group, country, _FIRST_DAY + timedelta(number // a_day))
        recent = [*recent[-199:], record]
        yield record


def first(count: int, after: int = 0) -> list[KeyedRecord]:
    """Return ``count`` records of the stream, without the first ``after``."""
    return list(islice(sightings(), after, after + count))


def write_countries(path: Path) -> None:
    """Write a table of every spelling of a country in the stream, its code and its region.

    Contenders that cannot call ``places`` read it.
    """
    spellings = [(name, code) for code in COUNTRIES for name in (code, country_name(code))]
    path.write_text("".join(f"{name}\t{code}\t{region_of(code)}\n" for name, code in spellings), encoding="utf-8")


def sighting(chance: Random, number: int, group: str, country: str, today: date) -> KeyedRecord:
    """Return a sighting that is reported today, at random about one of the last days."""
    source, name = chance.choice(_SOURCES), f"{number:08d}-{chance.getrandbits(32):08x}"
    late = chance.randrange(60) if chance.random() < 0.05 else chance.randrange(3)
    day = today - timedelta(late)
    value = {
        "source": source,
        "id": name,
        "group": group,
        "country": country if chance.random() < 0.5 else country_name(country),
        "occurred": day.isoformat(),
        "reported": f"{day + timedelta(late):%Y-%m-%d}T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00Z",
        "origin": chance.choice(("AFP", "Reuters", "AP", source)),
        "grade": chance.choice(("B2", "B2", "C3", "D4")),
        "title": chance.choice(_TITLES).format(group),
        "url": f"https://{source}.example/reports/{day:%Y/%m/%d}/armed-groups/{country.lower()}/{name}.html",
    }
    return keyed_record(identity(source, name), to_json(value))


def keyed_record(key: str, value: bytes) -> KeyedRecord:
    """Return a record on the partition of its key."""
    return KeyedRecord(key.encode(), value, home_partition(key.encode(), PARTITIONS))


def _invalid(number: int) -> bytes:
    kinds: tuple[bytes, ...] = (
        b'{"source": "rubbish", "id": ',
        to_json({"source": "rubbish", "id": str(number), "country": "ML", "occurred": "2015-01-01"}),
        to_json({
            "source": "rubbish", "id": str(number), "group": GROUPS[0], "country": "Nowhereland",
            "occurred": "2015-01-01",
        }),
    )  # fmt: skip
    return kinds[number % len(kinds)]
