from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from scheduler.storage import schema
from scheduler.storage.database import DatabaseUnusable, make_engine
from scheduler.storage.schema import State

CONFIG = Config()
CONFIG.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> None:
    with connected(url) as connection:
        CONFIG.attributes["connection"] = connection
        command.downgrade(CONFIG, revision)


def execute(url: str, statement: str) -> None:
    with connected(url) as connection:
        connection.execute(text(statement))


def reflected(bind: Connection | Engine) -> dict[str, Any]:
    """All that a database knows of each of its tables, in an order that doesn't matter to it."""
    found = inspect(bind)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)
            },
            "primary key": found.get_pk_constraint(table),
            "foreign keys": sorted(found.get_foreign_keys(table), key=lambda key: str(key["name"])),
            "unique": sorted(found.get_unique_constraints(table), key=lambda unique: str(unique["name"])),
            "indexes": [
                (index["name"], index["column_names"], {name: str(value) for name, value in options(index).items()})
                for index in sorted(found.get_indexes(table), key=lambda index: str(index["name"]))
            ],
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def options(index: Any) -> dict[str, Any]:  # noqa: ANN401  what a dialect reflects
    return dict(index.get("dialect_options", {}))


def test_migrations_from_empty_make_the_tables_of_the_code(database_url: str) -> None:
    with connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        differences = compare_metadata(context, schema.metadata())

    assert differences == []


def test_migrated_tables_have_the_same_constraints_and_partial_indexes(database_url: str) -> None:
    with connected(database_url) as connection:
        migrated = reflected(connection)
    downgrade(database_url, "base")
    with connected(database_url) as connection:
        schema.metadata().create_all(connection)
        created = reflected(connection)

    assert migrated == created
    assert any("where" in str(options) for _, _, options in migrated["reminders"]["indexes"])


def test_the_history_of_migrations_is_one_line() -> None:
    script = ScriptDirectory.from_config(CONFIG)

    revisions = list(script.walk_revisions())

    assert len(script.get_heads()) == 1
    assert [one.down_revision for one in revisions] == [*(one.revision for one in revisions[1:]), None]


def test_migrations_go_down_to_nothing_and_up_again(database_url: str) -> None:
    with connected(database_url) as connection:
        before = reflected(connection)

    downgrade(database_url, "base")
    with connected(database_url) as connection:
        empty = reflected(connection)
    schema.migrate(database_url)

    assert empty == {}
    with connected(database_url) as connection:
        assert reflected(connection) == before


def test_migrating_again_changes_nothing(database_url: str) -> None:
    with connected(database_url) as connection:
        before = reflected(connection)

    schema.migrate(database_url)

    with connected(database_url) as connection:
        assert reflected(connection) == before
    assert schema.state(database_url) is State.CURRENT


def test_a_current_database_passes_the_check(database_url: str) -> None:
    schema.check(database_url)

    assert schema.state(database_url) is State.CURRENT


def test_an_empty_database_is_missing_its_tables(database_url: str) -> None:
    downgrade(database_url, "base")

    assert schema.state(database_url) is State.MISSING
    with pytest.raises(DatabaseUnusable, match=r"not set up yet: run aftercare migrate\."):
        schema.check(database_url)


def test_checking_a_file_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    file = tmp_path / "none.db"

    with pytest.raises(DatabaseUnusable, match=r"not set up yet: run aftercare migrate\."):
        schema.check(f"sqlite:///{file}")

    assert not file.exists()


def test_an_older_database_is_told_to_migrate_and_can_be(database_url: str) -> None:
    downgrade(database_url, "0001")

    with pytest.raises(DatabaseUnusable, match=r"from an older version: run aftercare migrate\."):
        schema.check(database_url)
    schema.migrate(database_url)

    assert schema.state(database_url) is State.CURRENT


def test_a_newer_database_is_left_alone(database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseUnusable, match=r"from a newer version of this program: install that version\."):
        schema.check(database_url)
    with pytest.raises(DatabaseUnusable, match="newer version"):
        schema.migrate(database_url)

    assert schema.state(database_url) is State.NEWER


def test_another_programs_database_is_left_alone(database_url: str) -> None:
    downgrade(database_url, "base")
    execute(database_url, "DROP TABLE alembic_version")
    execute(database_url, "CREATE TABLE notes (id integer)")

    with pytest.raises(DatabaseUnusable, match=r"tables of another program: check AFTERCARE_DATABASE_URL\."):
        schema.check(database_url)
    with pytest.raises(DatabaseUnusable, match="another program"):
        schema.migrate(database_url)

    with connected(database_url) as connection:
        assert set(reflected(connection)) == {"notes"}


def test_every_database_starts_with_the_shared_senders(database_url: str) -> None:
    with connected(database_url) as connection:
        rows = connection.execute(text("SELECT id, channel, provider, clinic_id FROM senders ORDER BY id")).all()

    assert [tuple(row) for row in rows] == [
        ("sandbox-email", "email", "sandbox", None),
        ("sandbox-sms", "sms", "sandbox", None),
        ("settings-email", "email", "settings", None),
        ("settings-sms", "sms", "settings", None),
    ]
