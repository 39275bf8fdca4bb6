"""The bare SQL of a run: its statements written down as they went, and done again with nothing but the driver.

The same statements with the same values, on a copy of the same rows, in the same transactions: what is left out is
this project's code and SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection

from scheduler.storage.database import make_engine

Step = Callable[[PoolProxiedConnection], None]
"""One thing to do with a connection of the driver."""
_Values = Sequence[object] | Mapping[str, object]


@dataclass(slots=True)
class Recording:
    """What a run asked of the database, in order."""

    steps: list[Step] = field(default_factory=list)
    turns: int = 0
    """Commits that stored intents."""
    warm_steps: int = 0
    """How many of the steps only warmed up; replaying them isn't timed either."""
    _stores_intents: bool = False

    def listen(self, engine: Engine) -> None:
        """Write down all that goes over this engine from now on. One thread may use it."""
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._commit)

    def ended(self, engine: Engine) -> None:
        """Write down no more of it."""
        event.remove(engine, "before_cursor_execute", self._statement)
        event.remove(engine, "commit", self._commit)

    def warmed_up(self) -> None:
        """What counts begins here."""
        self.warm_steps = len(self.steps)
        self.turns = 0

    def _statement(self, _: Connection, __: DBAPICursor, sql: str, values: _Values, ___: object, many: bool) -> None:  # noqa: FBT001  SQLAlchemy's own hook
        self.steps.append(_Many(sql, values) if many else _One(sql, values))
        self._stores_intents |= "INSERT INTO attempts" in sql

    def _commit(self, _: Connection) -> None:
        self.steps.append(_commit)
        self.turns += self._stores_intents
        self._stores_intents = False


@dataclass(frozen=True, slots=True)
class _One:
    sql: str
    values: Any

    def __call__(self, connection: PoolProxiedConnection) -> None:
        cursor = connection.cursor()
        cursor.execute(self.sql, self.values)
        if cursor.description:
            cursor.fetchall()
        cursor.close()


@dataclass(frozen=True, slots=True)
class _Many:
    sql: str
    values: Any

    def __call__(self, connection: PoolProxiedConnection) -> None:
        cursor = connection.cursor()
        cursor.executemany(self.sql, self.values)
        cursor.close()


def _commit(connection: PoolProxiedConnection) -> None:
    connection.commit()


def replay(recording: Recording, url: str) -> float:
    """Seconds that the driver alone takes for what was recorded, over one connection."""
    engine = make_engine(url, pool_size=1)
    connection = engine.raw_connection()  # the driver's own, with this product's pragmas
    for step in recording.steps[: recording.warm_steps]:
        step(connection)
    start = perf_counter()
    for step in recording.steps[recording.warm_steps :]:
        step(connection)
    seconds = perf_counter() - start
    connection.close()
    engine.dispose()
    return seconds
