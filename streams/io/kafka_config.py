"""Address and credentials of the Kafka cluster, as arguments for each of the three client libraries."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """Kafka's address and credentials."""

    bootstrap: str
    """``host:port``, several separated by commas."""
    security_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    sasl_mechanism: str | None = None
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    """PEM file of the authority that signed the brokers' certificates; None: the system's authorities."""
    certificate_file: str | None = None
    """PEM file of the client's own certificate, for mutual TLS."""
    key_file: str | None = None
    """PEM file of the private key of that certificate."""

    def __repr__(self) -> str:
        """Leave the password out, because this value may be logged."""
        return f"KafkaConfig({self.bootstrap!r}, {self.security_protocol})"

    def for_client(self) -> dict[str, Any]:
        """Return the arguments that aiokafka and kafka-python clients share."""
        arguments: dict[str, Any] = {"bootstrap_servers": self._addresses()}
        if self.security_protocol != "PLAINTEXT":
            arguments["security_protocol"] = self.security_protocol
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = self._tls()
        if self.security_protocol.startswith("SASL"):
            arguments |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return arguments

    def for_faust(self, scheme: str) -> dict[str, Any]:
        """Return Faust's ``broker`` and ``broker_credentials``."""
        import faust  # noqa: PLC0415 - it takes half a second, and only workers need it

        arguments: dict[str, Any] = {"broker": [f"{scheme}://{address}" for address in self._addresses()]}
        tls = self._tls() if self.security_protocol.endswith("SSL") else None
        if self.security_protocol.startswith("SASL"):
            arguments["broker_credentials"] = faust.SASLCredentials(
                mechanism=self.sasl_mechanism, username=self.username, password=self.password, ssl_context=tls
            )
        elif tls is not None:
            arguments["broker_credentials"] = faust.SSLCredentials(context=tls)
        return arguments

    def _addresses(self) -> list[str]:
        return [address for part in self.bootstrap.split(",") if (address := part.strip())]

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context
