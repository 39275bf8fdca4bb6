"""Sealing what was recorded into each clinic's chain, and checking that nothing in it was changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from scheduler.storage import audit_chain
from scheduler.storage.audit_chain import Head, Link
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS


class Fault(StrEnum):
    """What was done to an audit from outside."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    BLANKED = "blanked"
    """A sentence is gone and no erasure tells of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The first entry of a clinic's chain at which something is wrong."""

    fault: Fault
    sequence: int
    entry_id: str | None
    """None for one that is gone."""
    at: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at a clinic's audit gave."""

    clinic_id: str
    sealed: int
    waiting: int
    """Entries that are not sealed yet, so that nothing proves them."""
    blanked: int
    """Sealed entries whose sentence went with the patient whom it was about."""
    head: str
    """The last link: kept elsewhere, it proves that nothing of what is sealed now is missing later."""
    found: Found | None


def seal_all(database: Database, clock: Callable[[Db], datetime], *, until: Callable[[], bool] = lambda: False) -> int:
    """Seal every clinic's new entries, until all are or time is up; how many."""
    with database.read(ALL_CLINICS) as db:
        waiting = audit_chain.unsealed_clinics(db)
    sealed = 0
    for clinic_id in waiting:
        while not until():
            with database.write(clinic_id) as db:
                added = audit_chain.seal(db, now=clock(db))
            sealed += added
            if not added:
                break
    return sealed


def check(db: Db) -> Checked:
    """Compute the chain of the clinic in scope anew, to its end or to the first entry that doesn't fit."""
    end = audit_chain.head(db)
    walk = _Walk(db.keys)
    found = walk.follow(audit_chain.links(db)) or _end_fault(walk, end) or _unexplained(db, walk)
    return Checked(
        clinic_id=db.clinic_id,
        sealed=end.sequence,
        waiting=audit_chain.count_unsealed(db),
        blanked=sum(walk.blanked.values()),
        head=end.link,
        found=found,
    )


class _Walk:
    """The way along a chain: how far it held, and which sentences are gone."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys
        self.last = Head(0, audit_chain.START)
        self.blanked: Counter[str] = Counter()
        self.first_blanked: dict[str, Link] = {}

    def follow(self, links: Iterator[Link]) -> Found | None:
        """Walk on while each link follows from the one before."""
        for link, following in pairwise(_ended(links)):
            if link is None:
                break
            found = self._fault(link, following)
            if found is not None:
                return found
            self.last = Head(link.sequence, link.link or "")
            if link.blanked_by is not None:
                self.blanked[link.blanked_by] += 1
                self.first_blanked.setdefault(link.blanked_by, link)
        return None

    def _fault(self, link: Link, following: Link | None) -> Found | None:
        expected = self.last.sequence + 1
        if link.sequence > expected:
            return _gone(expected)
        if link.sequence == expected and link.kept and link.after(self.last.link, self.keys) == link.link:
            return None
        # One that was put in between has nothing that follows from it: what follows, follows from the one before.
        if following is not None and following.after(self.last.link, self.keys) == following.link:
            return _at(link, Fault.INSERTED, "was put in later")
        return _at(link, Fault.CHANGED, "was changed, or one before it removed")


def _ended(links: Iterator[Link]) -> Iterator[Link | None]:
    yield from links
    yield None


def _end_fault(walk: _Walk, end: Head) -> Found | None:
    if walk.last.sequence < end.sequence:
        return _gone(walk.last.sequence + 1)
    if walk.last != end:
        sentence = "The last link is not the one that was kept: entries at the end were put in, or the end was changed."
        return Found(fault=Fault.INSERTED, sequence=end.sequence + 1, entry_id=None, at=None, sentence=sentence)
    return None


def _unexplained(db: Db, walk: _Walk) -> Found | None:
    for entry_id in walk.blanked:
        if audit_chain.told_blanks(db, entry_id) != audit_chain.count_blanked(db, entry_id):
            return _at(walk.first_blanked[entry_id], Fault.BLANKED, "lost its sentence, which no erasure tells of")
    return None


def _gone(sequence: int) -> Found:
    sentence = f"Entry {sequence} was removed."
    return Found(fault=Fault.REMOVED, sequence=sequence, entry_id=None, at=None, sentence=sentence)


def _at(link: Link, fault: Fault, what: str) -> Found:
    sentence = f"Entry {link.sequence} ({link.action}, {link.at.isoformat()}, id {link.entry_id}) {what}."
    return Found(fault=fault, sequence=link.sequence, entry_id=link.entry_id, at=link.at, sentence=sentence)
