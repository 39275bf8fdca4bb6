"""`aftercare demo`: the main job from end to end, with no account, no key and no network."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.output import show_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scheduler.cli.demo_clinic import Told
    from scheduler.services.outbox import OutboxEntry

_WIDTH = 120
"""Columns where stdout is no terminal, as in a file."""


def demo(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reminders as JSON instead of tables.")] = False,
) -> None:
    """Show what five patients get in thirty days: every message with its time and its reasons."""
    from rich.console import Console

    told = _run(Console(stderr=True))
    if as_json:
        show_json([asdict(entry) for entry in told.entries])
        return
    out = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for table in _days(told):
        out.print(table)
    out.print(_left_out(told))
    out.print(_counts(told))


def _run(words: Console) -> Told:
    """Thirty days under a progress bar."""
    from rich.progress import BarColumn, Progress, TextColumn

    from scheduler.bootstrap import throwaway_store
    from scheduler.cli.demo_clinic import DAYS, START, Demo, JumpingClock

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("day {task.completed} of {task.total}"))
    with tempfile.TemporaryDirectory(prefix="aftercare-demo-") as folder, Progress(*columns, console=words) as bar:
        passing = bar.add_task("Thirty days pass", total=DAYS.days)
        clock = JumpingClock(START)
        with throwaway_store(Path(folder), clock=clock) as store:
            clinic = Demo(store.database, store.catalog, clock)
            return clinic.run(on_progress=lambda now: bar.update(passing, completed=(now - START).days))


def _days(told: Told) -> Iterator[Table]:
    """A table for each local day on which something was sent."""
    from rich.table import Table

    patients = list(dict.fromkeys(told.labels.values()))
    sent = [entry for entry in told.entries if entry.sent_at is not None and entry.reminder_id not in told.leads]
    sent.sort(key=lambda entry: (_local(entry), patients.index(told.labels[entry.session_id]), entry.rule))
    for day, entries in groupby(sent, key=lambda entry: _local(entry).date()):
        table = Table(title=f"{day:%A} {day.day} {day:%B}", title_justify="left", expand=True, show_lines=True)
        for name, width in (("time", 5), ("to", 12), ("message", None), ("why", None)):
            table.add_column(name, width=width, ratio=None if width else 2, overflow="fold")
        for entry in entries:
            table.add_row(f"{_local(entry):%H:%M}", told.labels[entry.session_id], _words(entry), _why(entry, told))
        yield table


def _local(entry: OutboxEntry) -> datetime:
    from scheduler.cli.demo_clinic import ZONE
    from scheduler.domain.clinics import zones

    return zones.local(entry.sent_at or entry.due_at, ZONE)


def _words(entry: OutboxEntry) -> str:
    """What the patient reads; of an email the plain part."""
    from scheduler.senders.smtp_email.markdown import as_text

    body = entry.body or ""
    return as_text(body).rstrip() if entry.channel == "email" else body


def _why(entry: OutboxEntry, told: Told) -> str:
    """The reasons of a message, and of all that went in it."""
    inside = (other for other in told.entries if told.leads.get(other.reminder_id) == entry.reminder_id)
    return "\n".join(f"{one.because} ({one.kind}, {one.channel})" for one in (entry, *inside))


def _left_out(told: Told) -> Table:
    """What gave no message, and what has not gone yet, with the reason."""
    from rich.table import Table

    table = Table(title="Not sent, and why", title_justify="left", expand=True)
    for name in ("rule", "for", "why"):
        table.add_column(name, overflow="fold")
    waiting = [entry for entry in told.entries if entry.sent_at is None]
    for entry in waiting:
        why = entry.reason or f"its time is after these thirty days: {entry.due_at:%d %B %Y}"
        table.add_row(entry.rule, told.labels[entry.session_id], f"{entry.status}: {why}")
    reasons = sorted(told.not_planned, key=lambda pair: (pair[1].rule, pair[1].because))
    for (rule, because), pairs in groupby(reasons, key=lambda pair: (pair[1].rule, pair[1].because)):
        table.add_row(rule, "; ".join(dict.fromkeys(label for label, _ in pairs)), because)
    return table


def _counts(told: Told) -> str:
    counted = Counter(entry.status for entry in told.entries)
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(counted.items()))
    return (
        f"{len(set(told.labels.values()))} patients, {len(told.labels)} sessions, "
        f"{len(told.entries)} reminders: {statuses}. "
        f"{told.attempts} messages handed over, {len(told.not_planned)} rules left out with a reason."
    )
