"""What has happened in the demo's clinic by the time it is served: acts of its staff, in the order of their time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from scheduler.bootstrap.demo import people
from scheduler.domain.clinics import zones
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.pauses import PauseReason
from scheduler.services import consenting, pausing, registering, reminders
from scheduler.services.people import PersonGiven
from scheduler.storage.database import Db

ZONE = "Europe/London"
_DESK, _TREATS = people.STAFF[0].name, people.STAFF[1].name
_AFTER_A_SESSION = timedelta(minutes=5)


def at(day: str, clock: str) -> datetime:
    """A moment by the clinic's clock: `at("2026-03-04", "10:30")`."""
    return zones.instant(date.fromisoformat(day), time.fromisoformat(clock), ZONE)


OPENED = at("2025-08-18", "09:00")
SERVED = at("2026-03-04", "10:30")
"""A Wednesday. The demo's clock begins here."""


@dataclass(slots=True)
class Cast:
    """The clinic's catalog of flags, and who of the patients and sessions is stored under which id."""

    flags: Collection[str]
    patient_ids: dict[str, str] = field(default_factory=dict)
    """By name."""
    session_ids: dict[str, str] = field(default_factory=dict)
    """Of each patient's last session, by name."""


Act = Callable[[Db, Cast, datetime], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """An act and its time."""

    at: datetime
    act: Act


def story() -> tuple[Scene, ...]:
    """All of it, in order."""
    pen, rf = {"needle_mm": 0.5, "modality": "pen"}, {"needle_mm": 2.5, "modality": "rf"}
    deep, face = {"needle_mm": 1.5, "modality": "pen"}, {"areas": ["face"]}
    middle = {"needle_mm": 1.0, "modality": "pen"}
    scenes = (
        # So long ago that she begins anew: her next session gives all the texts of a first one.
        _session(people.AMIRA, at("2025-08-20", "11:00"), pen | face),
        _session(people.GRACE, at("2026-02-18", "15:00"), pen | face),
        Scene(at("2026-02-20", "12:10"), _stop_texts),
        _session(people.JOY, at("2026-02-25", "13:00"), deep | face),
        _session(people.DANA, at("2026-02-26", "14:30"), middle | face),
        _session(people.CLEO, at("2026-02-27", "12:00"), rf | {"areas": ["body"]}),
        _session(people.HANA, at("2026-02-27", "16:00"), middle | {"areas": ["face", "neck"]}),
        _session(people.BEA, at("2026-02-28", "10:15"), deep | {"areas": ["face", "neck"], "adjuncts": ["prp"]}),
        _session(people.DANA, at("2026-03-02", "11:00"), {"depth": "superficial", **face}, procedure="chemical_peel"),
        Scene(at("2026-03-02", "14:20"), _pause),
        _session(people.NORA, at("2026-03-02", "17:15"), pen | face),
        Scene(at("2026-03-03", "09:30"), _void),
        _session(people.LEO, at("2026-03-03", "11:00"), pen | face),
        _session(people.MIA, at("2026-03-03", "11:45"), {"needle_mm": 0.25, "modality": "roller", **face}),
        _session(people.INES, at("2026-03-03", "15:20"), pen | face),
        _session(people.KIT, at("2026-03-03", "16:40"), pen | face),
        _session(people.ADA, at("2026-03-04", "10:05"), {"needle_mm": 0.25, "modality": "roller", **face}),
    )
    return tuple(sorted(scenes, key=lambda scene: scene.at))


def _session(
    patient: PersonGiven, ended_at: datetime, facts: Mapping[str, object], *, procedure: str = "microneedling"
) -> Scene:
    """A session, registered at the desk a little after it ended."""

    def register(db: Db, cast: Cast, now: datetime) -> None:
        known = cast.patient_ids.get(patient.name)
        given = registering.Given(
            procedure=procedure,
            ended_at=ended_at,
            facts=facts,
            patient=None if known else patient,
            patient_id=known,
        )
        view = registering.register(db, given, flags=cast.flags, by=_DESK, now=now)
        cast.patient_ids[patient.name] = str(view.patient_id)
        cast.session_ids[patient.name] = str(view.id)

    return Scene(ended_at + _AFTER_A_SESSION, register)


def _stop_texts(db: Db, cast: Cast, now: datetime) -> None:
    consenting.opt_out(
        db,
        cast.patient_ids[people.GRACE.name],
        Channel.SMS,
        (Purpose.CARE,),
        source="phone",
        evidence="She called: no more texts, she knows what to do.",
        by=_DESK,
        now=now,
    )


def _pause(db: Db, cast: Cast, now: datetime) -> None:
    patient_id = cast.patient_ids[people.JOY.name]
    pausing.pause(db, patient_id, PauseReason.HOSPITAL, "Her sister called: a broken wrist.", by=_DESK, now=now)


def _void(db: Db, cast: Cast, now: datetime) -> None:
    reminders.void(db, cast.session_ids[people.NORA.name], by=_TREATS, now=now)
