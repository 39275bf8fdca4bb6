"""Noting that somebody looked at a patient: once an hour for each person and page, however often it is loaded."""

from __future__ import annotations

from scheduler.services import activity
from scheduler.web.pages.desk import Desk


def note_look(desk: Desk, patient_id: str, *, session_id: str | None = None) -> None:
    """Put it into the audit, unless it stands there already."""
    with desk.reading() as (db, now):
        if activity.has_looked(db, patient_id, session_id=session_id, by=desk.by, now=now):
            return
    with desk.writing() as (db, now):
        activity.look(db, patient_id, session_id=session_id, by=desk.by, now=now)
