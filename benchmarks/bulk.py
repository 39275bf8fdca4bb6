"""Filling tables with many rows quickly: straight into SQLite, and by COPY into PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from enum import Enum
from itertools import islice
from typing import Any

from sqlalchemy import Engine, text

_CHUNK = 20_000
_QUICKLY = ("journal_mode=OFF", "foreign_keys=OFF", "synchronous=OFF", "cache_size=-262144")
"""Of a connection that only fills."""
Row = Mapping[str, Any]


def insert_all(engine: Engine, table: str, rows: Iterable[Row]) -> int:
    """Store rows that all have the same columns, JSON as text, in one transaction; how many."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        return 0
    columns = tuple(first)
    stored = _copy if engine.dialect.name == "postgresql" else _execute
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            for pragma in _QUICKLY:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute("BEGIN")
        count = stored(cursor, table, columns, _values([first], columns), _values(left, columns))
        if engine.dialect.name == "sqlite":
            cursor.execute("COMMIT")
            cursor.execute("PRAGMA journal_mode=WAL")
        else:
            connection.commit()
        return count
    finally:
        connection.close()
        engine.dispose()  # the next connection minds everything again


def analyse(engine: Engine) -> None:
    """What a PostgreSQL server in service does by itself after so many rows; SQLite does nothing of the kind."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


Values = Iterator[tuple[Any, ...]]


def _values(rows: Iterable[Row], columns: Sequence[str]) -> Values:
    return (tuple(row[column] for column in columns) for row in rows)


def _execute(cursor: Any, table: str, columns: Sequence[str], *parts: Values) -> int:  # noqa: ANN401  the driver's own
    marks = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  names of our tables
    count = 0
    for part in parts:
        while chunk := [tuple(_for_sqlite(value) for value in row) for row in islice(part, _CHUNK)]:
            cursor.executemany(statement, chunk)
            count += len(chunk)
    return count


def _copy(cursor: Any, table: str, columns: Sequence[str], *parts: Values) -> int:  # noqa: ANN401  the driver's own
    count = 0
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for part in parts:
            for row in part:
                copy.write_row([_for_postgresql(value) for value in row])
                count += 1
    return count


def _for_sqlite(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, time):
        return value.isoformat("microseconds")
    return value.isoformat() if isinstance(value, date) else _for_postgresql(value)


def _for_postgresql(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    return value.value if isinstance(value, Enum) else value
