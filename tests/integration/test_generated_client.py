"""A client that is generated from the OpenAPI document compiles, and calls every operation with success."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event, change, evidence, sighting_today
from tests.support.pages import add_alerts, add_evidence
from web.app import WebConfig, build_web

openapi_python_client = pytest.importorskip("openapi_python_client", reason="run make setup")

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
REQUIRED = {
    "alert_id": "a", "code": "Mali", "group": "JNIM", "as_of": date(2017, 11, 24), "since": datetime(2017, 11, 1, tzinfo=UTC)
}  # fmt: skip
OPTIONAL = {"filter_": "group:JNIM", "limit": 1}
MARKUP = {"get_cap_message", "get_feed"}
"""Operations that answer with XML, which the generator leaves to its caller."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Yield the generated package."""
    from openapi_python_client.config import Config, ConfigFile, MetaType

    folder = tmp_path_factory.mktemp("generated")
    config = Config.from_sources(
        ConfigFile(post_hooks=[], literal_enums=True),
        MetaType.NONE,
        DOCUMENT,
        "utf-8",
        overwrite=True,
        output_path=folder / "firstseen_api",
    )
    errors = [str(error.detail) for error in openapi_python_client.generate(config=config)]
    assert all("Unsupported content_type" in error for error in errors), errors
    assert len(errors) == len(MARKUP)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("firstseen_api")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "firstseen_api"]:
            del sys.modules[name]


@pytest.fixture
def client(package: ModuleType) -> Any:
    """Return a generated client of a page that knows an alert, a sighting and a group."""
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    spread = alert_event("b", kind="spread", countries=("ML", "NE", "BF"))
    add_alerts(app, [alert_event("a"), spread, alert_event("a", revision=2, type="update", status="superseded")])
    groups = GroupsChange(put=(Group(id="JNIM", names=("GSIM",), affiliations=({"parent": "Al-Qaida"},)),))
    arrived = datetime(2017, 1, 1, tzinfo=UTC)
    history = app.state.services.queries.history
    add_evidence(history, EvidenceChange(arrived=arrived, groups=groups), change(evidence()))
    app.state.services.page.was_complete = True
    app.state.services.page.alerts.close()  # streams end at once
    return package.AuthenticatedClient(
        base_url="http://page", token="w", httpx_args={"transport": httpx.ASGITransport(app)}
    )  # fmt: skip


def operations(package: ModuleType) -> dict[str, ModuleType]:
    """Return the module of each operation; every module of the package is imported."""
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    modules = {name: importlib.import_module(name) for name in names}
    return {name.split(".")[-1]: module for name, module in modules.items() if hasattr(module, "asyncio_detailed")}


async def test_a_generated_client_calls_every_operation(package: ModuleType, client: Any) -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    found = operations(package)
    assert len(found) == sum(map(len, document["paths"].values()))
    for name, operation in found.items():
        if name == "post_sightings":
            continue
        taken = inspect.signature(operation.asyncio_detailed).parameters
        given = {key: value for key, value in (REQUIRED | OPTIONAL).items() if key in taken}
        answer = await operation.asyncio_detailed(client=client, **given)
        assert answer.status_code == (503 if name == "get_health" else 200), (name, answer.content)  # no stage runs
        assert (answer.parsed is None) is (name in MARKUP), name


async def test_a_generated_client_reads_alerts_and_their_evidence(package: ModuleType, client: Any) -> None:
    [spread, alert] = (await operations(package)["list_alerts"].asyncio(client=client, expand=["evidence"])).alerts
    assert (alert.headline, alert.first_day, alert.links.page) == (
        "No longer news: JNIM appeared in Mali for the first time", date(2017, 10, 31), "/alert/a",
    )  # fmt: skip
    assert alert.why.sightings[0].country == "ML"
    assert spread.country_names == ["Mali", "Niger", "Burkina Faso"]


async def test_a_generated_client_reads_other_formats(package: ModuleType, client: Any) -> None:
    found = operations(package)
    assert (await found["get_alerts_csv"].asyncio(client=client)).startswith("alert_id,")
    spread, _ = (await found["get_alerts_geojson"].asyncio(client=client)).features
    assert spread.properties["headline"].startswith("JNIM")
    assert (await found["get_alerts_stix"].asyncio(client=client)).type_ == "bundle"


async def test_a_generated_client_understands_problems(package: ModuleType, client: Any) -> None:
    problem = await operations(package)["list_alerts"].asyncio(client=client, filter_="in:Shael")
    assert (problem.type_, problem.errors[0].nearest) == ("/problems/invalid-filter", "in:Sahel")


async def test_a_generated_client_publishes_a_sighting(package: ModuleType, client: Any) -> None:
    sighting = importlib.import_module("firstseen_api.models").Sighting.from_dict(sighting_today())
    verdicts = await operations(package)["post_sightings"].asyncio(client=client, body=sighting, dry_run=True)
    assert (verdicts.accepted, verdicts.sightings[0].verdict) == (1, "accepted")
