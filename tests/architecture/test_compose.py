"""Properties of ``docker-compose.yml`` and ``Dockerfile`` on which security and start-up depend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from firstseen.local_system import NO_SENDERS
from firstseen.settings import Settings
from tests.support.tables import each_row
from tools.build_reference import variable_of

HERE = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((HERE / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (HERE / "Dockerfile").read_text(encoding="utf-8")
OURS = ("topics", "worker", "follow", "web")
RULES = {
    f"FIRSTSEEN_{name}"
    for name in ("AREAS", "POLYGONS", "GRADE_THRESHOLD", "SOURCE_GRADES", "WINDOW_DAYS", "DORMANCY_DAYS",
                 "HORIZON_DAYS", "EARLIEST_DAY")
}  # fmt: skip
NOT_PASSED = {
    f"FIRSTSEEN_{name}"
    for name in (
        "KAFKA_PORT", "MAVEN_URL", "GROUPS", "SUBSCRIPTIONS",  # of `firstseen up`
        "SECURITY_PROTOCOL", "SASL_MECHANISM", "SASL_USERNAME", "SASL_PASSWORD", "SSL_CA_FILE", "SSL_CERTIFICATE_FILE",
        "SSL_KEY_FILE", "REPLICATION",  # the Kafka here is one broker in a network of its own
        "STATE_DIR", "HISTORY",  # the image decides
        "SLACK_URL", "GDELT_URL", "UCDP_URL", "ACLED_URL", "FEED_SECONDS",  # for tests and proxies
    )
}  # fmt: skip


def test_the_services_are_these() -> None:
    assert set(SERVICES) == {"kafka", *OURS}


def test_compose_1_and_2_accept_the_top_level_keys() -> None:
    # Compose 1.29 rejects `name`, and 2.x warns about `version`.
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"services", "volumes"}


def test_ports_are_published_on_this_host_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


@each_row("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert re.search(r":\d+\.\d+\.\d+$", SERVICES[name]["image"])


def test_the_kafka_image_has_the_version_of_the_local_kafka() -> None:
    version = SERVICES["kafka"]["image"].rpartition(":")[2]
    assert (HERE / "firstseen" / f"kafka-{version}.sha256").is_file()


def test_the_base_image_is_pinned_and_packages_have_hashes() -> None:
    assert re.findall(r"^FROM (.*)$", DOCKERFILE, re.MULTILINE) == ["python:3.12-slim-bookworm"]
    assert "--require-hashes" in DOCKERFILE
    assert "--no-deps --no-build-isolation ." in DOCKERFILE


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}


def test_services_that_others_wait_for_have_health_checks() -> None:
    for name in ("kafka", "web"):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD", name
    assert "/health" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_feeds_are_followed_only_with_their_profile() -> None:
    assert SERVICES["follow"]["profiles"] == ["follow"]
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["follow"]


def test_workers_and_page_start_after_the_topics_exist() -> None:
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert SERVICES["topics"]["restart"] == "no"
    for name in ("worker", "follow", "web"):
        assert SERVICES[name]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_all_services_use_the_same_kafka_and_prefix() -> None:
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["FIRSTSEEN_KAFKA"] == "kafka:9092"
        assert environment["FIRSTSEEN_PREFIX"] == SERVICES["topics"]["environment"]["FIRSTSEEN_PREFIX"]
        assert environment["FIRSTSEEN_PARTITIONS"] == SERVICES["topics"]["environment"]["FIRSTSEEN_PARTITIONS"]
    assert "INTERNAL://kafka:9092" in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


def test_the_page_listens_where_the_container_publishes_it() -> None:
    environment = SERVICES["web"]["environment"]
    assert environment["FIRSTSEEN_WEB_HOST"] == "0.0.0.0"
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:8080:{environment['FIRSTSEEN_WEB_PORT']}"]


def test_no_secret_is_in_the_files() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("TOKEN|PASSWORD|SECRET|KEY", variable):
                assert value is None, f"{variable} must come from the environment"
    assert "SLACK_BOT_TOKEN" in SERVICES["worker"]["environment"]
    for text in (DOCKERFILE, (HERE / "docker-compose.yml").read_text(encoding="utf-8")):
        assert not re.search(r"xox[a-z]-\w", text)


def test_the_containers_cannot_change_their_own_files() -> None:
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert "./config:/config:ro" in SERVICES[name]["volumes"]


def test_kafka_keeps_its_records_in_a_named_volume() -> None:
    assert "kafka-data" in COMPOSE["volumes"]
    directory = SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"]
    assert SERVICES["kafka"]["volumes"] == [f"kafka-data:{directory}"]


def test_one_broker_is_enough_for_transactions() -> None:
    environment = SERVICES["kafka"]["environment"]
    for setting in (
        "OFFSETS_TOPIC_REPLICATION_FACTOR",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
        "TRANSACTION_STATE_LOG_MIN_ISR",
    ):
        assert environment[f"KAFKA_{setting}"] == "1"


def test_the_build_context_holds_only_the_copied_paths() -> None:
    lines = [
        line for line in (HERE / ".dockerignore").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert lines[0] == "*"
    copied = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))
    assert copied == {line[1:] for line in lines if line.startswith("!")}


def test_the_workers_get_what_each_sender_needs_and_the_page_the_secret_of_its_links() -> None:
    worker, web = SERVICES["worker"]["environment"], SERVICES["web"]["environment"]
    assert {*NO_SENDERS, "FIRSTSEEN_UNSUBSCRIBE_SECRET", "FIRSTSEEN_PAGE_URL"} <= worker.keys()
    assert {"FIRSTSEEN_UNSUBSCRIBE_SECRET"} <= web.keys()


def test_every_setting_reaches_a_service_and_the_rules_reach_all() -> None:
    """``topics`` runs every other command, such as an upgrade, which applies the rules."""
    passed = {variable for name in OURS for variable in SERVICES[name]["environment"]}
    settings = set(map(variable_of, Settings.model_fields))
    assert settings - passed == NOT_PASSED
    assert all(RULES <= SERVICES[name]["environment"].keys() for name in OURS)
    assert {"FIRSTSEEN_PAGE_URL", "FIRSTSEEN_PRODUCER_KEYS"} <= SERVICES["web"]["environment"].keys()
