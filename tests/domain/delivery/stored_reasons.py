"""Every reason that the program's own source stores with a reminder's status, read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from scheduler.domain.delivery.gate import Because
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.reach import NoReach

_SOURCE = Path(__file__).parents[3] / "scheduler"
_MOVERS = frozenset({"move", "settle_claim", "cancel", "Next"})
_FOLDERS = ("services", "storage", "domain/delivery")
_STATUSES = frozenset(status.name for status in Status)


@cache
def stored_reasons() -> frozenset[str]:
    """Whole reasons, and the beginnings of those that end in a provider's code."""
    files = (file for folder in _FOLDERS for file in (_SOURCE / folder).glob("*.py"))
    found = frozenset(reason for file in files for reason in _of_module(ast.parse(file.read_text())))
    return found | {because.value for because in Because} | {no.value for no in NoReach}


def _of_module(module: ast.Module) -> Iterator[str]:
    named = {
        _name(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign) and node.targets
    }
    for node in ast.walk(module):
        for value in _values(node):
            yield from _text(named.get(_name(value), value))


def _values(node: ast.AST) -> Iterator[ast.expr]:
    """What is stored as a reason: handed to what moves a reminder, or given with the status to move it to."""
    if isinstance(node, ast.Call) and _name(node.func) == "_again":
        yield node.args[1]
    elif isinstance(node, ast.Call):
        names = {"status_reason"} | ({"reason"} if _name(node.func) in _MOVERS else set())
        yield from (word.value for word in node.keywords if word.arg in names)
    elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and _name(node.elts[0]) in _STATUSES:
        yield node.elts[1]
    elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "reason":
        yield from (part for part in ast.walk(node.value) if isinstance(part, ast.JoinedStr))


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
