"""Each role can do what it needs, and no more, with the access control lists of the operators' page."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from pydantic_core import to_json

from faust_batches.exits import ExitCode
from firstseen.local_kafka import LocalKafka
from schemas.topics import EVIDENCE, STAGES
from tests.faults.cluster import free_ports
from tests.support.builders import sighting_today
from tests.support.waiting import until
from tests.support.worker import command, worker

pytestmark = [pytest.mark.kafka, pytest.mark.thorough]

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
PREFIX = "firstseen"
ROLES = ("producer", "worker", "web", "operator")


def documented_lists() -> Iterator[ACL]:
    """Yield the lists that the page's commands add."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--allow-principal")
    parser.add_argument("--operation", action="append")
    parser.add_argument("--resource-pattern-type", default="literal")
    for kind in ("topic", "group", "transactional-id"):
        parser.add_argument(f"--{kind}")
    [block] = re.findall(r"```sh acls\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in re.findall(r"^\$ADD (.*)$", block.replace("\\\n", ""), re.MULTILINE):
        added = parser.parse_args(shlex.split(line))
        [(kind, name)] = [
            (kind, name)
            for kind in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)
            if (name := getattr(added, kind.name.lower()))
        ]
        pattern = ResourcePattern(kind, name, ACLResourcePatternType[added.resource_pattern_type.upper()])
        for operation in added.operation:
            code = ACLOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()]
            yield ACL(added.allow_principal, "*", code, ACLPermissionType.ALLOW, pattern)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[LocalKafka, str]]:
    """Run a Kafka that permits everything at its own address, and to each role what the page lists at another one."""
    plain, secure, controller = free_ports(3)
    users = " ".join(f'user_{role}="{role}"' for role in ROLES)
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    properties = {
        "listeners": f"BROKER://127.0.0.1:{plain},SECURE://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"BROKER://127.0.0.1:{plain},SECURE://127.0.0.1:{secure}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listener.security.protocol.map": "SECURE:SASL_PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.secure.plain.sasl.jaas.config": f"{module} required {users};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    with LocalKafka(tmp_path / "kafka", plain, properties=properties) as kafka:
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        admin.create_acls(list(documented_lists()))
        admin.close()
        yield kafka, f"127.0.0.1:{secure}"


def of_role(role: str, address: str) -> dict[str, str]:
    """Return the settings of a role."""
    return {
        "FIRSTSEEN_KAFKA": address,
        "FIRSTSEEN_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "FIRSTSEEN_SASL_MECHANISM": "PLAIN",
        "FIRSTSEEN_SASL_USERNAME": role, "FIRSTSEEN_SASL_PASSWORD": role, "FIRSTSEEN_PARTITIONS": "1",
    }  # fmt: skip


def test_each_role_can_do_what_it_needs_and_no_more(secured: tuple[LocalKafka, str], tmp_path: Path) -> None:
    kafka, address = secured
    groups, reported = tmp_path / "groups.yaml", tmp_path / "sightings.jsonl"
    groups.write_text("- id: JNIM\n")
    reported.write_bytes(to_json(sighting_today()))

    def run(role: str, *arguments: str, prefix: str = PREFIX) -> tuple[int, str]:
        done = command(kafka, prefix, tmp_path / role, *arguments, **of_role(role, address))
        return done.returncode, done.stdout + done.stderr

    assert run("operator", "topics", "apply")[0] == 0
    assert run("operator", "topics", "check")[0] == 0
    assert run("operator", "groups", "apply", str(groups))[0] == 0
    workers = [worker(stage, kafka, PREFIX, tmp_path / "worker", **of_role("worker", address)) for stage in STAGES]
    try:
        assert run("producer", "sightings", "publish", str(reported))[0] == 0
        until(lambda: "JNIM" in run("web", "alerts", "list")[1])
        assert run("web", "subscriptions", "add", "console", "group:JNIM")[0] == 0
        assert run("operator", "doctor")[0] == 0
        for role in ("producer", "web"):
            code, said = run(role, "groups", "apply", "--prune", str(groups))
            assert (code, "grant Write on the transactional id firstseen.groups" in said) == (3, True), said
        assert "This user may not see" in run("producer", "alerts", "list")[1]
        assert run("worker", "topics", "apply", prefix=f"{PREFIX}.other")[0] != 0
    finally:
        for process in workers:
            process.terminate()
        said = "".join(process.communicate()[0] for process in workers)
    assert "AuthorizationFailed" not in said, said


def test_a_worker_that_lacks_a_permission_exits_and_names_it(secured: tuple[LocalKafka, str], tmp_path: Path) -> None:
    kafka, address = secured
    reported = tmp_path / "sightings.jsonl"
    reported.write_bytes(to_json(sighting_today()))
    for arguments in (("topics", "apply"), ("sightings", "publish", str(reported))):
        assert command(kafka, PREFIX, tmp_path / "operator", *arguments).returncode == 0
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    for kind, operation, name in (
        (ResourceType.GROUP, ACLOperation.READ, f"{PREFIX}.intake"),
        (ResourceType.TOPIC, ACLOperation.WRITE, EVIDENCE.full_name(PREFIX)),
    ):
        admin.create_acls([ACL("User:worker", "*", operation, ACLPermissionType.DENY, ResourcePattern(kind, name))])
        done = command(kafka, PREFIX, tmp_path / "worker", "worker", "intake", **of_role("worker", address))
        assert done.returncode == ExitCode.KAFKA, done
        assert re.search(rf"AuthorizationFailed.*{re.escape(name)}", done.stderr.splitlines()[-1]), done.stderr
        removed = ResourcePatternFilter(kind, name, ACLResourcePatternType.LITERAL)
        admin.delete_acls([ACLFilter("User:worker", "*", operation, ACLPermissionType.DENY, removed)])
    admin.close()
