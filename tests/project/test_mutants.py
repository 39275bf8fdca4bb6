from __future__ import annotations

import ast

from scripts.mutants import MUTATED, mutants

CODE = '''\
"""Not this: 1 < 2."""

MOST: int | None = 2


def fits(sizes: list[int | None], *, most: int = 3) -> bool:
    if not sizes or max(sizes) >= MOST:
        return False
    return sum(size for size in sizes if size is not None) < most + 1
'''


def test_each_mutant_is_one_change_of_what_runs() -> None:
    found = list(mutants(MUTATED / "fits.py", CODE))

    assert [(one.line, one.words) for one in found] == [
        (3, "2 to 3"),
        (3, "2 to 1"),
        (7, "if True"),
        (7, "if False"),
        (7, "Or to And"),
        (7, "without its not"),
        (7, "GtE to Gt"),
        (7, "GtE to Lt"),
        (7, "max to min"),
        (8, "False to True"),
        (9, "Lt to LtE"),
        (9, "Lt to GtE"),
        (9, "without its if"),
        (9, "IsNot to Is"),
        (9, "Add to Sub"),
        (9, "1 to 2"),
        (9, "1 to 0"),
    ]
    assert len({one.name for one in found}) == len({one.source for one in found}) == len(found)
    assert all(ast.unparse(ast.parse(CODE)) != one.source for one in found)
