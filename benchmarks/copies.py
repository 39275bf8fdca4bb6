"""Stored patients many times over: a large clinic in seconds, each copy with ids of its own and the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Table, create_engine, insert, select, text

from scheduler.storage.types import Base

_COPIED = ("patients", "patient_names", "contact_points", "consents", "sessions", "reminders", "told_dates", "attempts")
"""What belongs to a patient and is read where plans are made, in the order of what points at what."""
_NAMES = ("id", "patient_id", "session_id", "reminder_id", "bundled_into", "provider_id")
"""Columns that hold the id of a copied row, and must hold that of its copy."""
_AT_ONCE = 5_000
_SPACE = UUID("6f1f2a52-6c53-4a0f-9d4e-0a8f2e9d7a11")


def multiply(url: str, times: int) -> None:
    """Let each patient of a database be there `times` times, with their sessions and reminders.

    PostgreSQL's statistics are renewed, as it does by itself soon after so many rows.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in _COPIED:
            _multiply(connection, Base.metadata.tables[name], times)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
    engine.dispose()


def _multiply(connection: Connection, table: Table, times: int) -> None:
    rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    if table.name == "reminders":
        rows.sort(key=lambda row: row["bundled_into"] is not None)  # leads first: followers point at them
    copies = (_copy(row, number) for number in range(1, times) for row in rows)
    for batch in _batches(copies):
        connection.execute(insert(table), batch)


def _copy(row: dict[str, Any], number: int) -> dict[str, Any]:
    changed = {name: str(uuid5(_SPACE, f"{row[name]}/{number}")) for name in _NAMES if row.get(name) is not None}
    return {**row, **changed}


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
