"""The examples in the documentation work unchanged."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from firstseen.config.files import load_groups, load_subscriptions
from firstseen.config.webhook_formats import load_webhook_formats
from places.areas import packaged
from schemas.codes import identity
from schemas.sighting import Sighting
from schemas.subscription import Clause, Subscription
from schemas.topics import SIGHTINGS
from streams.notify.webhook_formats import Template

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("publish_example", EXAMPLES / "publish_with_kafka_python.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("sighting_id", ["42", "2017/42", "50%", "%2F", "/", "é/ü%", "a//b"])
def test_the_example_makes_the_key_that_intake_expects(example: ModuleType, sighting_id: str) -> None:
    assert example.key_of("my/desk", sighting_id) == identity("my/desk", sighting_id).encode()


def test_the_example_writes_a_valid_sighting_to_the_right_topic(example: ModuleType) -> None:
    sighting = Sighting.from_bytes(json.dumps(example.SIGHTING).encode())
    assert sighting.key == identity(sighting.source, sighting.id)
    assert SIGHTINGS.full_name("firstseen") == example.TOPIC


def test_the_groups_load() -> None:
    state, province, boko_haram = load_groups(EXAMPLES / "groups.yaml")
    assert [alias.name for alias in state.names] == ["IS", "ISIS", "Daesh"]
    assert state.names[2].source
    assert (province.affiliations[0].parent, province.affiliations[0].until) == ("Islamic State", None)
    assert boko_haram.affiliations[0].until == date(2016, 8, 31)


def test_the_groups_of_the_demo_load_and_each_name_and_pledge_has_its_source() -> None:
    groups = load_groups(EXAMPLES.parents[1] / "firstseen" / "demo" / "groups.yaml")
    assert [alias.name for group in groups for alias in group.names if not alias.source] == []
    assert [group.id for group in groups for link in group.affiliations if not link.source or not link.since] == []


def test_the_subscriptions_load() -> None:
    found = load_subscriptions(EXAMPLES / "subscriptions.yaml", packaged())
    [console], [desk], [channel] = (found[name] for name in ("console", "#security-desk", "C0123456789"))
    assert console == Subscription()
    assert desk.clauses == (Clause(groups=("ISIS",), countries=("BE", "IE")),)
    [clause] = channel.clauses
    assert (clause.regions, clause.not_countries) == (("Middle Africa", "Sahel"), ("CM",))
    assert clause.kinds == ("first_ever", "re_emergence", "returned", "spread")


def test_the_subscriptions_in_the_page_for_subscribers_load(tmp_path: Path) -> None:
    page = (EXAMPLES.parent / "subscribers.md").read_text(encoding="utf-8")
    file = tmp_path / "subscriptions.yaml"
    file.write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    found = load_subscriptions(file, packaged())
    assert found["#security-desk"][0].clauses[0].countries == ("BE", "CD")
    assert found["console"][0].clauses[0].regions == ("Middle Africa", "Sahel")


def test_the_groups_and_the_destinations_in_their_pages_load(tmp_path: Path) -> None:
    for page, load in (
        ("groups.md", load_groups),
        ("email.md", partial(load_subscriptions, areas=packaged())),
        ("teams.md", partial(load_subscriptions, areas=packaged())),
        ("webhooks.md", partial(load_subscriptions, areas=packaged())),
    ):
        file = tmp_path / page
        file.write_text(
            (EXAMPLES.parent / page).read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
        )
        assert load(file)


def test_the_formats_of_webhooks_load(tmp_path: Path) -> None:
    formats = load_webhook_formats(EXAMPLES / "webhook-formats.yaml")
    assert formats.of("https://chat.example.org/hooks/abc") == "slack-compatible"
    page = (EXAMPLES.parent / "webhooks.md").read_text(encoding="utf-8")
    file = tmp_path / "formats.yaml"
    file.write_text(f"- address:{page.partition('- address:')[2].partition('```')[0]}", encoding="utf-8")
    assert isinstance(load_webhook_formats(file).of("https://pager.example.org/events"), Template)


def test_the_sighting_in_the_page_for_producers_is_valid() -> None:
    page = (EXAMPLES.parent / "producers.md").read_text(encoding="utf-8")
    Sighting.from_bytes(page.partition("```json\n")[2].partition("```")[0].encode())
