"""Clinics: the table and what reads and writes it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.clinics.clinics import Clinic, ContactLines, Limits
from scheduler.domain.clinics.hours_text import format_week, parse_week
from scheduler.domain.errors import NotFound
from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import Base, Json, key

_PHONES = "clinic.trial_phones"


class ClinicRow(Base):
    """A tenant."""

    __tablename__ = "clinics"

    id: Mapped[str] = key()
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    live: Mapped[bool] = mapped_column(default=False)
    live_signed_by: Mapped[str | None] = mapped_column(String(200))
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str | None] = mapped_column(String(500))
    languages: Mapped[list[str]] = mapped_column(Json)
    sending_hours: Mapped[str] = mapped_column(Text)
    opening_hours: Mapped[str | None] = mapped_column(Text)
    closed_days: Mapped[list[str]] = mapped_column(Json)
    lines: Mapped[dict[str, str]] = mapped_column(Json)
    limits: Mapped[dict[str, int]] = mapped_column(Json)
    trial_phones_sealed: Mapped[bytes | None]
    retention_months: Mapped[int | None]
    created_at: Mapped[datetime]


def add_clinic(db: Db, clinic: Clinic, *, signed_by: str | None, now: datetime) -> None:
    """Store a new clinic."""
    row = ClinicRow(id=clinic.id, created_at=now, live_signed_by=signed_by)
    _fill(row, clinic)
    db.add(row)
    db.flush()


def save_clinic(db: Db, clinic: Clinic, *, signed_by: str | None = None) -> None:
    """Store changed settings of a clinic; `signed_by` only where it goes live."""
    row = _row(db, clinic.id)
    row.live_signed_by = signed_by or row.live_signed_by
    _fill(row, clinic)


def pause_clinic(db: Db, clinic_id: str, *, at: datetime | None, reason: str | None) -> None:
    """Pause a clinic's sending, or end the pause with None."""
    row = _row(db, clinic_id)
    row.paused_at, row.paused_reason = at, reason


def pause_all(db: Db, *, at: datetime, reason: str) -> None:
    """Pause every clinic that isn't paused yet."""
    db.execute(update(ClinicRow).where(ClinicRow.paused_at.is_(None)).values(paused_at=at, paused_reason=reason))


def get_clinic(db: Db, clinic_id: str | None = None) -> Clinic:
    """The clinic of this id, or the one in scope. Raises NotFound."""
    return _clinic(_row(db, clinic_id or db.clinic_id))


def clinics_by_id(db: Db, ids: set[str]) -> dict[str, Clinic]:
    """Several clinics at once."""
    rows = db.scalars(select(ClinicRow).where(among(ClinicRow.id, ids)))
    return {row.id: _clinic(row) for row in rows}


def list_clinics(db: Db) -> list[Clinic]:
    """All clinics, oldest first."""
    return [_clinic(row) for row in db.scalars(select(ClinicRow).order_by(ClinicRow.created_at, ClinicRow.id))]


def trial_phones(db: Db, clinic_id: str) -> tuple[str, ...]:
    """Staff phones that get real texts while the clinic is in trial."""
    sealed = _row(db, clinic_id).trial_phones_sealed
    return tuple(json.loads(db.keys.open(sealed, _PHONES))) if sealed else ()


def set_trial_phones(db: Db, clinic_id: str, phones: tuple[str, ...]) -> None:
    """Replace the list of staff phones."""
    _row(db, clinic_id).trial_phones_sealed = db.keys.seal(json.dumps(phones), _PHONES)


def _row(db: Db, clinic_id: str) -> ClinicRow:
    row = db.get(ClinicRow, clinic_id)
    if row is None:
        raise NotFound("clinic", clinic_id)
    return row


def _fill(row: ClinicRow, clinic: Clinic) -> None:
    lines, limits = clinic.lines, clinic.limits
    row.name, row.zone, row.country, row.live = clinic.name, clinic.zone, clinic.country, clinic.live
    row.languages, row.retention_months = list(clinic.languages), clinic.retention_months
    row.sending_hours = format_week(clinic.sending_hours)
    row.opening_hours = format_week(clinic.opening_hours) if clinic.opening_hours else None
    row.closed_days = sorted(day.isoformat() for day in clinic.closed_days)
    row.lines = {
        "phone": lines.phone,
        "out_of_hours": lines.out_of_hours,
        "urgent": lines.urgent,
        "emergency": lines.emergency,
    }
    row.limits = {
        "day_0": limits.day_0,
        "per_day": limits.per_day,
        "per_course": limits.per_course,
        "apart_minutes": int(limits.apart.total_seconds() // 60),
    }


def _clinic(row: ClinicRow) -> Clinic:
    limits: dict[str, Any] = {name: value for name, value in row.limits.items() if name != "apart_minutes"}
    return Clinic(
        id=row.id,
        name=row.name,
        zone=row.zone,
        country=row.country,
        live=row.live,
        paused=row.paused_at is not None,
        languages=tuple(row.languages),
        sending_hours=parse_week(row.sending_hours),
        opening_hours=parse_week(row.opening_hours) if row.opening_hours else None,
        closed_days=frozenset(date.fromisoformat(day) for day in row.closed_days),
        lines=ContactLines(**row.lines),
        limits=Limits(**limits, apart=timedelta(minutes=row.limits["apart_minutes"])),
        retention_months=row.retention_months,
    )
