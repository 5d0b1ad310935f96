from history.database import create


def test_a_database_is_created_in_a_file_and_in_memory(tmp_path):
    for path in (tmp_path / "history.sqlite", None):
        connection = create(path)
        tables = {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}
        assert {"sighting_version", "group_version", "run_version", "input_position"} <= tables
        connection.close()
