"""Clinics: opening one with its defaults, changing a setting, pausing, going live."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import phonenumbers

from scheduler.catalog.shipped import Catalog
from scheduler.domain.clinics.clinics import Clinic, ContactLines
from scheduler.domain.clinics.zones import known_zones
from scheduler.domain.delivery.gate import Because
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.patients import Channel
from scheduler.services import protocols
from scheduler.services.clinic_settings import EMERGENCY_LINES, FALLBACK_LINES, change, line_number
from scheduler.storage import audit, clinics, holds, open_reminders, replans, senders
from scheduler.storage.database import Db

_LONGEST_NAME = 40
"""A name stands in every text: longer ones leave no room for the advice."""
_LONGEST_REASON = 200


def new_clinic(name: str, *, zone: str, country: str, phone: str) -> Clinic:
    """A clinic with the defaults of its country. Raises Invalid with every problem."""
    country = country.strip().upper()
    problems = [
        *_name_problems(name),
        *_zone_problems(zone),
        *_country_problems(country),
        *_phone_problems(phone),
    ]
    if problems:
        raise Invalid(*problems)
    emergency, out_of_hours = EMERGENCY_LINES.get(country, FALLBACK_LINES)
    lines = ContactLines(phone=phone.strip(), out_of_hours=out_of_hours, urgent=out_of_hours, emergency=emergency)
    return Clinic(id=str(uuid4()), name=name.strip(), zone=zone, country=country, lines=lines)


def open_clinic(db: Db, clinic: Clinic, *, catalog: Catalog, by: str, now: datetime) -> None:
    """Store a new clinic in the scope of its own id, with the protocols that ship as its first versions."""
    clinics.add_clinic(db, clinic, signed_by=None, now=now)
    protocols.publish_shipped(db, catalog, by=by, signed_by=None, now=now)
    audit.record(
        db, at=now, actor=by, action="clinic.open", subject=f"clinic {clinic.id}", sentence=f"Opened {clinic.name}."
    )


def go_live(db: Db, *, signed_by: str, by: str, now: datetime) -> None:
    """From now on messages reach patients; what waits goes by the clinic's real senders.

    Who signs also signs the protocol versions that nobody signed yet: they are what patients will be told by.
    Raises Invalid without the name of who signs.
    """
    signer = protocols.check_signer(signed_by)
    clinic = replace(clinics.get_clinic(db), live=True)
    clinics.save_clinic(db, clinic, signed_by=signer)
    protocols.sign_unsigned(db, signer)
    for channel in Channel:
        open_reminders.use_sender(db, channel, senders.sender_for(db, clinic.id, channel, live=True), now=now)
    audit.record(
        db,
        at=now,
        actor=by,
        action="clinic.live",
        subject=f"clinic {clinic.id}",
        sentence=f"{clinic.name} went live, signed by {signer}.",
    )


def set_setting(db: Db, key: str, value: str, *, catalog: Catalog, by: str, now: datetime) -> Clinic:
    """Change one setting of the clinic in scope as text says, and give the clinic. Raises Invalid with the mend.

    After a change of its zone all its plans are made anew: `scheduler.services.replanning`.
    """
    before = clinics.get_clinic(db)
    after = change(before, key, value, languages={language for _, language in catalog.messages})
    clinics.save_clinic(db, after)
    if after.zone != before.zone:
        replans.ask(db, now=now)
    audit.record(
        db,
        at=now,
        actor=by,
        action="clinic.set",
        subject=f"clinic {before.id}",
        sentence=f"Set {key} to {value}.",
    )
    return after


def pause(db: Db, *, reason: str, by: str, now: datetime) -> None:
    """Hold every message of the clinic until it resumes. Raises Invalid without a reason, NotNow if it is paused."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise Invalid.of("reason", f"say why in 1 to {_LONGEST_REASON} letters; staff will read it")
    clinic = clinics.get_clinic(db)
    if clinic.paused:
        message = f"{clinic.name} is paused already."
        raise NotNow(message)
    clinics.pause_clinic(db, clinic.id, at=now, reason=reason.strip())
    holds.hold_claimed(db, reason=Because.CLINIC_PAUSED, now=now)
    audit.record(
        db, at=now, actor=by, action="clinic.pause", subject=f"clinic {clinic.id}", sentence=f"Paused: {reason.strip()}"
    )


def resume(db: Db, *, by: str, now: datetime) -> int:
    """End a pause and give how many held messages wait again. Raises NotNow if the clinic is not paused."""
    clinic = clinics.get_clinic(db)
    if not clinic.paused:
        message = f"{clinic.name} is not paused."
        raise NotNow(message)
    clinics.pause_clinic(db, clinic.id, at=None, reason=None)
    released = holds.release_held(db, reason="clinic_paused", now=now)
    audit.record(
        db, at=now, actor=by, action="clinic.resume", subject=f"clinic {clinic.id}", sentence="Ended the pause."
    )
    return released


def _name_problems(name: str) -> list[Problem]:
    if not name.strip() or len(name.strip()) > _LONGEST_NAME or not name.isprintable():
        return [Problem("name", f"give a name of 1 to {_LONGEST_NAME} letters; it stands in every text")]
    return []


def _zone_problems(zone: str) -> list[Problem]:
    known = known_zones()
    return [] if zone in known else [Problem("zone", f"there is no zone {zone}; {did_you_mean(zone, known)}")]


def _phone_problems(phone: str) -> list[Problem]:
    try:
        line_number(phone.strip())
    except ValueError as error:
        return [Problem("phone", str(error))]
    return []


def _country_problems(country: str) -> list[Problem]:
    known: set[str] = set(phonenumbers.SUPPORTED_REGIONS)
    if country in known:
        return []
    return [Problem("country", f"there is no country {country}; give its two letters, as in GB or US")]
