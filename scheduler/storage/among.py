"""A column that is one of many values, which go to the driver as one: the statement stays the same however many.

An IN with a parameter a value is another statement for each number of values: made, sent and planned anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, Dialect, SQLColumnExpression, String, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Texts(TypeDecorator[list[str]]):
    """Several texts as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401  the driver's own
        """The values as the driver takes them."""
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else json.dumps(texts)


class _Among(FunctionElement[bool]):
    """Renders as each database's own look-up of many values."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> _Among:
        """Itself: it is a comparison already, and not a value to be compared with true."""
        del against
        return self


def among(column: SQLColumnExpression[Any], texts: Collection[str]) -> _Among:
    """Whether a column of texts is one of these; an index on it is used as for one value."""
    return _Among(column, bindparam("among", texts, type_=_Texts(), unique=True))


def among_given(column: SQLColumnExpression[Any], name: str) -> _Among:
    """The same of a statement that is made once, where the texts are given by name as it is run."""
    return _Among(column, bindparam(name, type_=_Texts()))


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  SQLAlchemy's own hook
    column, texts = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(texts, **options)})"


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  SQLAlchemy's own hook
    column, texts = element.clauses
    values = f"(SELECT value FROM json_each({compiler.process(texts, **options)}))"  # noqa: S608  what SQLAlchemy made
    return f"{compiler.process(column, **options)} IN {values}"
