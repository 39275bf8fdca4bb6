"""The audit a page at a time, newest first, for those who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.services.listing import Place
from scheduler.storage.audit_list import ListedEntry, WantedEntries, listed_entries
from scheduler.storage.database import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some entries, newest first, and the place behind which the next ones stand; None if these are the last."""

    items: tuple[ListedEntry, ...]
    next: Place | None


def audit_page(db: Db, wanted: WantedEntries, *, after: Place | None, limit: int) -> AuditPage:
    """At most `limit` of the clinic's entries behind a place, or from the newest on."""
    found = listed_entries(db, wanted, after=after, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return AuditPage(items=tuple(shown), next=(last.at, last.id) if last else None)
