"""Breaks `scheduler/domain/care` on purpose, one small change at a time, and sees whether its tests notice.

`python -m scripts.mutants` tries a sample; `--module limits` only modules of that name, `--count 0` all of it, and
`--only limits.py:17` one again, as the line of a survivor names it. Nothing is changed but in a copy of the checkout.
The sample depends on the code alone: the place of a mutant in the order is a digest of its name.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import cache_from_source
from itertools import count, islice
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
MUTATED = Path("scheduler/domain/care")
TESTS = Path("tests/domain/care")
_COPIED = ("scheduler", "tests", "config", "pyproject.toml")
_SAMPLE = 160
_SLOW = {"test_promises.py", "test_promises_together.py", "test_slow_planner.py"}
_LONGEST = 300
"""Seconds after which tests that don't end count as failed."""
_OTHER_SIGNS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
_OTHER_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One way to break a line, of a tree that is changed in place."""

    line: int
    words: str
    make: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A module with one change."""

    path: Path
    """From the checkout on."""
    place: int
    """Among all changes of the module."""
    line: int
    words: str
    source: str

    @property
    def name(self) -> str:
        """As `--only` takes it."""
        return f"{self.path.relative_to(MUTATED)}:{self.place}"

    @property
    def turn(self) -> str:
        """Its place in the order of the sample."""
        return hashlib.sha256(f"{self.name} {self.words}".encode()).hexdigest()


def mutants(path: Path, text: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    for place in count():
        tree = ast.parse(text)
        change = next(islice(_changes(tree), place, None), None)
        if change is None:
            return
        change.make()
        yield Mutant(path=path, place=place, line=change.line, words=change.words, source=ast.unparse(tree))


def _changes(tree: ast.Module) -> Iterator[Change]:
    for node in _changed(tree):
        for words, make in _ways(node):
            yield Change(line=node.lineno, words=words, make=make)


def _changed(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Each expression and statement whose change can be seen: no annotation, no decorator, no default."""
    for name, field in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "defaults", "kw_defaults"}:
            continue
        for node in field if isinstance(field, list) else [field]:
            if isinstance(node, ast.expr | ast.stmt):
                yield node
            if isinstance(node, ast.AST):
                yield from _changed(node)


def _ways(node: ast.expr | ast.stmt) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be done to a node itself, in words, and how."""
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in _OTHER_SIGNS[type(op)]:
                    yield f"{_sign(op)} to {other.__name__}", partial(ops.__setitem__, place, other())
        case ast.BoolOp(op=op) | ast.BinOp(op=op):
            for other in _OTHER_SIGNS.get(type(op), ()):
                yield f"{_sign(op)} to {other.__name__}", partial(setattr, node, "op", other())
        case ast.Constant(value=bool() | int() as value):
            for new in (not value,) if isinstance(value, bool) else (value + 1, value - 1):
                yield f"{value} to {new}", partial(setattr, node, "value", new)
        case _:
            yield from _other_ways(node)


def _other_ways(node: ast.expr | ast.stmt) -> Iterator[tuple[str, Callable[[], None]]]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "without its not", partial(setattr, node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.Call(func=ast.Name(id=name) as called) if name in _OTHER_CALLS:
            yield f"{name} to {_OTHER_CALLS[name]}", partial(setattr, called, "id", _OTHER_CALLS[name])
        case ast.If() | ast.IfExp():
            for truth in (True, False):
                yield f"if {truth}", partial(setattr, node, "test", ast.Constant(truth))
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            for part in node.generators:
                if part.ifs:
                    yield "without its if", partial(setattr, part, "ifs", [])


def _sign(op: ast.AST) -> str:
    return type(op).__name__


def survives(mutant: Mutant | None, folder: Path) -> bool:
    """Whether all tests pass in the copy in `folder` with the change in its place; None changes nothing."""
    path = folder / mutant.path if mutant else None
    before = path.read_text() if path else ""
    if path and mutant:
        _put(path, mutant.source)
    try:
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *_tests(mutant, folder)],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        if path:
            _put(path, before)
    return said.returncode == 0


def _put(path: Path, source: str) -> None:
    path.write_text(source)
    Path(cache_from_source(str(path))).unlink(missing_ok=True)  # it is trusted within the same second


def _tests(mutant: Mutant | None, folder: Path) -> list[str]:
    """All tests, those of the module itself first, and properties of whole plans last, as they take seconds."""
    own = f"test_{mutant.path.name}" if mutant else ""
    files = [path.relative_to(folder) for path in (folder / TESTS).rglob("test_*.py")]
    return [str(path) for path in sorted(files, key=lambda one: (one.name in _SLOW, one.name != own, one))]


def chosen(args: argparse.Namespace) -> tuple[list[Mutant], int]:
    """The mutants to try, and out of how many."""
    paths = sorted((CHECKOUT / MUTATED).rglob(f"{args.module or '*'}.py"))
    found = [one for path in paths for one in mutants(path.relative_to(CHECKOUT), path.read_text())]
    if args.only:
        return [one for one in found if one.name in args.only], len(found)
    found.sort(key=lambda one: one.turn)
    return found[: args.count or None], len(found)


def main(options: Sequence[str]) -> int:
    """The exit status: 0 where all were killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=_SAMPLE)
    parser.add_argument("--module")
    parser.add_argument("--only", nargs="+")
    tried, among = chosen(parser.parse_args(options))
    started, survivors = time.monotonic(), 0
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for name in _COPIED:
            _copy(CHECKOUT / name, Path(folder) / name)
        if not survives(None, Path(folder)):
            print("The tests fail without any change: mend them first.", file=sys.stderr)
            return 2
        for place, mutant in enumerate(tried):
            if place % 20 == 0:
                print(f"{place} of {len(tried)} tried", file=sys.stderr)
            if survives(mutant, Path(folder)):
                survivors += 1
                print(f"survived: {mutant.name}, line {mutant.line}: {mutant.words}", flush=True)
    share = 100 * (len(tried) - survivors) / max(len(tried), 1)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(tried) - survivors} of {len(tried)} killed ({share:.0f} %), out of {among}, in {minutes:.0f} minutes")
    return 1 if survivors else 0


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
