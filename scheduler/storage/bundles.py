"""Bundles: which reminders go as one message with which lead, and what happens when a lead falls out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select, update

from scheduler.domain.delivery.reminders import OPEN, Identity
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


def dissolve(db: Db, patient_id: str) -> None:
    """Let each of a patient's open reminders stand by itself, so that each can be moved alone."""
    of_patient = (ReminderRow.patient_id == patient_id, ReminderRow.bundled_into.is_not(None))
    db.execute(
        update(ReminderRow)
        .where(*of_patient, ReminderRow.status.in_(OPEN))
        .values(bundled_into=None)
        .execution_options(synchronize_session=False)
    )


def bundle(db: Db, patient_id: str, leads: Mapping[Identity, Identity]) -> None:
    """Let a patient's open reminders follow the leads that the plan gives them.

    One that a person touched stays by itself, and so does one that its lead's claim or hold doesn't hold, too: it would
    be left behind.
    """
    if not leads:
        return
    name = (ReminderRow.session_id, ReminderRow.rule, ReminderRow.occurrence)
    rows = db.execute(
        select(ReminderRow.id, *name, ReminderRow.status, ReminderRow.claim_token).where(
            ReminderRow.patient_id == patient_id, ReminderRow.status.in_(OPEN), ReminderRow.touched_by.is_(None)
        )
    )
    found = {Identity(row.session_id, row.rule, row.occurrence): row for row in rows}
    followers: dict[str, set[str]] = defaultdict(set)
    for own_name, lead_name in leads.items():
        follower, lead = found.get(own_name), found.get(lead_name)
        if follower and lead and (follower.status, follower.claim_token) == (lead.status, lead.claim_token):
            followers[lead.id].add(follower.id)
    for lead_id, ids in followers.items():
        follow(db, ids, lead_id)


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
