"""Bundles: which reminders go as one message with which lead, and what happens when a lead falls out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import Table, Update, bindparam, select, update

from scheduler.domain.delivery.reminders import OPEN, Identity
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow

_TABLE = cast("Table", ReminderRow.__table__)


def dissolve(db: Db, patient_ids: Collection[str]) -> None:
    """Let each of these patients' open reminders stand by itself, so that each can be moved alone."""
    theirs = (ReminderRow.patient_id.in_(patient_ids), ReminderRow.bundled_into.is_not(None))
    db.execute(
        update(ReminderRow)
        .where(*theirs, ReminderRow.status.in_(OPEN))
        .values(bundled_into=None)
        .execution_options(synchronize_session=False)
    )


def bundle(db: Db, patient_ids: Collection[str], leads: Mapping[Identity, Identity]) -> None:
    """Let open reminders of these patients follow the leads that their plans give them.

    One that a person touched stays by itself, and so does one that its lead's claim or hold doesn't hold, too: it would
    be left behind.
    """
    if not leads:
        return
    name = (ReminderRow.session_id, ReminderRow.rule, ReminderRow.occurrence)
    rows = db.execute(
        select(ReminderRow.id, *name, ReminderRow.status, ReminderRow.claim_token).where(
            ReminderRow.patient_id.in_(patient_ids), ReminderRow.status.in_(OPEN), ReminderRow.touched_by.is_(None)
        )
    )
    found = {Identity(row.session_id, row.rule, row.occurrence): row for row in rows}
    followers: list[dict[str, str]] = []
    for own_name, lead_name in leads.items():
        follower, lead = found.get(own_name), found.get(lead_name)
        if follower and lead and (follower.status, follower.claim_token) == (lead.status, lead.claim_token):
            followers.append({"follower": follower.id, "lead": lead.id})
    if followers:
        db.connection().execute(_following(db.clinic_id), followers)


def _following(clinic_id: str) -> Update:
    """The statement by which one reminder follows another; on the table itself, so that it runs for many."""
    mine = (_TABLE.c.id == bindparam("follower"), _TABLE.c.clinic_id == clinic_id)
    return update(_TABLE).where(*mine).values(bundled_into=bindparam("lead"))


def follow(db: Db, ids: Collection[str], lead_id: str | None) -> None:
    """Let reminders go with a lead, or each by itself."""
    if ids:
        db.execute(
            update(ReminderRow)
            .where(ReminderRow.id.in_(ids))
            .values(bundled_into=lead_id)
            .execution_options(synchronize_session=False)
        )


def leave(db: Db, ids: Collection[str]) -> None:
    """Take reminders out of their bundles: what followed one of them follows the next that is still open."""
    if not ids:
        return
    follow(db, ids, None)
    rows = db.execute(
        select(ReminderRow.id, ReminderRow.bundled_into)
        .where(ReminderRow.bundled_into.in_(ids), ReminderRow.status.in_(OPEN))
        .order_by(ReminderRow.rank, ReminderRow.intended_at, ReminderRow.id)
    )
    left: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        left[row.bundled_into].append(row.id)
    for heir, *others in left.values():
        follow(db, [heir], None)
        follow(db, others, heir)
