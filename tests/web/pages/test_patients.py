from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from scheduler.domain.people.roles import Role
from scheduler.services.people import PersonGiven, find_or_add, read_person
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from tests.builders import CATALOG, NOW, a_clinic, a_person, a_session, register
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.html_form import read_page


@pytest.fixture
def treated(database: Database) -> Browser:
    """Sam's browser at a clinic that treated Amira."""
    browser = a_browser(database, role=Role.FRONT_DESK)
    amira = a_person("Amira Khan", phone="+447700900321", birth_date=date(1991, 5, 14))
    register(database, browser.clinic, a_session(amira))
    return browser


def words(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text).words


def add(browser: Browser, *people: PersonGiven) -> None:
    """Patients without sessions."""
    with browser.database.write(browser.clinic.id) as db:
        for given in people:
            person, _ = read_person(given, browser.clinic, flags=CATALOG.flags, now=NOW)
            assert person is not None
            find_or_add(db, person, by="desk", now=NOW)


def test_a_list_names_patients_by_first_name_and_initial(treated: Browser) -> None:
    answer = treated.get("/patients?q=0321")

    page = read_page(answer.text)
    assert "Amira K 1991 0321 Agreed 3 March Tuesday 3 March, Microneedling" in page.words
    assert "Showing 1 to 1 of 1" in page.words
    assert "Khan" not in answer.text
    assert "+447700900321" not in answer.text
    assert 'href="/patients/' in answer.text


@pytest.mark.parametrize("typed", ["0321", "amira", "kha", "07700+900321"])
def test_patients_are_found_as_at_registering(treated: Browser, typed: str) -> None:
    assert "Amira K" in words(treated, f"/patients?q={typed}")
    assert "Amira K" in words(treated, "/patients")


def test_who_was_seen_is_kept_in_the_audit(treated: Browser) -> None:
    treated.get("/patients?q=0321")

    with treated.database.read(treated.clinic.id) as db:
        [row] = db.scalars(select(AuditRow).where(AuditRow.action == "patient.list"))
    assert row.actor == "Sam Reed"


def test_empty_lists_say_what_to_do_next(browser: Browser) -> None:
    assert "No patients yet. Register a session" in words(browser, "/patients")
    assert "No one found for 0321. Register a session of a new patient" in words(browser, "/patients?q=0321")
    assert "Type at least 3 letters of the name." in words(browser, "/patients?q=am")
    assert "Type the last 4 digits, or the whole number." in words(browser, "/patients?q=321")


def test_long_lists_have_pages(browser: Browser) -> None:
    add(
        browser,
        *(a_person(f"Amira {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}", phone=None, sms=None) for n in range(53)),
    )

    first, second = words(browser, "/patients?q=amira"), words(browser, "/patients?q=amira&page=2")

    assert "Showing 1 to 50 of 53 Next page" in first
    assert "Showing 51 to 53 of 53 Previous page" in second
    assert "There is no such page. See the first page" in words(browser, "/patients?page=9")
    assert 'href="/patients?q=amira&amp;page=2"' in browser.get("/patients?q=amira").text


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40, "1.5", "\u0661"])
def test_an_address_that_somebody_made_up_is_answered(browser: Browser, page: str) -> None:
    assert browser.get(f"/patients?page={page}").status_code == 200


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "\u202eabc", "a\x00bc", "x" * 3000, "{{7*7}}"])
def test_a_nasty_search_is_answered_calmly(browser: Browser, typed: str) -> None:
    answer = browser.client.get("/patients", params={"q": typed})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert "\x00" not in answer.text


def test_another_clinics_patients_are_not_listed(treated: Browser) -> None:
    other = a_browser(treated.database, a_clinic(treated.database, name="Birch"), app=treated.app)

    assert "No patients yet." in words(other, "/patients")
    assert "No one found for 0321." in words(other, "/patients?q=0321")
