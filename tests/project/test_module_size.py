from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 50
# Names that say nothing of what is inside, so that everything ends up there.
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "common", "core", "base", "misc", "constants", "manager"}


def modules() -> Iterator[Path]:
    for folder in ("scheduler", "tests", "scripts", "benchmarks"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            if "migrations" not in path.parts:  # a migration is as long as the change it makes
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_a_module_can_be_read_in_one_sitting() -> None:
    sizes = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in modules()}

    assert {name: lines for name, lines in sizes.items() if lines > LINES_OF_A_MODULE} == {}


def test_a_function_can_be_read_at_a_glance() -> None:
    sizes = {
        f"{path.relative_to(CHECKOUT)}:{function.lineno} {function.name}": lines_of(function)
        for path in modules()
        for function in functions(path)
    }

    assert {name: lines for name, lines in sizes.items() if lines > LINES_OF_A_FUNCTION} == {}


def test_a_module_is_named_for_what_it_holds() -> None:
    named = [str(path.relative_to(CHECKOUT)) for path in modules() if path.stem in NAMES_THAT_SAY_NOTHING]

    assert named == []
