"""Every setting, each with its default and the reason for it. The only reader of the environment."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import platformdirs
import pydantic_settings
from pydantic import AliasChoices, Field, PositiveInt, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.codes import Grade
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.io.kafka_config import Cluster
from streams.io.topic_admin import PARTITIONS, Layout
from streams.presence.policy import Policy

_POLICY = Policy()
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SettingsError(ValueError):
    """A setting cannot be used. The message names it, its value and what is expected."""


class Settings(BaseSettings):
    """Read from environment variables ``FIRSTSEEN_<NAME>``; secrets come from nowhere else."""

    model_config = SettingsConfigDict(
        env_prefix="FIRSTSEEN_", frozen=True, use_attribute_docstrings=True, populate_by_name=True
    )

    kafka: str | None = None
    """Address of a Kafka cluster, ``host:port`` with commas between. Unset: the Kafka on this machine that
    `firstseen up` starts."""
    kafka_port: PositiveInt = 9092
    """Port of the Kafka that `firstseen up` starts on this machine."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How the cluster is spoken to."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How user and password are proved."""
    sasl_username: str | None = None
    """User at the cluster."""
    sasl_password: SecretStr | None = None
    """Password at the cluster."""
    ssl_ca_file: Path | None = None
    """PEM file of the authority behind the brokers' certificates. Unset: what the system trusts."""
    ssl_certificate_file: Path | None = None
    """PEM file of the client's certificate, for mutual TLS."""
    ssl_key_file: Path | None = None
    """PEM file of its key."""
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,60}$")] = "firstseen"
    """Prefix of all topics and consumer groups: two installations on one cluster take two prefixes."""
    partitions: PositiveInt = PARTITIONS
    """Partitions of every topic: the most workers that a stage can use. It cannot change once there is data."""
    replication: PositiveInt = 1
    """Copies of every topic; 3 on a cluster of three or more brokers."""
    session_seconds: Annotated[int, Field(ge=6, le=300)] = 10
    """How long Kafka waits for a sign of a worker before it gives its partitions to another. Longer on a machine that
    lacks CPU: a worker that is back within this time keeps its partitions, and no other is interrupted."""
    transaction_seconds: Annotated[int, Field(ge=10, le=900)] = 60
    """How long a batch may take to commit before Kafka aborts it; at most the cluster's
    `transaction.max.timeout.ms`."""
    groups: Path | None = None
    """YAML file of groups that `firstseen up` applies when it starts. Elsewhere: `firstseen groups apply`."""
    subscriptions: Path | None = None
    """YAML file of subscriptions that `firstseen up` applies when it starts; elsewhere `firstseen subscriptions apply`.
    While nobody has subscribed, all that is pushed goes to the terminal."""
    areas: Path | None = None
    """YAML file of named areas. Unset: `places/data/areas.yaml`."""
    grade_threshold: Grade = _POLICY.threshold
    """The lowest Admiralty grade that proves alone that a group was there. Below it, two independent origins do."""
    source_grades: dict[str, Grade] = Field(default_factory=dict)
    """Grade of a source's sightings that have none, as JSON: `{"my-desk": "B2"}`. Of other sources it is F6."""
    window_days: Annotated[int, Field(ge=_POLICY.corroboration_days)] = _POLICY.window_days
    """Evidence at most this many days apart is one episode."""
    dormancy_days: PositiveInt = _POLICY.dormancy_days
    """After a gap of more days than this a return is a re-emergence."""
    horizon_days: PositiveInt = _POLICY.horizon_days
    """An episode is pushed only if it began at most this many days before its report arrived."""
    earliest_day: date = DEFAULT_DAYS.earliest_day
    """The first day on which a sighting may begin; what is older is refused."""
    slack_bot_token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_BOT_TOKEN"))
    """Slack bot token `xoxb-...` with the scope `chat:write`. Unset: every message goes to the terminal."""
    slack_signing_secret: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_SIGNING_SECRET"))
    """Signing secret of the Slack app: `firstseen web` then takes commands and clicks at `/slack/events`."""
    slack_app_token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_APP_TOKEN"))
    """App-level token `xapp-...` with the scope `connections:write`: `firstseen web` then takes commands and clicks
    over Socket Mode, which needs no address that Slack can reach."""
    slack_url: str | None = None
    """Address of Slack's Web API, for tests and proxies. Unset: Slack."""
    operators_channel: str | None = None
    """Slack channel, by id, that hears when another channel cannot be reached any more, or a reader says that an alert
    is wrong. Unset: only the log."""
    webhook_secret: SecretStr | None = None
    """Secret that webhooks are signed with, `whsec_` and base64, or any text. Unset: what is for a webhook goes to the
    terminal."""
    webhook_private: bool = False
    """Whether webhooks on this machine and in private networks may be called."""
    page_url: str | None = None
    """Address under which readers reach the page, for the button that leads to the map. Unset: no such button."""
    producer_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """Keys of those who may post sightings to `firstseen web`, by source, as JSON: `{"my-desk": "a secret"}`. A key
    writes for its own source only. Unset: nobody may."""
    web_host: str = "127.0.0.1"
    """Address that the page is served on. Another than this machine needs `FIRSTSEEN_READ_TOKEN` or
    `FIRSTSEEN_WEB_OPEN`."""
    read_token: SecretStr | None = None
    """What readers of the page and of the HTTP interface must know: programs send `Authorization: Bearer TOKEN`,
    browsers ask for it as the password of any user. Unset: nothing is asked for."""
    web_open: bool = False
    """Whether everybody who reaches the address may read, without a token: behind a proxy that asks, or in a container
    whose port is published on this machine only."""
    web_port: PositiveInt = 8080
    """Port that the page is served on."""
    gdelt_url: str = "http://data.gdeltproject.org/gdeltv2/lastupdate.txt"
    """Where GDELT names its newest files; the files lie beside it. For `firstseen follow gdelt`."""
    ucdp_url: str = "https://ucdpapi.pcr.uu.se/api/gedevents"
    """Where the UCDP has its events, by version. For `firstseen follow ucdp-candidate`."""
    ucdp_token: SecretStr | None = None
    """Token that the UCDP gives to those who ask for one; its interface has asked for it since February 2026."""
    acled_url: str = "https://acleddata.com"
    """Where ACLED has its interface: `oauth/token`, `api/acled/read` and `api/deleted/read` lie below it."""
    acled_user: str | None = None
    """User of a myACLED account, its e-mail address. For `firstseen follow acled`."""
    acled_password: SecretStr | None = None
    """Its password."""
    feed_authorization: SecretStr | None = None
    """Header `Authorization` that `firstseen follow URL` sends, such as `Bearer TOKEN`. Unset: none."""
    feed_seconds: PositiveInt = 60
    """How long a document of a feed may take to arrive whole."""
    state_dir: Path = platformdirs.user_data_path("firstseen")
    """Folder of the local Kafka's data and of the workers' files."""
    maven_url: str | None = None
    """Mirror of Maven Central that Kafka is fetched from, once. Unset: Maven Central."""

    @field_validator("kafka", "page_url", "gdelt_url", "ucdp_url", "acled_url")
    @classmethod
    def _without_credentials(cls, value: str | None) -> str | None:
        """Refuse a user and a password where they would be logged, or shown to readers."""
        if value and "@" in value:
            raise PydanticCustomError("credentials", "It holds a user or a password, and is logged: leave them out")
        return value

    @field_validator("page_url", "gdelt_url", "ucdp_url", "acled_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        """Refuse what a browser could not open."""
        if value and not re.match(r"https?://[^/?#\s]", value):
            raise PydanticCustomError("address", "Write an address such as https://firstseen.example")
        return value

    @property
    def cluster(self) -> Cluster:
        """Return how Kafka is reached."""
        return Cluster(
            bootstrap=self.kafka or f"127.0.0.1:{self.kafka_port}",
            security_protocol=self.security_protocol,
            sasl_mechanism=self.sasl_mechanism if self.security_protocol.startswith("SASL") else None,
            username=self.sasl_username,
            password=self.sasl_password.get_secret_value() if self.sasl_password else None,
            ca_file=_text(self.ssl_ca_file),
            certificate_file=_text(self.ssl_certificate_file),
            key_file=_text(self.ssl_key_file),
        )

    @property
    def layout(self) -> Layout:
        """Return what all topics have in common."""
        return Layout(prefix=self.prefix, partitions=self.partitions, replication=self.replication)

    @property
    def policy(self) -> Policy:
        """Return the numbers in the rules of newness."""
        return Policy(
            window_days=self.window_days,
            dormancy_days=self.dormancy_days,
            horizon_days=self.horizon_days,
            threshold=self.grade_threshold,
            source_grades=self.source_grades,
        )

    @property
    def day_policy(self) -> DayPolicy:
        """Return which days are taken."""
        return DayPolicy(self.earliest_day)

    @property
    def slack_token(self) -> str | None:
        """Return the token in clear text."""
        return _secret(self.slack_bot_token)

    @property
    def producers(self) -> dict[str, str]:
        """Return the producers' keys in clear text, by source."""
        return {source: key.get_secret_value() for source, key in self.producer_keys.items()}

    @property
    def ucdp_key(self) -> str | None:
        """Return the token in clear text."""
        return _secret(self.ucdp_token)

    @property
    def acled_account(self) -> tuple[str, str] | None:
        """Return user and password in clear text; None when one of them is missing."""
        password = _secret(self.acled_password)
        return (self.acled_user, password) if self.acled_user and password else None

    @property
    def feed_key(self) -> str | None:
        """Return in clear text what proves to a publisher who asks."""
        return _secret(self.feed_authorization)

    def require_guarded(self) -> None:
        """Raise SettingsError when everybody in the network could read, and nobody has said so."""
        if self.web_host in _LOOPBACK or self.read_token or self.web_open:
            return
        msg = (
            f"FIRSTSEEN_WEB_HOST={self.web_host!r}: everybody who reaches it could read. Set FIRSTSEEN_READ_TOKEN, or "
            "FIRSTSEEN_WEB_OPEN=true where something else guards it."
        )
        raise SettingsError(msg)

    @property
    def takes_slack_commands(self) -> bool:
        """Whether the page's server receives Slack's commands and clicks, over HTTP or Socket Mode."""
        return bool(self.slack_token and (self.slack_signing_secret or self.slack_app_token))


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError when a value cannot be used; it never shows a secret."""
    try:
        return Settings()
    except ValidationError as error:
        told = "\n".join(_in_words(problem) for problem in error.errors())
    except pydantic_settings.SettingsError as error:  # its words name the field, and are meant for programmers
        field = _NAMED_FIELD.search(str(error))
        told = f"{_variable(field[1] if field else '...')}: write a JSON object, such as " + '{"name": "value"}.'
    # Outside of the handlers: what was caught holds the value, and a traceback would show it.
    raise SettingsError(told)


def masked(text: str) -> str:
    """Return a text without the user and the password of the addresses in it."""
    return _CREDENTIALS.sub("***@", text)


_NAMED_FIELD = re.compile(r'field "(\w+)"')
_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@|[^\s/@:'\"]+:[^\s/@'\"]+@")


def _in_words(problem: ErrorDetails) -> str:
    first, *within = map(str, problem["loc"])
    name, field = _variable(first), _field(first)
    if field is None or _holds_secret(field.annotation):
        return f"{name}: {problem['msg']} (the value is not shown)"
    return f"{' '.join((name, *within))}={masked(repr(problem['input']))}: {problem['msg']}"


def _field(loc: str) -> FieldInfo | None:
    """Return the field that pydantic calls so: by its name, or by the variable that it is read from."""
    for name, field in Settings.model_fields.items():
        aliases = field.validation_alias.choices if isinstance(field.validation_alias, AliasChoices) else ()
        if loc == name or loc in aliases:
            return field
    return None


def _variable(loc: str) -> str:
    return loc if loc.isupper() else f"FIRSTSEEN_{loc.upper()}"


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def child_environment(changes: dict[str, str | None]) -> dict[str, str]:
    """Return this process's environment for a child, with some variables set and, for None, taken out."""
    environment = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in environment.items() if changes.get(name, value) is not None}


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
