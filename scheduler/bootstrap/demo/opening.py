"""The demo put together: a store in a folder, the clock, the engine under it, and the clinic filled in real order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler import clock as clocks
from scheduler.bootstrap.demo import people
from scheduler.bootstrap.demo.people import PASSWORD, STAFF
from scheduler.bootstrap.demo.story import OPENED, SERVED, ZONE, Cast, story
from scheduler.bootstrap.store import Store, throwaway_store
from scheduler.bootstrap.zone_data import zone_data_version
from scheduler.clock import MovableClock
from scheduler.domain.people.roles import Role
from scheduler.engine.moving import MovingEngine
from scheduler.senders.sandbox import TellingSandbox
from scheduler.services import clinics, own_password, staff
from scheduler.services.drain import Drain
from scheduler.services.passwords import Hashing
from scheduler.settings import Settings

if TYPE_CHECKING:  # half a second of imports
    from fastapi import FastAPI

    from scheduler.web.demo_parts import DemoParts

_LEASE = timedelta(minutes=1)
_THREADS = 2
_LONGEST = timedelta(days=120)
"""So far the clock can be moved: the longest plan is over by then."""
_MANAGER = next(one.name for one in STAFF if one.role is Role.MANAGER)
_CHEAP = Hashing(memory_kib=64, passes=1)
"""The password stands on the page: a hash that is hard to guess would only make the start slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The open demo."""

    store: Store
    engine: MovingEngine
    clock: MovableClock
    clinic_id: str
    amira_id: str
    """The patient who comes again while somebody tries the demo."""


@contextmanager
def open_demo(settings: Settings, folder: Path, *, stopping: Callable[[], bool] = lambda: False) -> Iterator[Demo]:
    """A filled clinic with a store in a folder of its own, at the time when its demo begins; its engine isn't started.

    Filling takes seconds, and ends with KeyboardInterrupt soon after `stopping` says so. Of the settings only the
    catalog and how to log are used: no message leaves the process whatever they say.
    """
    clock = MovableClock(OPENED)
    kept = Settings(config_dir=settings.config_dir, log_level=settings.log_level, log_format=settings.log_format)
    with throwaway_store(folder, clock=clock, settings=kept) as store:
        engine = _engine(store, clock)
        clinic_id, cast = _fill(store, engine, clock, stopping)
        amira_id = cast.patient_ids[people.AMIRA.name]
        yield Demo(store=store, engine=engine, clock=clock, clinic_id=clinic_id, amira_id=amira_id)


def build_demo_app(demo: Demo) -> FastAPI:
    """The application with the demo's own pages."""
    from scheduler.bootstrap.processes import build_app  # noqa: PLC0415  most commands serve nothing

    return build_app(demo.store, engine=demo.engine, demo=_parts(demo))


def _parts(demo: Demo) -> DemoParts:
    from scheduler.senders.smtp_email.markdown import as_text  # noqa: PLC0415  as build_app
    from scheduler.web.demo_parts import DemoParts, DemoPerson  # noqa: PLC0415  as build_app

    return DemoParts(
        clinic_id=demo.clinic_id,
        zone=ZONE,
        clock=demo.clock,
        move_to=demo.engine.move_to,
        starts=SERVED,
        ends=SERVED + _LONGEST,
        people=tuple(DemoPerson(name=one.name, role=one.role, email=one.email, pin=one.pin) for one in STAFF),
        password=PASSWORD,
        patient_id=demo.amira_id,
        patient_name=people.AMIRA.name.split()[0],
        as_text=as_text,
    )


def _engine(store: Store, clock: MovableClock) -> MovingEngine:
    sandbox = TellingSandbox(refuses=people.REFUSED)
    drain = Drain(database=store.database, find_sender=lambda _: sandbox, clock=clock, lease=_LEASE, threads=_THREADS)
    return MovingEngine(store.database, drain, clock, utc_now=clocks.utc_now, zone_data=zone_data_version())


def _fill(store: Store, engine: MovingEngine, clock: MovableClock, stopping: Callable[[], bool]) -> tuple[str, Cast]:
    """The id of the clinic and who is in it: opened, with its staff and all that happened until the demo begins."""
    clinic = clinics.new_clinic("Willow Skin", zone=ZONE, country="GB", phone="020 7946 0018")
    with clock.standing_still():
        with store.database.write(clinic.id) as db:
            clinics.open_clinic(db, clinic, catalog=store.catalog, by=_MANAGER, now=clock())
        _add_staff(store, clinic.id)
        cast = Cast(flags=store.catalog.flags)
        for scene in story():
            if stopping():
                raise KeyboardInterrupt
            engine.move_to(scene.at)
            with store.database.write(clinic.id) as db:
                scene.act(db, cast, clock())
        engine.move_to(SERVED)
    return clinic.id, cast


def _add_staff(store: Store, clinic_id: str) -> None:
    for one in STAFF:
        with store.database.write(clinic_id) as db:
            now = store.clock(db)
            person = staff.add_staff(db, name=one.name, email=one.email, role=one.role.value, by=_MANAGER, now=now)
            secret = own_password.make_welcome(db, person.id, now=now)
        own_password.accept_welcome(store.database, secret, password=PASSWORD, pin=one.pin, now=now, hashing=_CHEAP)
