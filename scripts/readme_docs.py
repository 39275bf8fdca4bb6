"""Puts what the demo sends one patient, and why it sends some to another, into the README, between its two marks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill

from scheduler.bootstrap import throwaway_store
from scheduler.cli.demo_clinic import SAMPLES, START, ZONE, Demo, JumpingClock, Told
from scheduler.domain.clinics import zones
from scheduler.services.outbox import OutboxEntry

_README = Path(__file__).parents[1] / "README.md"
_START, _END = "<!-- demo:start -->\n", "<!-- demo:end -->\n"
_PATIENT = "Amira, 0.5 mm pen"
_TELLING = {"flaking": "Chemical peel", "resume-actives": "Microneedling"}
"""Rules whose reasons show a bundle and a merge, of the procedure that they are shown for."""
_AND_WHY = "Two of the reasons that stand beside the messages to somebody who had a peel four days after needling:\n\n"
_OVERLAPPING = next(sample.label for sample in SAMPLES if sample.peel is not None)


def pages() -> dict[str, str]:
    """The README with fresh excerpts."""
    before, rest = _README.read_text().split(_START)
    _, after = rest.split(_END)
    told = _told()
    return {"README.md": f"{before}{_START}\n{_block(_messages(told))}\n{_AND_WHY}{_block(_whys(told))}\n{_END}{after}"}


def _told() -> Told:
    clock = JumpingClock(START)
    with tempfile.TemporaryDirectory() as folder, throwaway_store(Path(folder), clock=clock) as store:
        return Demo(store.database, store.catalog, clock).run(on_progress=lambda _: None)


def _block(lines: Iterable[str]) -> str:
    return f"```text\n{''.join(lines)}```\n"


def _messages(told: Told) -> Iterator[str]:
    """One patient's, in order."""
    for entry in _sent(told, _PATIENT):
        if entry.reminder_id not in told.leads:
            yield _line(_when(entry), entry.body or "")


def _whys(told: Told) -> Iterator[str]:
    """Of the patient with two procedures: why the flaking text goes as it does, and what the restart waited for."""
    for entry in _sent(told, _OVERLAPPING):
        if entry.rule in _TELLING and entry.because.startswith(_TELLING[entry.rule]):
            yield _line(_when(entry), entry.because)


def _sent(told: Told, label: str) -> list[OutboxEntry]:
    sent = [one for one in told.entries if one.sent_at is not None and told.labels[one.session_id] == label]
    return sorted(sent, key=lambda one: (one.due_at, one.rule))


def _when(entry: OutboxEntry) -> str:
    return f"{zones.local(entry.due_at, ZONE):%a %d %b %H:%M}"


def _line(when: str, body: str) -> str:
    wrapped = fill(body, width=110, initial_indent=f"{when}  ", subsequent_indent=" " * (len(when) + 2))
    return f"{wrapped}\n"
