"""A demo of two texts and one colleague, and a browser at its pages in which nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from fastapi.testclient import TestClient
from httpx2 import Response

from scheduler.clock import MovableClock, utc_now
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Role
from scheduler.engine.moving import MovingEngine
from scheduler.services.drain import Drain
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.demo_parts import DemoParts, DemoPerson
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, NOW, a_clinic, a_planned, a_quiet_session, a_session, add_reminders, register
from tests.fakes import AcceptingSender
from tests.people import PASSWORD, PIN, a_colleague

HERE = {"Sec-Fetch-Site": "same-origin"}
EMAIL = "tom@willow.example"
OPENED = NOW - timedelta(days=3)
ENDS = NOW + timedelta(days=30)


@dataclass
class Visitor:
    """A browser in which nobody is signed in, at a demo."""

    client: TestClient
    database: Database
    clinic: Clinic
    clock: MovableClock
    patient_id: str

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def move(self, to: str, phone: str = "") -> Response:
        return self.client.post("/demo/clock", data={"to": to, "phone": phone}, headers=HERE)

    def sign_in(self, going: str = "/today") -> Response:
        return self.client.post("/demo/sign-in", data={"email": EMAIL, "next": going}, headers=HERE)

    def register_amira(self) -> str:
        """Her session of today."""
        now = self.clock() + timedelta(minutes=1)
        given = a_session(patient_id=self.patient_id, ended_at=self.clock())
        return str(register(self.database, self.clinic, given, now=now).id)


@contextmanager
def a_visitor(database: Database) -> Iterator[Visitor]:
    """Amira got two texts on the last days; everything stands still until the clock is moved."""
    clock = MovableClock(OPENED, seconds=lambda: 0.0)
    clinic = a_clinic(database, now=OPENED)
    a_colleague(database, clinic, "Tom Nair", email=EMAIL, role=Role.TREATMENT)
    view = a_quiet_session(database, clinic)
    texts = [a_planned(str(view.id), occurrence=ago, due_at=NOW - timedelta(days=ago)) for ago in (1, 2)]
    add_reminders(database, clinic, view, texts)
    patient_id = str(view.patient_id)
    drain = Drain(
        database=database,
        find_sender=lambda _: AcceptingSender(),
        clock=clock,
        lease=timedelta(minutes=1),
        threads=1,
    )
    engine = MovingEngine(database, drain, clock, utc_now=utc_now)
    engine.move_to(NOW)
    demo = DemoParts(
        clinic_id=clinic.id,
        zone=clinic.zone,
        clock=clock,
        move_to=engine.move_to,
        starts=NOW + timedelta(microseconds=1),
        ends=ENDS,
        people=(DemoPerson(name="Tom Nair", role=Role.TREATMENT, email=EMAIL, pin=PIN),),
        password=PASSWORD,
        patient_id=patient_id,
        patient_name="Amira",
        as_text=lambda body: body.replace("#", ""),
    )
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=clock, demo=demo))
    yield Visitor(TestClient(app, follow_redirects=False), database, clinic, clock, patient_id)
    engine.stop()
