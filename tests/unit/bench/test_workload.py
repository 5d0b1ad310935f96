from collections import Counter
from datetime import UTC, datetime

from bench.workload import COUNTRIES, GROUPS, PARTITIONS, first, write_countries
from faust_batches.transaction import home_partition
from firstseen.publishing.sightings_file import OutgoingSighting as Published
from firstseen.publishing.sightings_file import check_outgoing
from places.countries import region_of
from places.gazetteer import resolve_text
from schemas.sighting import Sighting
from streams.intake.day_limits import DEFAULT_DAYS


def test_the_stream_is_the_same_at_every_run_and_a_smaller_one_is_its_beginning():
    assert first(300) == first(300)
    assert first(300)[:100] == first(100)
    assert first(50, after=100) == first(150)[100:]


def test_it_has_some_repeats_and_some_rubbish():
    records = first(2000)
    judged = [check_outgoing(Published(0, None, fed.value), datetime.now(UTC), DEFAULT_DAYS) for fed in records]
    refused = sum(not isinstance(result, Sighting) for result in judged)
    repeated = sum(count - 1 for count in Counter(fed.key for fed in records).values())
    assert 10 <= refused <= 35
    assert 25 <= repeated <= 60


def test_every_record_lies_where_its_key_belongs():
    assert all(fed.partition == home_partition(fed.key, PARTITIONS) for fed in first(200))


def test_a_sighting_has_about_four_hundred_bytes():
    sizes = [len(fed.value) for fed in first(1000)]
    assert 300 < sum(sizes) / len(sizes) < 500


def test_every_way_to_write_a_country_is_known_to_the_gazetteer(tmp_path):
    assert len(set(COUNTRIES)) == len(set(GROUPS)) == 60
    write_countries(tmp_path / "countries.tsv")
    rows = [line.split("\t") for line in (tmp_path / "countries.tsv").read_text().splitlines()]
    assert len(rows) == 120
    for name, code, region in rows:
        found = resolve_text(name)
        assert (getattr(found, "country", None), region) == (code, region_of(code))
