"""Makes and drops databases on a running PostgreSQL server."""

from __future__ import annotations

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url


def create_database(server_url: str, name: str, *, template: str = "template1") -> str:
    """The SQLAlchemy URL of a new database: a copy of `template`, to which nobody may be connected."""
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    _execute(server_url, copy)
    return _text(make_url(server_url).set(drivername="postgresql+psycopg", database=name))


def drop_database(server_url: str, name: str) -> None:
    """Removes the database, whoever is connected to it."""
    _execute(server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def server_version(server_url: str) -> str | None:
    """The version of a running server, like `17.10`; None if it doesn't let us in."""
    try:
        with psycopg.connect(_libpq(server_url)) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError:
        return None
    return f"{number // 10000}.{number % 10000}"


def _execute(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(_libpq(server_url), autocommit=True) as connection:
        connection.execute(statement)


def _libpq(server_url: str) -> str:
    return _text(make_url(server_url).set(drivername="postgresql"))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
