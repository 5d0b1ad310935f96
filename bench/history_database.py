"""Fills a history database with generated sightings, without Kafka, and measures questions about it.

``python -m bench.history_database FILE --sightings 1000000`` fills FILE unless it exists, and asks about 40 random
days. The report says the time to fill it, its size, and the wall and CPU time of each question in this process.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from history.database import FILLING, History, end_of_day, open_to_read
from history.episode_selection import EpisodeQuery
from history.episodes import episodes
from history.load import Loader
from history.map_state import MapQuery, map_state
from history.place_on_record import explain_place
from history.settled_cuts import settle
from history.timeline import update_places
from places.countries import countries
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from streams.presence.policy import Policy

FIRST_DAY = date(2005, 1, 1)
DAYS = 20 * 365
GROUPS = 300
COUNTRIES = 60
BATCH = 5_000
PLACES_AT_ONCE = 500
_SETTLED_AT_ONCE = 1_000
ASKED = 40
SEED = 7
PREFIX = "bench"
IDENTITY = {"prefix": PREFIX, "policy": Policy().fingerprint}


def main() -> None:
    """Fill the file if necessary, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    options = parser.parse_args()
    if not options.file.exists():
        _fill(options.file, options.sightings)
    connection = open_to_read(options.file)
    print(f"{_counts(connection)}; {options.file.stat().st_size / 2**20:.0f} MiB")
    _ask(connection)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB of memory")


def _fill(file: Path, count: int) -> None:
    history, loader = History(file, IDENTITY), Loader(Policy(), _unreadable)
    begun, begun_cpu = time.monotonic(), time.process_time()
    batches = iter(partial(_take, changes(count)), [])
    for batch in batches:
        with history.writing() as connection:
            loader.evidence(connection, batch)
    with history.writing() as connection:
        connection.execute("pragma analysis_limit = 1000")
        connection.execute("analyze")
    loaded, loaded_cpu = time.monotonic(), time.process_time()
    print(f"sightings: {loaded - begun:.0f} s, {loaded_cpu - begun_cpu:.0f} s of CPU", flush=True)
    left = True
    while left:
        with history.writing() as connection:
            left = _update_places(connection, loader)
    computed, computed_cpu = time.monotonic(), time.process_time()
    print(f"runs: {computed - loaded:.0f} s, {computed_cpu - loaded_cpu:.0f} s of CPU", flush=True)
    left = True
    while left:
        with history.writing() as connection:
            left = settle(connection, loader.groups(connection), Policy(), _SETTLED_AT_ONCE)
    with history.writing() as connection:
        connection.execute("delete from identity where key = ?", (FILLING,))
    print(f"cuts: {time.monotonic() - computed:.0f} s, {time.process_time() - computed_cpu:.0f} s of CPU", flush=True)
    history.close()


def write_live(history: History, sightings: Iterable[Evidence]) -> None:
    """Write sightings as the follower does while it is up to date: with the runs that depend on them."""
    loader = Loader(Policy(), _unreadable)
    with history.writing() as connection:
        loader.evidence(connection, (EvidenceChange(arrived=seen.arrived, add=seen) for seen in sightings))
        _update_places(connection, loader)
        settle(connection, loader.groups(connection), Policy(), _SETTLED_AT_ONCE)


def _update_places(connection: sqlite3.Connection, loader: Loader) -> bool:
    return update_places(connection, loader.groups(connection), Policy(), PLACES_AT_ONCE) > 0


def _take(source: Iterator[EvidenceChange]) -> list[EvidenceChange]:
    return list(islice(source, BATCH))


def _ask(connection: sqlite3.Connection) -> None:
    rng = random.Random(SEED)
    days = [FIRST_DAY + timedelta(100 + rng.randrange(DAYS - 200)) for _ in range(ASKED)]
    group, country = connection.execute(
        "select group_form, country from sighting_version group by 1, 2 order by count(*) desc limit 1"
    ).fetchone()
    policy = Policy()
    _report("map state of a day", [partial(map_state, connection, MapQuery(day), policy) for day in days])
    known = [EpisodeQuery(as_of=day, known_at=end_of_day(day)) for day in days]
    _report("presence as of a day", [partial(episodes, connection, query) for query in known])
    _report("explain of the busiest place", [partial(explain_place, connection, group, country, policy)] * 3)


def _report(name: str, questions: Sequence[Callable[[], object]]) -> None:
    wall, cpu = [], []
    for question in questions:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        question()
        wall.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - begun_cpu)
    print(f"{name}: {_percentiles(wall)}; CPU {_percentiles(cpu)}", flush=True)


def _percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p95 = (1000 * ordered[int(len(ordered) * part)] for part in (0.5, 0.95))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"


def _counts(connection: sqlite3.Connection) -> str:
    tables = ("sighting_version", "run_version", "group_version")
    counts = (connection.execute(f"select count(*) from {table}").fetchone()[0] for table in tables)  # noqa: S608
    return ", ".join(f"{count:,} rows of {table}" for table, count in zip(tables, counts, strict=True))


def _unreadable(_: object, error: Exception) -> None:
    raise error


