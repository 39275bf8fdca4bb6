"""What tests of registering share: Willow Skin with one known patient, forms filled in, and pressing buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from httpx2 import Response

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.roles import Role
from scheduler.services.people import ConsentGiven
from scheduler.services.views import SessionView, session_view
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_person, a_session, register, stored_rows
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.html_form import Page, read_page

Fields = dict[str, str | list[str]]
DAY = timedelta(days=1)
AMIRA = a_person("Amira Khan", phone="+447700900321")
NEEDLING: Fields = {
    "treatment": "microneedling",
    "fact.needle_mm": "0.5",
    "fact.modality": "pen",
    "fact.areas": ["face"],
    "fact.weeping": "no",
    "ended": "now",
}
BEA: Fields = {"who": "new", "name": "Bea Osei", "phone": "07700 900124", "agrees": "yes"}
SAVE: Fields = {"act": "save", "_key": "k-1"}
BANNED = ("please", "sorry", "invalid", "oops", "required")


def at_willow(database: Database) -> Browser:
    """Sam's browser at a clinic that treated Amira six weeks ago."""
    browser = a_browser(database, role=Role.FRONT_DESK)
    before = NOW - 42 * DAY
    unasked = replace(AMIRA, consent=ConsentGiven())  # so that nothing of that session is left to be sent
    known = register(database, browser.clinic, a_session(unasked, ended_at=before), now=before)
    with database.write(browser.clinic.id) as db:
        agreed = Consent(channel="sms", purpose=Purpose.CARE, word=Word.GIVEN, source="desk", at=before)
        add_consent(db, str(known.patient_id), agreed, recorded_by=BY)
    return browser


def opened(answer: Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


def press(browser: Browser, page: Page, button: str, **fields: str | list[str]) -> Response:
    """Press a button of the page, after these fields were filled in."""
    return browser.post("/register", page.fill(button, **fields), page="/register")


def session_of(browser: Browser, answer: Response) -> SessionView:
    """The session to whose page an answer leads."""
    assert answer.status_code == 303, answer.text
    session_id = answer.headers["location"].removeprefix("/sessions/")
    with browser.database.read(browser.clinic.id) as db:
        return session_view(db, session_id, now=browser.clock.now)


def sessions(browser: Browser) -> int:
    return stored_rows(browser.database)["sessions"]


def said(browser: Browser) -> str:
    """What the next page says of what was done."""
    return read_page(browser.get("/register").text, "/sign-out").words


def check_pattern(page: Page) -> None:
    """Each link of the summary leads to a field that says the same, in words that put nobody off."""
    assert set(page.errors) <= page.ids
    assert page.at_fields == page.errors
    words = page.words.lower()
    assert not [word for word in BANNED if word in words]
