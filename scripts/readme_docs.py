"""Puts what the demo sends one patient into the README, between its two marks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import fill

from scheduler.bootstrap import throwaway_store
from scheduler.cli.demo_clinic import START, ZONE, Demo, JumpingClock
from scheduler.domain.clinics import zones

_README = Path(__file__).parents[1] / "README.md"
_START, _END = "<!-- demo:start -->\n", "<!-- demo:end -->\n"
_PATIENT = "Amira, 0.5 mm pen"


def pages() -> dict[str, str]:
    """The README with a fresh excerpt."""
    before, rest = _README.read_text().split(_START)
    _, after = rest.split(_END)
    return {"README.md": f"{before}{_START}\n```text\n{_excerpt()}```\n\n{_END}{after}"}


def _excerpt() -> str:
    clock = JumpingClock(START)
    with tempfile.TemporaryDirectory() as folder, throwaway_store(Path(folder), clock=clock) as store:
        told = Demo(store.database, store.catalog, clock).run(on_progress=lambda _: None)
    sent = sorted(
        (entry.sent_at, entry.rule, entry.body or "")
        for entry in told.entries
        if entry.sent_at is not None and told.labels[entry.session_id] == _PATIENT
    )
    return "".join(_line(f"{zones.local(at, ZONE):%a %d %b %H:%M}", body) for at, _, body in sent)


def _line(when: str, body: str) -> str:
    wrapped = fill(body, width=110, initial_indent=f"{when}  ", subsequent_indent=" " * (len(when) + 2))
    return f"{wrapped}\n"