def changes(count: int, seed: int = SEED) -> Iterator[EvidenceChange]:
    """Yield changes by arrival: sightings of 300 groups, corrections, withdrawals, and changes of groups."""
    rng = random.Random(seed)
    codes = rng.sample(sorted(countries()), COUNTRIES)
    regions = {code: countries()[code].region for code in codes}
    episodes = list(_episodes(rng, codes))
    weights = [weight for *_, weight in episodes]
    found: list[tuple[datetime, EvidenceChange]] = []
    groups = _groups(rng)
    start = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    found.append((start, EvidenceChange(arrived=start, groups=GroupsChange(put=tuple(groups)))))
    for number in range(40):
        at = start + timedelta(days=rng.randrange(DAYS))
        renamed = rng.choice(groups)
        alias = Alias(name=f"{renamed.id} alias {number}")
        regrouped = GroupsChange(put=(renamed.replace(names=(*renamed.names, alias)),))
        found.append((at, EvidenceChange(arrived=at, groups=regrouped)))
    for number, (group, country, first, length, _) in enumerate(rng.choices(episodes, weights, k=count)):
        seen = _sighting(rng, number, group, country, regions[country], first + timedelta(days=rng.randrange(length)))
        found.append((seen.arrived, EvidenceChange(arrived=seen.arrived, add=seen)))
        fate = rng.random()
        if fate < 0.04:
            later = seen.arrived + timedelta(hours=rng.expovariate(1 / 200))
            after = None
            if fate < 0.03:
                day = seen.first_day + timedelta(days=rng.choice([0, 0, 0, 1, -1, 3]))
                after = seen.replace(
                    revision=2,
                    arrived=later,
                    title="Corrected report",
                    first_day=day,
                    last_day=day,
                    begins_by=day,
                    ends_from=None,
                )
            found.append((later, EvidenceChange(arrived=later, remove=seen, add=after)))
    found.sort(key=lambda pair: pair[0])
    for _, change in found:
        yield change


def _groups(rng: random.Random) -> list[Group]:
    names = [f"Front {number:03}" for number in range(GROUPS)]
    found = []
    for number, name in enumerate(names):
        parent = names[number % 10]
        affiliations = (
            [Affiliation(parent=parent, since=FIRST_DAY + timedelta(days=rng.randrange(DAYS)))]
            if number % 12 == 11
            else []
        )
        found.append(Group(id=name, names=(Alias(name=f"F{number:03}"),), affiliations=tuple(affiliations)))
    return found


def _episodes(rng: random.Random, codes: list[str]) -> Iterator[tuple[str, str, date, int, float]]:
    """Yield group, country, first day, length in days, and weight."""
    for number in range(GROUPS):
        home = rng.sample(codes, min(COUNTRIES, 1 + int(rng.paretovariate(0.9))))
        for rank, country in enumerate(home):
            day = rng.randrange(DAYS)
            for _ in range(rng.choice([1, 1, 2, 4, 8])):
                length = max(1, min(DAYS - day, int(rng.lognormvariate(5, 1.6))))
                if number == 0 and rank == 0:
                    day, length = 0, DAYS
                if length + day > DAYS or length < 1:
                    break
                weight = length / (1 + number) ** 0.8 / (1 + rank)
                yield f"Front {number:03}", country, FIRST_DAY + timedelta(days=day), length, weight
                day += length + int(rng.lognormvariate(5, 1.2))
                if day >= DAYS:
                    break


def _sighting(rng: random.Random, number: int, group: str, country: str, region: str, day: date) -> Evidence:
    last, begins_by = day, day
    ends_from: date | None = None
    vague = rng.random()
    if vague < 0.02:
        day = day.replace(day=1)
        last = begins_by = (day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        ends_from = day
    elif vague < 0.03:
        day, last = date(day.year, 1, 1), date(day.year, 12, 31)
        begins_by, ends_from = last, day
    elif vague < 0.08:
        last = day + timedelta(days=rng.choice([1, 2, 3, 10]))
    archival = rng.random() < 0.05
    delay = rng.expovariate(1 / 300) if archival else rng.expovariate(1 / 1.5)
    arrived = datetime.combine(last, datetime.min.time(), UTC) + timedelta(
        days=delay, milliseconds=rng.randrange(86_400_000)
    )
    return Evidence(
        source=f"source {int(rng.paretovariate(1.0)) % 40}",
        id=str(number),
        revision=1,
        group=group if rng.random() < 0.8 else f"F{group[-3:]}",
        country=country,
        region=region,
        first_day=day,
        last_day=last,
        begins_by=begins_by,
        ends_from=ends_from,
        arrived=arrived,
        archival=archival,
        kind=rng.choice(["attack", "arrest", "presence", "claim"]),
        origin=rng.choice([None, "AFP", "Reuters", "Radio", "unknown", "Local press"]),
        grade=rng.choice(["B2", "B2", "C3", "D4", "E4", None]),
        place=f"Town {rng.randrange(5000)}",
        title=f"Report {number} of an attack near the market, with several wounded",
        url=f"https://news.example.org/{country}/{day}/{number}",
        doubt="near a border" if rng.random() < 0.03 else None,
    )


if __name__ == "__main__":
    main()
