"""Types of settings whose values are checked when they are read, so that no library fails on them later.

Only the check of a PEM file reads a file.
"""

from __future__ import annotations

import json
import re
import ssl
import unicodedata
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode

_LABEL = r"\w[\w-]{0,62}"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?|[0-9A-Fa-f:.]+(?:%[\w.-]+)?")
_BROKER = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{{1,5}}))?")
_HIGHEST_PORT = 65_535
_LARGEST = 999_999_999
"""Days or seconds. A number that stands for "forever" is accepted, because with another number of days all state would
have to be computed again."""


def _host(text: str) -> str:
    if text and not _HOST.fullmatch(text):
        raise PydanticCustomError("host", "Write the name of a host, or an IP address without brackets")
    return text


def _brokers(text: str) -> str:
    matches = [_BROKER.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    if text and not (matches and all(match and int(match[1] or 1) <= _HIGHEST_PORT for match in matches)):
        raise PydanticCustomError("brokers", "Write host:port, several separated by commas")
    return text


def _address(text: str) -> str:
    if text and not (re.match(r"https?://[^/?#\s]", text) and _has_valid_host(text)):
        raise PydanticCustomError("address", "Write an address such as https://firstseen.example")
    return text


def _has_valid_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _without_credentials(text: str) -> str:
    if "@" in text:
        raise PydanticCustomError("credentials", "It holds a user or a password, and is logged: leave them out")
    return text


def _without_query(text: str) -> str:
    if "?" in text or "#" in text:
        raise PydanticCustomError("address", "Write the address without ? and #: paths are appended to it")
    return text


def _pem(path: Path) -> Path:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PydanticCustomError("file", "It cannot be read: {reason}", {"reason": error.strerror or "?"}) from error
    if b"-----BEGIN " not in content:
        raise PydanticCustomError("pem", "It is not a PEM file, which has a line that starts with -----BEGIN")
    if b"-----BEGIN CERTIFICATE-----" in content:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except ssl.SSLError as error:
            raise PydanticCustomError("pem", "It holds no valid certificate") from error
    return path


def _json_object(value: object) -> object:
    """Return the members of a JSON object, of which none may hide another."""
    if not isinstance(value, str):
        return value
    try:
        members = json.loads(value, object_pairs_hook=_distinct)
    except PydanticCustomError:
        raise
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise PydanticCustomError("json_object", 'Write a JSON object, such as {"name": "value"}')
    return members


def _distinct(members: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in members]
    if len({*names}) < len(names):
        raise PydanticCustomError("repeated", "A name occurs twice: keep one of the two")
    return dict(members)


def _different_keys(keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if len({key.get_secret_value() for key in keys.values()}) < len(keys):
        raise PydanticCustomError("same_key", "Two sources have the same key: give each a key of its own")
    return keys


class OneLineSettings(BaseSettings):
    """Settings of which none is blank or holds a line break, which no header, address or path can have.

    A line break at an end is left out: files of secrets often end in one.
    """

    @field_validator("*", mode="before")
    @classmethod
    def _in_one_line(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        text = value.strip("\r\n")
        if value and not text.strip():
            raise PydanticCustomError("blank", "It is blank: write a value, or leave the variable empty")
        if any(unicodedata.category(char) == "Cc" for char in text):
            raise PydanticCustomError("one_line", "It holds a line break or another control character")
        return text


Port = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
Days = Annotated[int, Field(ge=1, le=_LARGEST)]
Seconds = Annotated[int, Field(ge=1, le=_LARGEST)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Host = Annotated[str, AfterValidator(_host)]
LoggedAddress = Annotated[str, AfterValidator(_without_credentials), AfterValidator(_address)]
"""HTTP address that is logged or shown to readers."""

BaseAddress = Annotated[LoggedAddress, AfterValidator(_without_query)]
"""Address to which paths are appended."""
Address = Annotated[str, AfterValidator(_address)]
Brokers = Annotated[str, AfterValidator(_without_credentials), AfterValidator(_brokers)]
"""Addresses of Kafka's brokers."""

PemFile = Annotated[Path, AfterValidator(_pem)]
Key = Annotated[SecretStr, Field(min_length=1)]
"""Secret that is never empty: an empty variable in a compose file must not switch off authentication."""
Members = TypeVar("Members")
JsonObject = Annotated[Members, NoDecode, BeforeValidator(_json_object)]
"""Values by name, written as JSON."""
ProducerKeys = Annotated[JsonObject[dict[str, Key]], AfterValidator(_different_keys)]
