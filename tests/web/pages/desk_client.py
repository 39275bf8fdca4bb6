"""A person of a clinic at the desk, signed in as a browser is, and what tests ask of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person, Role
from scheduler.services import signing_in
from scheduler.services.signing_in import SignedIn, SignIn
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.pages.kept_forms import stamp
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, NOW, StoppedClock, a_clinic
from tests.people import CHEAP, PASSWORD, a_colleague

COOKIE = "aftercare-sign-in"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass
class Browser:
    """A browser in which one person of a clinic is signed in; it follows no redirect by itself."""

    app: FastAPI
    database: Database
    clinic: Clinic
    clock: StoppedClock
    person: Person
    sign_in: SignIn
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(self.app, follow_redirects=False)

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> Response:
        """The answer to a GET."""
        return self.client.get(path, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, str | list[str]] | None = None,
        *,
        page: str = "/today",
        htmx: bool = False,
    ) -> Response:
        """The answer to a form of the page, with the hidden fields that every form carries."""
        keys = self.database.keys
        hidden = {"_csrf": self.sign_in.csrf, "_from": stamp(keys, self.clinic.id, page)}
        return self.client.post(path, data={**hidden, **(fields or {})}, headers=HTMX if htmx else None)

    def as_role(self, role: Role) -> Browser:
        """Somebody else's browser at the same clinic."""
        return a_browser(self.database, self.clinic, role=role, clock=self.clock, app=self.app)


def a_browser(
    database: Database,
    clinic: Clinic | None = None,
    *,
    role: Role = Role.TREATMENT,
    clock: StoppedClock | None = None,
    app: FastAPI | None = None,
) -> Browser:
    """The browser of a new colleague in this role, signed in at the clinic, or at a new one in trial."""
    clinic = clinic or a_clinic(database)
    clock = clock or StoppedClock()
    app = app or create_app(WebParts(database=database, catalog=CATALOG, clock=clock))
    email = f"{role.value}@{clinic.id}.example"
    person = a_colleague(database, clinic, "Sam Reed", email=email, role=role)
    signed_in = enter(database, email, now=clock.now)
    browser = Browser(app, database, clinic, clock, person, signed_in.sign_in)
    browser.client.cookies.set(COOKIE, signed_in.secret)
    return browser


def enter(database: Database, email: str, *, now: datetime = NOW) -> SignedIn:
    """The sign-in of somebody by their password."""
    done = signing_in.sign_in(database, email=email, password=PASSWORD, device=None, now=now, hashing=CHEAP)
    assert isinstance(done, SignedIn), done
    return done
