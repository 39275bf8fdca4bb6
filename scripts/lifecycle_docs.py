"""Makes docs/lifecycle.md from the table of moves, so that the page can't say anything else than the code does."""

from __future__ import annotations

import ast
import inspect
from enum import Enum
from itertools import pairwise

from scheduler.domain.delivery import reminders
from scheduler.domain.delivery.reminders import DONE, MOVES, OPEN, WITH_PROVIDER, Kind, Status

_HEAD = """\
# The life of a reminder

Generated from `scheduler/domain/delivery/reminders.py` by `make docs`; edit that file, not this one.

A reminder is planned once and sent at most once, except kinds that say *at least once*. It moves only along this
table; everything that writes a status goes through one function (`scheduler/storage/reminders.py: move`, and the
two compare-and-sets of `scheduler/storage/claims.py`), which refuses any other move.
"""
_RULES = """\
## What the table rests on

- **Intent before the call.** `sending` is committed, with the attempt, before the provider is called, and with no
  transaction open during the call. A crash leaves a reminder either not handed over (it goes later) or `in_doubt`
  (it may have gone, and is not called again by itself).
- **A lease covers only the wait before intent.** When it runs out, another worker may claim the reminder; since
  nothing was handed over, a lease error costs delay and never a duplicate.
- **Compare-and-set.** Intent takes only rows that are still `claimed` under the worker's own token. What a person
  skipped, moved, cancelled or voided meanwhile is not sent: until intent a person always wins.
- **Answers are recorded by attempt, not by lease.** A late one settles `in_doubt` and `unknown` too.
- **`due_at` is what was promised, `next_at` is when to try.** Retries move only `next_at`, back off with a spread,
  and end when the message is of no use any more.
"""


def pages() -> dict[str, str]:
    """The page by its path."""
    return {"docs/lifecycle.md": f"{_HEAD}\n{_kinds()}\n{_statuses()}\n{_moves()}\n{_RULES}"}


def _kinds() -> str:
    rows = [
        f"| {kind.rank} | `{kind.value}` | {'at least once' if kind.repeats_in_doubt else 'at most once'} |"
        for kind in Kind
    ]
    return "\n".join(
        ("## Kinds, most urgent first\n", "| rank | kind | texts are sent |", "| --- | --- | --- |", *rows, "")
    )


def _statuses() -> str:
    meanings = _meanings(Status)
    groups = {"open": OPEN, "on its way": WITH_PROVIDER, "done": DONE}
    rows = [
        f"| `{status.value}` | {name} | {meanings.get(status.name, '')} |"
        for status in Status
        for name, members in groups.items()
        if status in members
    ]
    return "\n".join(("## Statuses\n", "| status | group | meaning |", "| --- | --- | --- |", *rows, ""))


def _moves() -> str:
    rows = [
        f"| {before.value} | {' · '.join(f'{after.value} ({who})' for after, who in moves.items()) or '–'} |"
        for before, moves in MOVES.items()
    ]
    return "\n".join(("## Moves\n", "| from | to (who) |", "| --- | --- |", *rows, ""))


def _meanings(enum: type[Enum]) -> dict[str, str]:
    """The sentence that stands under each member in the source."""
    tree = ast.parse(inspect.getsource(reminders))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == enum.__name__)
    return {
        member.targets[0].id: words.value.value
        for member, words in pairwise(body)
        if isinstance(member, ast.Assign)
        and isinstance(member.targets[0], ast.Name)
        and isinstance(words, ast.Expr)
        and isinstance(words.value, ast.Constant)
        and isinstance(words.value.value, str)
    }
