"""Senders that rest, as their provider can't be reached or is too busy: what is due keeps its place meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update

from scheduler.domain.delivery.retries import rest
from scheduler.storage.database import Db
from scheduler.storage.senders import SenderRow


class Rest(NamedTuple):
    """What a sender was told."""

    since: datetime
    """When its provider got out of reach."""
    new: bool
    """Whether it rests because of this; else it did already, as another call had found the same."""


def let_rest(db: Db, sender_id: str, *, now: datetime) -> Rest:
    """Let a sender rest whose provider could not be reached just now."""
    row = db.execute(
        select(SenderRow.rests_until, SenderRow.unreachable_since)
        .where(SenderRow.id == sender_id)
        .with_for_update(key_share=True)
    ).one()
    if row.unreachable_since is not None and row.rests_until is not None and row.rests_until > now:
        return Rest(row.unreachable_since, new=False)
    since, until = rest(row.unreachable_since, row.rests_until, now)
    db.execute(
        update(SenderRow)
        .where(SenderRow.id == sender_id)
        .values(rests_until=until, unreachable_since=since)
        .execution_options(synchronize_session=False)
    )
    return Rest(since, new=True)
