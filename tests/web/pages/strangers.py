"""A browser in which nobody is signed in yet, and what tests of signing in do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from scheduler.domain.clinics.clinics import Clinic
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, StoppedClock
from tests.people import EMAIL, PASSWORD
from tests.web.pages.gallery import add_gallery

FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Stranger:
    """A browser that follows no redirect by itself, and says of each form that it stood on a page of ours."""

    database: Database
    clinic: Clinic
    clock: StoppedClock = field(default_factory=StoppedClock)
    secure_cookies: bool = False
    base: str = "http://testserver"
    app: FastAPI = field(init=False)
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        parts = WebParts(database=self.database, catalog=CATALOG, clock=self.clock, secure_cookies=self.secure_cookies)
        self.app = create_app(parts)
        add_gallery(self.app)
        self.client = TestClient(self.app, base_url=self.base, follow_redirects=False)

    def get(self, path: str, *, came_from: str | None = None) -> Response:
        """The answer to a GET, by a link on another page of ours."""
        return self.client.get(path, headers={"Referer": f"{self.base}{came_from}"} if came_from else {})

    def post(self, path: str, fields: dict[str, str] | None = None) -> Response:
        """The answer to a form of a page that needs no sign-in."""
        return self.client.post(path, data=fields or {}, headers=FROM_HERE)

    def submit(self, page: str, path: str, fields: dict[str, str] | None = None) -> Response:
        """The answer to a form as the page of a person who is signed in has it, hidden fields and all."""
        return self.post(path, {**self.hidden(page), **(fields or {})})

    def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of a page's forms."""
        text = self.get(page).text
        found = (re.search(rf'name="{name}" value="([^"]*)"', text) for name in ("_csrf", "_from"))
        return {name: unescape(one.group(1)) for name, one in zip(("_csrf", "_from"), found, strict=True) if one}

    def sign_in(self, *, email: str = EMAIL, password: str = PASSWORD, going: str = "/account") -> Response:
        """The answer to the form for email and password."""
        return self.post("/sign-in", {"email": email, "password": password, "next": going})

    def enter(self, *, email: str = EMAIL) -> Stranger:
        """The same browser, with somebody signed in."""
        answer = self.sign_in(email=email)
        assert answer.status_code == 303, answer.text
        return self


def words(answer: Response) -> str:
    """The text of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
