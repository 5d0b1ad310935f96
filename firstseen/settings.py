"""Every setting with its default. The only module that reads the environment.

Settings are plain values; :mod:`firstseen.wiring` turns them into workers and the web server.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import PydanticBaseSettingsSource, SettingsConfigDict

from firstseen.setting_errors import expected_in_words, masked, misspelled_in_words
from firstseen.setting_values import (
    Address,
    BaseAddress,
    Brokers,
    Count,
    Days,
    Host,
    JsonObject,
    LoggedAddress,
    OneLineSettings,
    PemFile,
    Port,
    ProducerKeys,
    Seconds,
)
from schemas.codes import Grade
from schemas.subscription import EMAIL
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import PARTITIONS, TopicSettings
from streams.notify.web_addresses import address_problem
from streams.presence.policy import Policy

TeamsName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]

_POLICY = Policy()
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SettingsError(ValueError):
    """A setting has an invalid value. The message names the variable, the value and what is expected."""


class Settings(OneLineSettings):
    """Environment variables ``FIRSTSEEN_<NAME>``. Secrets are read from nowhere else."""

    model_config = SettingsConfigDict(
        env_prefix="FIRSTSEEN_",
        env_ignore_empty=True,  # a compose file or a .env file sets variables without a value
        frozen=True,
        use_attribute_docstrings=True,
        populate_by_name=True,
    )

    kafka: Brokers | None = None
    """Address of a Kafka cluster: `host:port`, several separated by commas. Unset: the Kafka that `firstseen up` starts
    on this machine."""
    kafka_port: Port = 9092
    """Port of the Kafka that `firstseen up` starts on this machine."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Protocol for connections to the cluster."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism."""
    sasl_username: str | None = None
    """SASL user."""
    sasl_password: SecretStr | None = None
    """SASL password."""
    ssl_ca_file: PemFile | None = None
    """PEM file of the authority that signed the brokers' certificates. Unset: the system's trusted authorities."""
    ssl_certificate_file: PemFile | None = None
    """PEM file of the client's certificate, for mutual TLS."""
    ssl_key_file: PemFile | None = None
    """PEM file of the key of the client's certificate."""
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,60}$")] = "firstseen"
    """Prefix of all topics and consumer groups. Two installations on one cluster need two prefixes."""
    partitions: Count = PARTITIONS
    """Partitions of every topic, and so the largest number of workers that share a stage. It cannot change once there
    is data."""
    replication: Count = 1
    """Replication factor of every topic. Use 3 on a cluster of three or more brokers."""
    session_seconds: Annotated[int, Field(ge=6, le=300)] = 10
    """How long Kafka waits for a worker's heartbeat before it assigns its partitions to another worker. Raise it on a
    machine short of CPU: a worker that answers again within this time keeps its partitions, and no rebalance
    follows."""
    transaction_seconds: Annotated[int, Field(ge=10, le=900)] = 60
    """How long the transaction of a batch may stay open before Kafka aborts it; at most the cluster's
    `transaction.max.timeout.ms`."""
    groups: Path | None = None
    """YAML file of groups that `firstseen up` applies when it starts. Without `up`, use `firstseen groups apply`."""
    subscriptions: Path | None = None
    """YAML file of subscriptions that `firstseen up` applies when it starts. Without `up`, use
    `firstseen subscriptions apply`. While there is no subscription, alerts go to the terminal."""
    areas: Path | None = None
    """YAML file of named areas. Unset: `places/data/areas.yaml`."""
    polygons: Path | None = None
    """GeoJSON file of areas with a polygon, for `within:` in filters. Every worker of dispatch and the web process need
    the same file, and read it when they start. `firstseen up` also applies it, so that presence counts in the areas;
    without `up`, use `firstseen areas apply`. Unset: no area has a polygon."""
    grade_threshold: Grade = _POLICY.threshold
    """Lowest Admiralty grade at which one sighting proves that a group was present. Below it, two independent origins
    must agree."""
    source_grades: JsonObject[dict[str, Grade]] = Field(default_factory=dict)
    """Default grades by source, for sightings without a grade, as JSON: `{"my-desk": "B2"}`. For other sources it is
    F6."""
    window_days: Annotated[Days, Field(ge=_POLICY.corroboration_days)] = _POLICY.window_days
    """Evidence at most this many days apart belongs to one episode."""
    dormancy_days: Days = _POLICY.dormancy_days
    """A return after a gap of more days than this is a re-emergence."""
    horizon_days: Days = _POLICY.horizon_days
    """An alert is sent only if its episode began at most this many days before the report arrived."""
    earliest_day: date = DEFAULT_DAYS.earliest_day
    """First day on which a sighting may begin. Older sightings are rejected."""
    slack_bot_token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_BOT_TOKEN"))
    """Slack bot token `xoxb-...` with the scope `chat:write`. Unset: messages go to the terminal."""
    slack_signing_secret: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_SIGNING_SECRET"))
    """Signing secret of the Slack app. With it, `firstseen web` receives commands and clicks at `/slack/events`."""
    slack_app_token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SLACK_APP_TOKEN"))
    """App-level token `xapp-...` with the scope `connections:write`. With it, `firstseen web` receives commands and
    clicks over Socket Mode, which needs no address that Slack can reach."""
    slack_url: Address | None = None
    """Address of Slack's Web API, for tests and proxies. Unset: Slack's own."""
    operators_channel: str | None = None
    """Id of the Slack channel that is notified when another channel is suspended, or when a reader reports an alert as
    wrong. Unset: only the log."""
    webhook_secret: SecretStr | None = None
    """Secret that signs webhook requests: `whsec_` and base64, or any text. Unset: messages for webhooks go to the
    terminal."""
    webhook_formats: Path | None = None
    """YAML file of the formats of webhooks. Unset: every webhook gets the standard format."""
    webhook_private: bool = False
    """Whether webhooks may be on this machine or in a private network."""
    teams_urls: JsonObject[dict[TeamsName, SecretStr]] = Field(default_factory=dict)
    """Addresses of the workflows that post to channels of Microsoft Teams, by names of your choice, as JSON:
    `{"desk": "https://..."}`, whose destination is `teams:desk`. An address is a secret. Unset: messages for
    Teams go to the terminal."""
    smtp_host: Host | None = None
    """Mail server for messages to subscribers. Unset: messages to e-mail addresses go to the terminal."""
    smtp_port: Port = 587
    """Port of the mail server."""
    smtp_security: Literal["starttls", "tls", "none"] | None = None
    """Encryption to the mail server: `starttls`, `tls` from the first byte (usually port 465), or `none`. The server's
    certificate must be valid for its name. Unset: `starttls`, and `none` for a server on this machine."""
    smtp_ca_file: PemFile | None = None
    """PEM file of the authority that signed the mail server's certificate. Unset: the system's trusted authorities."""
    smtp_user: str | None = None
    """User at the mail server. Unset: no log-in."""
    smtp_password: SecretStr | None = None
    """Password of the user at the mail server."""
    email_from: Annotated[str, StringConstraints(pattern=f"^{EMAIL}$")] | None = None
    """Address of the sender of mails. Required with `FIRSTSEEN_SMTP_HOST`. Bounces return to it."""
    unsubscribe_secret: Annotated[SecretStr, Field(min_length=16)] | None = None
    """Secret that signs the links by which recipients of mails unsubscribe, for the workers and `firstseen web`: a text
    of at least 16 characters. It needs `FIRSTSEEN_PAGE_URL`. Unset: recipients write to the sender."""
    page_url: BaseAddress | None = None
    """Address at which readers reach the page, for the links in messages. Unset: no links."""
    producer_keys: ProducerKeys = Field(default_factory=dict)
    """Keys for posting sightings to `firstseen web`, by source, as JSON: `{"my-desk": "a secret"}`. A key publishes for
    its own source only. Unset: publishing over HTTP is off."""
    web_host: Host = "127.0.0.1"
    """Address that the page is served on. An address other than loopback needs `FIRSTSEEN_READ_TOKEN` or
    `FIRSTSEEN_WEB_OPEN`."""
    read_token: SecretStr | None = None
    """Token that readers of the page and of the HTTP API must send: programs as `Authorization: Bearer TOKEN`, browsers
    as the password of any user. Unset: no token is needed."""
    web_open: bool = False
    """Whether everyone who reaches the address may read without a token, for example behind a proxy that authenticates,
    or in a container whose port is published on this machine only."""
    web_port: Port = 8080
    """Port that the page is served on."""
    gdelt_url: LoggedAddress = "http://data.gdeltproject.org/gdeltv2/lastupdate.txt"
    """Address of GDELT's list of its newest files, which are in the same folder. For `feeds follow gdelt`."""
    ucdp_url: LoggedAddress = "https://ucdpapi.pcr.uu.se/api/gedevents"
    """Address of UCDP's events, below which each version has its own path. For `feeds follow ucdp-candidate`."""
    ucdp_token: SecretStr | None = None
    """Access token for UCDP's API, which has required one since February 2026. UCDP issues it on request."""
    acled_url: BaseAddress = "https://acleddata.com"
    """Address of ACLED's API, above `oauth/token`, `api/acled/read` and `api/deleted/read`."""
    acled_user: str | None = None
    """E-mail address of a myACLED account. For `feeds follow acled`."""
    acled_password: SecretStr | None = None
    """Password of the myACLED account."""
    feed_authorization: SecretStr | None = None
    """Header `Authorization` that `firstseen feeds follow URL` sends, such as `Bearer TOKEN`. Unset: none."""
    feed_seconds: Seconds = 60
    """How long the download of one document of a feed may take."""
    feed_private: bool = False
    """Whether feeds may be on this machine or in a private network."""
    state_dir: Path = platformdirs.user_data_path("firstseen")
    """Folder for the local Kafka's data and the workers' files."""
    history: Path | None = None
    """File of the history database, a cache of the topics that `firstseen web` and commands that read the history fill.
    Unset: a file in the folder of `FIRSTSEEN_STATE_DIR`, one for each installation and each set of rules."""
    maven_url: Address | None = None
    """Mirror of Maven Central to download Kafka from, once. Unset: Maven Central."""

    @field_validator("teams_urls")
    @classmethod
    def _addresses(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        """Reject a text that is not an address of a workflow. The message does not show it."""
        for name, address in value.items():
            if problem := address_problem(address.get_secret_value()):
                raise PydanticCustomError(
                    "address", "The address of {name}: {problem}", {"name": name, "problem": problem}
                )
        return value

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read no files, which hold no setting and take half the time."""
        return sources["init_settings"], sources["env_settings"]

    @property
    def cluster(self) -> KafkaConfig:
        """Return the connection to Kafka."""
        return KafkaConfig(
            bootstrap=self.kafka or f"127.0.0.1:{self.kafka_port}",
            security_protocol=self.security_protocol,
            sasl_mechanism=self.sasl_mechanism if self.security_protocol.startswith("SASL") else None,
            username=self.sasl_username,
            password=self.sasl_password.get_secret_value() if self.sasl_password else None,
            ca_file=_path_text(self.ssl_ca_file),
            certificate_file=_path_text(self.ssl_certificate_file),
            key_file=_path_text(self.ssl_key_file),
        )

    @property
    def topic_settings(self) -> TopicSettings:
        """Return the settings that all topics share."""
        return TopicSettings(prefix=self.prefix, partitions=self.partitions, replication=self.replication)

    @property
    def policy(self) -> Policy:
        """Return the thresholds of the presence rules."""
        return Policy(
            window_days=self.window_days,
            dormancy_days=self.dormancy_days,
            horizon_days=self.horizon_days,
            threshold=self.grade_threshold,
            source_grades=self.source_grades,
        )

    @property
    def history_file(self) -> Path:
        """Return the file of the history database."""
        if self.history:
            return self.history
        dependent = f"{self.cluster.bootstrap} {self.policy.fingerprint}"
        name = f"{self.prefix}-{hashlib.sha256(dependent.encode()).hexdigest()[:8]}.sqlite"
        return self.state_dir / "history" / name

    @property
    def history_identity(self) -> dict[str, str]:
        """Return what the rows of the history database depend on, besides the topics."""
        return {"prefix": self.prefix, "policy": self.policy.fingerprint}

    @property
    def day_policy(self) -> DayPolicy:
        """Return which days intake accepts."""
        return DayPolicy(self.earliest_day)

    @property
    def slack_token(self) -> str | None:
        """Return the token in clear text."""
        return _secret(self.slack_bot_token)

    @property
    def webhook_key(self) -> str | None:
        """Return the secret that signs webhooks, in clear text."""
        return _secret(self.webhook_secret)

    @property
    def unsubscribe_key(self) -> str | None:
        """Return the secret that signs links to unsubscribe, in clear text."""
        return _secret(self.unsubscribe_secret)

    @property
    def teams_addresses(self) -> dict[str, str]:
        """Return the addresses of workflows in clear text, by name."""
        return {name: address.get_secret_value() for name, address in self.teams_urls.items()}

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
        """Return user and password in clear text, or None if one of them is missing."""
        password = _secret(self.acled_password)
        return (self.acled_user, password) if self.acled_user and password else None

    @property
    def feed_key(self) -> str | None:
        """Return the header `Authorization` for a feed, in clear text."""
        return _secret(self.feed_authorization)

    def require_guarded(self) -> None:
        """Raise SettingsError if the page would be open to the network without an explicit setting."""
        if self.web_host in LOOPBACK or self.read_token or self.web_open:
            return
        msg = (
            f"FIRSTSEEN_WEB_HOST={self.web_host!r}: everyone who reaches this address could read. "
            "Set FIRSTSEEN_READ_TOKEN, or FIRSTSEEN_WEB_OPEN=true if a proxy or a firewall guards it."
        )
        raise SettingsError(msg)

    @property
    def takes_slack_commands(self) -> bool:
        """Whether the page's server receives Slack's commands and clicks, over HTTP or Socket Mode."""
        return bool(self.slack_token and (self.slack_signing_secret or self.slack_app_token))


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError for an invalid value; the message never shows a secret."""
    try:
        return Settings()
    except ValidationError as error:
        message = "\n".join(_problem_in_words(problem) for problem in error.errors())
    # Outside the handlers: the caught error holds the value, and a chained traceback would show it.
    raise SettingsError(message)


def misspelled_variables() -> list[str]:
    """Return a sentence for each variable of the environment that is probably a misspelled setting."""
    known = {_variable(alias) for name in Settings.model_fields for alias in _names(name)}
    return misspelled_in_words({name.upper() for name in os.environ}, known)


def _problem_in_words(problem: ErrorDetails) -> str:
    first, *within = map(str, problem["loc"])
    name, field = _variable(first), _field(first)
    if field is None or _holds_secret(field.annotation):
        return f"{name}: {expected_in_words(problem)} (the value is not shown)"
    return f"{' '.join((name, *within))}={masked(repr(problem['input']))}: {expected_in_words(problem)}"


def _field(loc: str) -> FieldInfo | None:
    """Return the field with this name, or with this environment variable."""
    return next((field for name, field in Settings.model_fields.items() if loc in {name, *_names(name)}), None)


def _names(field: str) -> tuple[str, ...]:
    """Return the names of a field in the environment, of which those in lower case lack the prefix."""
    alias = Settings.model_fields[field].validation_alias
    return tuple(map(str, alias.choices)) if isinstance(alias, AliasChoices) else (field,)


def _variable(loc: str) -> str:
    return loc if loc.isupper() else f"FIRSTSEEN_{loc.upper()}"


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def child_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return this process's environment for a child, with some variables set, or removed if None."""
    return _with_changes(os.environ, changes)


def clean_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return this process's environment for a child, without any setting of Firstseen except those in ``changes``."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))}
    return _with_changes(others, changes)


def _with_changes(environment: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    changed: dict[str, str | None] = {**environment, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _path_text(path: Path | None) -> str | None:
    return str(path) if path else None
