"""Reading the tables of one file: typed access by key, and a problem for everything that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

from scheduler.catalog import scalars
from scheduler.catalog.scalars import Mistake, Reader, no_such, type_name
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.naming import labels, quoted

T = TypeVar("T")
FORMAT = 1
_MOST_PROBLEMS = 100


class Problems:
    """What is wrong with one file, gathered while the reading goes on."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Problem] = []

    def add(self, where: str, message: str) -> None:
        """One more; after a hundred, which nobody reads, Invalid is raised at once."""
        self._found.append(Problem(f"{self.file}: {where}" if where else self.file, message))
        if len(self._found) == _MOST_PROBLEMS:
            self._found.append(Problem(self.file, "has more problems than these; mend these first"))
            self.stop()

    def stop(self) -> None:
        """Nothing, if nothing is wrong. Raises Invalid with all problems otherwise."""
        if self._found:
            raise Invalid(*self._found)


class Table:
    """One table of a file. Reading never stops at a problem: what can't be read is None."""

    def __init__(
        self,
        values: Mapping[str, object],
        problems: Problems,
        *,
        label: str = "",
        prefix: str = "",
        mistakes: list[str] | None = None,
    ) -> None:
        self._values = values
        self._problems = problems
        self._label = label
        """The rule that the table belongs to, such as `reminder "no-actives"`."""
        self._prefix = prefix
        """The way from the rule to this table, such as `send.`."""
        self._asked: list[str] = []
        self._mistakes = [] if mistakes is None else mistakes
        """Shared by all tables of a rule."""

    def problem(self, key: str, message: str) -> None:
        """Something is wrong with the key; the empty key means the table as a whole."""
        where = f"{self._prefix}{key}".removesuffix("." if not key else "")
        self._problems.add(": ".join(part for part in (self._label, where) if part), message)
        self._mistakes.append(key)

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong so far with the rule that the table belongs to."""
        return not self._mistakes

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that stand in the table, in order."""
        return tuple(self._values)

    def raw(self, key: str) -> object:
        """The value as it stands; None if there is none."""
        self._asked.append(key)
        return self._values.get(key)

    def get(self, key: str, read: Reader[T]) -> T | None:
        """The value as `read` makes it; None if the key is missing or can't be read."""
        value = self.raw(key)
        if value is None:
            return None
        return self.check(key, read, value)

    def check(self, key: str, read: Reader[T], value: object) -> T | None:
        """The value as `read` makes it; None, with a problem of the key, if it can't be read."""
        try:
            return read(value)
        except Mistake as reason:
            self.problem(key, str(reason))
            return None

    def need(self, key: str, read: Reader[T], *, example: str) -> T | None:
        """As `get`; a missing key is a problem, and the example shows what to write."""
        self._require(key, example)
        return self.get(key, read)

    def some(self, key: str, read: Reader[T]) -> tuple[T, ...] | None:
        """Each value of the list under the key, without repeats; a value by itself is a list of one."""
        value = self.raw(key)
        if value is None:
            return None
        if value == []:
            self.problem(key, "is an empty list; name at least one or leave the key out")
        items = value if isinstance(value, list) else [value]
        found = [read_item for item in items if (read_item := self.check(key, read, item)) is not None]
        for item, times in Counter(found).items():
            if times > 1:
                self.problem(key, f"names {quoted(str(item))} more than once; keep one")
        return tuple(found)

    def inner(self, key: str, *, example: str, required: bool = False) -> Table | None:
        """The table under the key; None if the key is missing or something else."""
        if required:
            self._require(key, example)
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problem(key, f"must be a table, such as {key} = {example}, not {type_name(value)}")
            return None
        return self._child(value, key)

    def alternatives(self, key: str) -> list[Table]:
        """The tables in the list under the key."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.problem(key, f"must be a list of tables, such as {key} = [ {{ … }}, {{ … }} ]")
            return []
        return [self._child(item, f"{key}.{place}") for place, item in enumerate(value, 1)]

    def named(self, key: str, noun: str) -> Iterator[tuple[str, Table]]:
        """Each `[key.id]` with its id; an id that can't be one is a problem."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, dict):
            self.problem(key, f"must be tables; write [{key}.id] for each {noun}")
            return
        for name, inner in value.items():
            if not isinstance(inner, dict):
                self.problem(f"{key}.{name}", f"must be a table; write [{key}.{name}]")
                continue
            table = Table(inner, self._problems, label=f"{noun} {quoted(name)}")
            table.check("", scalars.identifier, name)
            yield name, table

    def rules(self, key: str, name: str) -> list[Table]:
        """Each `[[key]]`, labelled with what stands under `name` in it; a repeat also with its count."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(key, f"must be tables; write [[{key}]] in double brackets before each")
            return []
        called = labels((item.get(name) for item in value), noun=key)
        return [Table(item, self._problems, label=label) for item, label in zip(value, called, strict=True)]

    def close(self, noun: str = "key") -> None:
        """A problem for each key that nothing asked for."""
        asked = dict.fromkeys(self._asked)
        for key in self._values:
            if key not in asked:
                self.problem(key, no_such(noun, key, asked))

    def check_format(self) -> None:
        """A problem if the file says that it is of another format than the one read here."""
        found = self.raw("format")
        if found is not None and (found != FORMAT or isinstance(found, bool)):
            self.problem("format", f"must be {FORMAT}; this version reads no other")

    def _require(self, key: str, example: str) -> None:
        if key not in self._values:
            self.problem(key, f"is missing; write one, such as {key} = {example}")

    def _child(self, values: Mapping[str, object], key: str) -> Table:
        prefix = f"{self._prefix}{key}."
        return Table(values, self._problems, label=self._label, prefix=prefix, mistakes=self._mistakes)
