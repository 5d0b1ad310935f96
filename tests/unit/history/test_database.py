"""The file of the read model: whatever is wrong with it, it is said in one sentence and filled again."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from history.database import History, HistoryError, create, open_to_read, version_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "history.sqlite"


def put(history: History, *names: str) -> None:
    with history.writing() as connection:
        connection.executemany("insert into written_name values (?, ?, '')", ((name, name) for name in names))


def names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("select name from written_name order by name")]


def test_a_database_is_created_in_a_file_and_in_memory(path: Path) -> None:
    for database in (create(), History(path, {})):
        if isinstance(database, History):
            put(database)
            connection = open_to_read(path)
        else:
            connection = database
        tables = {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}
        assert {"sighting_version", "group_version", "run_version", "input_position"} <= tables
        assert connection.execute("select name from country where code = 'ML'").fetchone() == ("Mali",)
        connection.close()
        if isinstance(database, History):
            database.close()


def test_other_words_in_a_comment_are_no_other_version_of_the_tables() -> None:
    table = "create table a (\n    b text,  -- {}\n    {} integer\n);\n"
    assert version_of(table.format("a day", "c")) == version_of(table.format("the first day", "c"))
    assert version_of(table.format("a day", "c")) != version_of(table.format("a day", "d"))


def test_rows_stay_for_the_next_process_of_the_same_identity(path: Path) -> None:
    for expected in ([], ["a"]):
        history = History(path, {"prefix": "x"})
        with history.writing() as connection:
            assert names(connection) == expected
            connection.execute("insert or replace into written_name values ('a', 'a', '')")
        history.require({"topic evidence": "id 1"})
        assert history.ask(names) == ["a"]
        history.close()


@pytest.mark.parametrize("identity", [{"prefix": "y"}, {"prefix": "x", "topic evidence": "id 2"}])
def test_a_file_of_another_identity_is_filled_again(
    path: Path, identity: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    history = History(path, {"prefix": "x", "topic evidence": "id 1"})
    put(history, "a")
    history.close()
    other = History(path, {"prefix": identity["prefix"]})
    other.require(identity)
    assert other.ask(names) == []
    assert "filled again" in caplog.text
    assert len(caplog.records) == 1
    other.close()


@pytest.mark.parametrize(
    "content", [b"no database at all, but a text that is longer than the header of a file\n" * 50, None]
)
def test_a_file_that_is_damaged_or_of_another_program_is_filled_again(
    path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    if content:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("create table something (x)")
        connection.close()
    history = History(path, {})
    put(history, "a")
    assert history.ask(names) == ["a"]
    assert "filled again" in caplog.text
    history.close()


def test_damage_that_a_reader_finds_is_repaired_by_the_next_writer(path: Path) -> None:
    history = History(path, {})
    put(history, *(f"name {number}" for number in range(2_000)))
    history.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 2))
    with pytest.raises(HistoryError, match="damaged"):
        history.ask(names)
    put(history, "a")
    assert history.ask(names) == ["a"]
    history.close()


def test_a_file_that_is_deleted_under_way_is_made_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    history = History(path, {})
    put(history, "a")
    assert history.ask(names) == ["a"]
    for file in path.parent.iterdir():
        file.unlink()
    with pytest.raises(HistoryError, match="does not exist"):
        history.ask(names)
    put(history, "b")
    assert history.ask(names) == ["b"]
    assert "was deleted or replaced" in caplog.text
    history.close()


@pytest.mark.parametrize("deleted", [["-wal"], ["-shm"], ["-wal", "-shm"], [""]])
def test_a_part_of_the_database_that_is_deleted_under_way_is_noticed_by_all_processes(
    path: Path, deleted: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = History(path, {}), History(path, {})
    put(first, "a")
    put(second, "b")
    assert first.ask(names) == second.ask(names) == ["a", "b"]
    for suffix in deleted:
        Path(f"{path}{suffix}").unlink()
    for history in (first, second):
        with pytest.raises(HistoryError, match="deleted or replaced|does not exist"):
            history.ask(names)
    put(first, "c")
    put(second, "d")
    assert first.ask(names) == second.ask(names) == ["c", "d"]
    assert "filled again" in caplog.text
    first.close()
    second.close()
    assert names(open_to_read(path)) == ["c", "d"]


def test_a_copy_that_replaces_the_database_is_not_read_with_the_log_of_the_other(path: Path) -> None:
    history = History(path, {})
    put(history, "a")
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    with pytest.raises(HistoryError, match="deleted or replaced"):
        history.ask(names)
    put(history, "b")
    assert history.ask(names) == ["b"]
    history.close()


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_log_that_is_deleted_after_a_kill_is_missed_at_the_start(path: Path, is_asked: bool) -> None:
    earlier, killed = History(path, {}), History(path, {})
    put(earlier, "a")
    earlier.close()  # moves the tables from the log to the file
    put(killed, "b")
    for suffix in ("", "-shm"):
        file = Path(f"{path}{suffix}")
        path.with_name(f"left{suffix}").write_bytes(file.read_bytes())
    killed.close()
    left = History(path.with_name("left"), {})
    if is_asked:
        with pytest.raises(HistoryError, match="log was deleted"):
            left.ask(names)
    put(left, "c")
    assert left.ask(names) == ["c"]
    left.close()


def test_a_log_that_is_cut_short_is_damage(path: Path) -> None:
    history = History(path, {})
    put(history, *(f"name {number}" for number in range(2_000)))
    os.truncate(f"{path}-wal", 20_000)
    other = History(path, {})
    with pytest.raises(HistoryError, match="damaged"):
        other.ask(names)
    put(other, "a")
    assert other.ask(names) == ["a"]
    other.close()
    put(history, "b")
    assert history.ask(names) == ["a", "b"]
    history.close()


def test_a_file_without_tables_yet_is_said_to_be_new(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"")
    history = History(path, {})
    with pytest.raises(HistoryError, match="it is new"):
        history.ask(names)
    put(history, "a")
    assert history.ask(names) == ["a"]
    history.close()


def test_a_full_disk_is_reported_and_readers_continue(path: Path) -> None:
    history = History(path, {})
    put(history, "a")
    with history.writing() as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(HistoryError, match="disk is full") as raised:
        put(history, *(f"{number:>200}" for number in range(1_000)))
    assert str(path) in str(raised.value)
    assert history.ask(names) == ["a"]
    history.close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history.sqlite", {})
    with pytest.raises(HistoryError, match="cannot be used"), history.writing():
        pass


def test_readers_do_not_wait_for_the_writer_and_see_whole_transactions(path: Path) -> None:
    history = History(path, {})
    put(history, "a")
    with history.writing() as connection:
        connection.execute("insert into written_name values ('b', 'b', '')")
        assert history.ask(names) == ["a"]
    assert history.ask(names) == ["a", "b"]
    history.close()


def test_two_processes_share_a_file_and_one_may_empty_it(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second = History(path, {}), History(path, {})
    put(first, "a")
    put(second, "b")
    assert first.ask(names) == second.ask(names) == ["a", "b"]
    with caplog.at_level(logging.WARNING):
        second.empty("the topics are others")
    put(first, "c")
    assert second.ask(names) == ["c"]
    assert "the topics are others" in caplog.text
    first.close()
    second.close()


@pytest.mark.parametrize("changed", [{"policy": "2"}, {"schema": "later"}])
def test_the_last_of_two_processes_with_unlike_rows_has_the_file(path: Path, changed: dict[str, str]) -> None:
    first = History(path, {"policy": "1"})
    put(first, "a")
    assert first.ask(names) == ["a"]
    later = History(path, {"policy": "1"})
    later._identity |= changed  # noqa: SLF001 - as another version of Firstseen has it
    put(later, "b")
    for topics in ({}, {"topic evidence": "id 1"}):
        with pytest.raises(HistoryError, match="another process uses"):
            first.require(topics)
    with pytest.raises(HistoryError, match="another process uses"):
        put(first, "c")
    with pytest.raises(HistoryError, match="cannot be used before it is filled again"):
        first.ask(names)
    assert later.ask(names) == ["b"]
    first.close()
    later.close()


def test_the_log_shrinks_after_a_question_that_let_it_grow(path: Path) -> None:
    history, log = History(path, {}), Path(f"{path}-wal")
    put(history, "a")
    with closing(open_to_read(path)) as reader:
        reader.execute("begin")
        assert names(reader) == ["a"]
        with history.writing() as connection:
            connection.execute("create table large as select zeroblob(20 * 1024 * 1024) as bytes")
        assert log.stat().st_size > 20 * 2**20
        assert names(reader) == ["a"]
    put(history, "b")
    put(history, "c")
    assert log.stat().st_size <= 16 * 2**20
    history.close()


def test_a_reader_of_the_answer_that_ends_is_no_fault_of_the_database(path: Path) -> None:
    history = History(path, {})
    put(history, "a")

    def print_to_a_closed_pipe(_: sqlite3.Connection) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        history.ask(print_to_a_closed_pipe)
    history.close()


def test_an_error_within_a_transaction_changes_nothing(path: Path) -> None:
    history = History(path, {})
    with pytest.raises(RuntimeError), history.writing() as connection:
        connection.execute("insert into written_name values ('a', 'a', '')")
        raise RuntimeError
    assert history.ask(names) == []
    history.close()


def test_no_view_uses_what_duckdb_rewrites() -> None:
    """DuckDB parses the views of an attached file, and turns count(*) into a function that SQLite does not have."""
    connection = create()
    views = dict(connection.execute("select name, sql from sqlite_schema where type = 'view'"))
    assert set(views) == {"first_seen", "episodes_now", "sightings_now"}
    assert not [name for name, sql in views.items() if "count(*)" in sql.lower()]
    connection.close()
