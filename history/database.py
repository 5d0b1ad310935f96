"""The read model: an SQLite file that one follower writes and any number of readers query.

It is a cache of Kafka's topics. Whatever is wrong with the file, it is filled again from the beginning: a file of
another version or installation has its tables replaced, and a damaged or deleted one is replaced as a whole.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TypeVar
from urllib.parse import quote

from history.database_files import DatabaseFiles, delete_files, is_damage, require_log
from places.countries import countries

Answer = TypeVar("Answer")

Question = Callable[[sqlite3.Connection], Answer]
"""Reads one snapshot of the database."""

_BUSY_SECONDS = 30.0
_READERS_KEPT = 8
_READER_CACHE_KIB = 4_000
_WRITER_CACHE_KIB = 32_000
_LOG_KEPT_BYTES = 16 * 2**20
"""Size to which the write-ahead log shrinks after a long transaction: a question that stays open lets it grow."""

FILLING = "filling"
"""Key in ``identity`` while the tables are filled from the beginning, and an answer from them would be wrong."""

END_OF_TIME = "9999-12-31 24"
"""Sorts after every instant."""

log = logging.getLogger(__name__)


class HistoryError(OSError):
    """The database cannot be read or written at the moment. The message says why, and what to do."""


@cache
def schema_version() -> str:
    """Return the version of the tables."""
    return version_of(_schema())


def version_of(schema: str) -> str:
    """Return a hash of tables, so that no change of theirs is forgotten. Comments do not count."""
    return hashlib.sha256(re.sub(r"\s*--.*", "", schema).encode()).hexdigest()[:12]


def create() -> sqlite3.Connection:
    """Create the tables in memory, and return the connection.

    Transactions are explicit: ``begin`` and ``commit``.
    """
    connection = _connected(":memory:", _WRITER_CACHE_KIB)
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.deserialize(_empty_database())
        empty.backup(connection)
    return connection


class History:
    """The database of one installation, for one writing thread and several reading threads."""

    def __init__(self, path: Path | None, identity: Mapping[str, str]) -> None:
        """``path`` None: a database in memory, which readers share with the writer.

        ``identity`` names what the rows depend on. The first transaction empties a file of another identity.
        """
        self.path = path
        self._identity = {**identity, "schema": schema_version()}
        self._lock = Lock()
        self._readers: list[tuple[DatabaseFiles, sqlite3.Connection]] = []
        self._writer: sqlite3.Connection | None = None
        self._files: DatabaseFiles | None = None
        """The files that the writer has open."""
        self._damaged = False
        if path is None:
            self._writer = create()
            _write_identity(self._writer, self._identity)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction, which is committed at the end.

        The tables are empty if the file was deleted, damaged, or of another identity when it was opened, and is a new
        one now. Raises HistoryError if the file cannot be written, or if a process with another identity has filled it
        since; nothing is changed then.
        """
        with self._in_transaction() as writer:
            self._require_own(writer, self._identity)
            yield writer

    @contextmanager
    def _in_transaction(self) -> Iterator[sqlite3.Connection]:
        with self._explained(sqlite3.Error, OSError), self._lock if self.path is None else nullcontext():
            writer = self._current_writer()
            with transaction(writer):
                yield writer

    def _require_own(self, writer: sqlite3.Connection, identity: Mapping[str, str]) -> None:
        if difference := _difference(_identity_of(writer), identity):
            raise HistoryError(
                f"another process uses {self.path}: {difference}. End one of the two, or set FIRSTSEEN_HISTORY for it"
            )

    def ask(self, question: Question[Answer]) -> Answer:
        """Return the answer to a question. Raises HistoryError if the file cannot be read."""
        with self._explained(sqlite3.Error):
            return self.read(question)

    def read(self, question: Question[Answer]) -> Answer:
        """Return the answer to a question. Raises sqlite3.Error for a mistake in it, too."""
        try:
            with self._reading() as connection:
                return question(connection)
        except sqlite3.Error as error:
            if self.path and is_damage(error):
                raise self._damage(self.path, error) from error
            raise

    def require(self, identity: Mapping[str, str]) -> None:
        """Add to the identity, and empty the tables if their rows depend on something else. Raises HistoryError."""
        with self._in_transaction() as writer:
            self._require_own(writer, {key: self._identity[key] for key in self._identity.keys() - identity})
            self._identity |= identity
            if difference := _difference(_identity_of(writer), self._identity):
                self._empty(writer, difference)
            _write_identity(writer, self._identity)

    def empty(self, why: str) -> None:
        """Empty all tables, so that the next transactions fill them again."""
        with self.writing() as connection:
            self._empty(connection, why)

    def discard_if_damaged(self) -> None:
        """Delete a file that is damaged, so that the next process fills a new one."""
        if self.path and self._damaged and self._is_still_there(DatabaseFiles.at(self.path)):
            self._delete(self.path)

    def close(self) -> None:
        """Close all connections that no question uses at the moment."""
        with self._lock:
            readers, self._readers = self._readers, []
            writer, self._writer = self._writer, None
        for connection in (*(reader for _, reader in readers), *([writer] if writer else [])):
            connection.close()

    def _current_writer(self) -> sqlite3.Connection:
        """Return the writer's connection; open the file if it is not open, or not the one that was opened."""
        if self.path is None:
            assert self._writer is not None
            return self._writer
        found = DatabaseFiles.at(self.path)
        if self._writer is None or self._damaged or found != self._files:
            if (self._damaged and self._is_still_there(found)) or self._is_mixed_with(found):
                self._delete(self.path)
            elif self._writer is not None:
                log.warning("%s was deleted or replaced: it is filled again.", self.path)
            self.close()
            self._damaged = False
            try:
                self._writer = self._opened(self.path)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._delete(self.path)
                self._writer = self._opened(self.path)
        return self._writer

    def _is_still_there(self, found: DatabaseFiles) -> bool:
        """Whether no other process has replaced the database since it was opened. True if it has not been opened."""
        return self._files is None or self._files.database == found.database

    def _is_mixed_with(self, found: DatabaseFiles) -> bool:
        return self._writer is not None and self._files is not None and self._files.are_mixed_with(found)

    def _delete(self, path: Path) -> None:
        log.warning("%s is damaged: it is deleted and filled again.", path)
        delete_files(path)

    def _opened(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._files = before = DatabaseFiles.at(path)
        if before.database is None:
            delete_files(path)  # a log that was left behind would be taken for that of the new database
        writer = _connected(str(path), _WRITER_CACHE_KIB)
        try:
            writer.execute("pragma journal_mode = wal")
            writer.execute("pragma synchronous = normal")
            writer.execute(f"pragma journal_size_limit = {_LOG_KEPT_BYTES}")
            with transaction(writer):
                known = _identity_of(writer)
                if not known:
                    _create_tables(writer)
                    _write_identity(writer, {**self._identity, FILLING: "yes"})
                elif difference := _difference(known, self._identity):
                    self._empty(writer, difference)
            self._files = DatabaseFiles.at(path)
            require_log(before, self._files)
        except BaseException:
            writer.close()
            raise
        return writer

    def _empty(self, connection: sqlite3.Connection, why: str) -> None:
        """Replace the tables within the file: other processes that have it open see either the old or the new ones."""
        log.warning("%s is emptied and filled again: %s.", self.path or "The database in memory", why)
        kept = "name not like 'sqlite_%' and type in ('view', 'table')"
        found = connection.execute(f"select type, name from sqlite_schema where {kept} order by type desc").fetchall()  # noqa: S608
        for kind, name in found:
            connection.execute(f'drop {kind} "{name}"')
        _create_tables(connection)
        _write_identity(connection, {**self._identity, FILLING: "yes"})

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self.path is None:
            assert self._writer is not None
            with self._lock:
                yield self._writer
            return
        path, is_usable = self.path, True
        file, connection = self._reader(path)
        try:
            with transaction(connection, "deferred"):
                if difference := _difference(_identity_of(connection), self._identity):
                    raise HistoryError(f"{path} cannot be used before it is filled again: {difference}")
                yield connection
        except sqlite3.Error:
            is_usable = False
            raise
        finally:
            with self._lock:
                if is_usable := is_usable and len(self._readers) < _READERS_KEPT:
                    self._readers.append((file, connection))
            if not is_usable:
                connection.close()

    def _reader(self, path: Path) -> tuple[DatabaseFiles, sqlite3.Connection]:
        found = DatabaseFiles.at(path)
        if found.database is None:
            raise HistoryError(f"{path} does not exist yet; retry in a few seconds")
        if self._is_mixed_with(found):
            raise HistoryError(f"{path} or its log was deleted or replaced; retry when it is filled again")
        while True:
            with self._lock:
                opened, connection = self._readers.pop() if self._readers else (None, None)
            if connection is None:
                break
            if opened == found:
                return found, connection
            connection.close()
        connection = open_to_read(path)
        try:
            _identity_of(connection)  # opens the log
            require_log(found, opened := DatabaseFiles.at(path))
        except BaseException:
            connection.close()
            raise
        return opened._replace(database=found.database), connection

    def _damage(self, path: Path, error: Exception) -> HistoryError:
        self._damaged = True
        return HistoryError(f"{path} is damaged ({error}); retry when it is filled again")

    @contextmanager
    def _explained(self, *kinds: type[Exception]) -> Iterator[None]:
        """Raise what SQLite reports as HistoryError, and remember that a damaged file has to be replaced."""
        try:
            yield
        except kinds as error:
            if isinstance(error, HistoryError):
                raise
            if self.path and is_damage(error):
                raise self._damage(self.path, error) from error
            raise HistoryError(_in_words(error, self.path)) from error


def require_filled(connection: sqlite3.Connection) -> None:
    """Raise HistoryError while the tables are filled from the beginning."""
    if connection.execute("select * from identity where key = ?", (FILLING,)).fetchone():
        raise HistoryError("the history database is being filled from Kafka's topics; retry in a few seconds")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file for queries only. Raises sqlite3.Error."""
    connection = _connected(f"file:{quote(str(path))}?mode=ro", _READER_CACHE_KIB, uri=True)
    connection.execute("pragma query_only = on")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "immediate") -> Iterator[None]:
    """Run a transaction, which is rolled back if an error is raised in it. ``deferred``: only for reading."""
    connection.execute(f"begin {kind}")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("rollback")
        raise


def _connected(database: str, cache_kib: int, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database, uri=uri, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
    )
    connection.execute(f"pragma cache_size = -{cache_kib}")
    return connection


@cache
def _schema() -> str:
    return (files("history") / "schema.sql").read_text(encoding="utf-8")


@cache
def _empty_database() -> bytes:
    """Return a database without rows, which is copied twenty times as fast as it is created."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _create_tables(connection)
        return connection.serialize()


def _create_tables(connection: sqlite3.Connection) -> None:
    statement = ""
    for line in _schema().splitlines(keepends=True):  # executescript() would commit
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    named = ((country.code, country.name, country.region) for country in countries().values())
    connection.executemany("insert into country values (?, ?, ?)", named)


def _identity_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what the rows of a file depend on; empty for a new file."""
    tables = {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}
    if not tables:
        return {}
    return dict(connection.execute("select * from identity")) if "identity" in tables else {"schema": "none"}


def _difference(known: Mapping[str, str], identity: Mapping[str, str]) -> str | None:
    """Return why the rows of a file are not those of an identity; None if they are."""
    if not known:
        return "it is new"
    if known.get("schema") != identity["schema"]:
        return "another version of Firstseen made it"
    differing = [key for key, value in identity.items() if known.get(key, value) != value]
    if not differing:
        return None
    if differing[0].startswith("topic "):
        return "the topics in Kafka were recreated"
    return f"it was filled with another {differing[0]}"


def _write_identity(connection: sqlite3.Connection, identity: Mapping[str, str]) -> None:
    # The name of the fill changes whenever the tables are filled from the beginning: numbers of rows differ then.
    rows = {"fill": os.urandom(4).hex(), **_identity_of(connection), **identity}
    connection.executemany("insert or replace into identity values (?, ?)", rows.items())


def instant_text(instant: datetime) -> str:
    """Return an instant as the tables hold it, in UTC: such texts sort by time."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def end_of_day(day: date) -> str:
    """Return the first instant after a day, UTC, as text: what arrived by the end of the day is known then."""
    return f"{day + timedelta(1)} 00:00:00.000000" if day < date.max else END_OF_TIME


def instant_of(text: str) -> datetime:
    """Return the instant of a text in the tables."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _in_words(error: Exception, path: Path | None) -> str:
    if "disk is full" in str(error):
        return f"the disk is full: {path} cannot be written. Free some space"
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_WRITE:
        return f"{path} cannot be written: the disk is full, or no file may grow further. Free some space"
    return f"{path or 'the database in memory'} cannot be used ({error}). Check its folder and permissions"
