"""What SQLite's planner is told of the indexes that begin with the clinic, which by itself it takes for selective.

Every query names the clinic, and a store may hold one alone. Without statistics SQLite would rather read all that a
clinic has than look a few patients up. Figures of a real store (`ANALYZE`) would be those of its first days for good;
these are a large one's from the start. PostgreSQL keeps its own.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_ROWS = 10_000_000_000
"""More than there will be: of a table that seems smaller than a join, SQLite would make filters by reading it all."""
_ALIKE = 10
"""Rows that are equal in all but the last column of an index that isn't unique."""


def pin_statistics(connection: Connection) -> None:
    """Tell SQLite that all rows of a table may belong to one clinic; connections opened from then on know it."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE alembic_version")  # makes the table that holds them
    indexes = connection.execute(text("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'")).all()
    for name, table in indexes:
        columns = connection.execute(text("SELECT name FROM pragma_index_info(:name)"), {"name": name}).scalars().all()
        if columns[0] == "clinic_id" and len(columns) > 1:
            unique = connection.execute(_UNIQUE, {"table": table, "name": name}).scalar_one()
            figures = " ".join(map(str, _figures(len(columns), unique=bool(unique))))
            connection.execute(_FORGET, {"name": name})
            connection.execute(_PIN, {"table": table, "name": name, "figures": figures})


_UNIQUE = text('SELECT "unique" FROM pragma_index_list(:table) WHERE name = :name')
_FORGET = text("DELETE FROM sqlite_stat1 WHERE idx = :name")
_PIN = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :name, :figures)")


def _figures(columns: int, *, unique: bool) -> list[int]:
    """Rows in all, then rows that are alike in the first column, in the first two, and so on."""
    return [_ROWS, _ROWS, *[_ALIKE] * (columns - 2), 1 if unique else _ALIKE]
