"""The demo's own pages: what the phone shows, how the clock is moved, and that nowhere else they are served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.services import reminders
from scheduler.services.outbox import entries
from scheduler.services.same_patient import merge
from scheduler.services.signing_in import IDLE
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from tests.builders import NOW, a_person, a_session, register
from tests.web.pages.demo_visitor import EMAIL, ENDS, HERE, Visitor, a_visitor
from tests.web.pages.desk_client import COOKIE, Browser


@pytest.fixture
def visitor(fresh_sqlite_url: str, key_ring: KeyRing) -> Iterator[Visitor]:
    database = Database(fresh_sqlite_url, key_ring)
    with a_visitor(database) as visitor:
        yield visitor
    database.close()


def bubbles(page: str) -> list[str]:
    return re.findall(r'<div class="bubble">(.*?)</div>', page, re.DOTALL)


@pytest.mark.parametrize("path", ["/demo", "/demo/phone", "/demo/time", "/demo/bar"])
def test_a_real_service_has_no_page_of_the_demo(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/sign-in"])
def test_a_real_service_takes_no_form_of_the_demo(browser: Browser, path: str) -> None:
    answer = browser.client.post(path, data={"to": "week", "email": EMAIL}, headers=HERE)

    assert answer.status_code == 404


def test_a_real_service_has_no_bar_of_the_demo(browser: Browser) -> None:
    assert "demo" not in browser.get("/today").text


def test_the_phone_shows_what_arrived_newest_last_with_time_and_why(visitor: Visitor) -> None:
    page = visitor.get("/demo")

    with visitor.database.read(visitor.clinic.id) as db:
        sent = [one for one in entries(db) if one.sent_at]
    words = list(dict.fromkeys(one.body for one in sorted(sent, key=lambda one: str(one.sent_at))))
    assert bubbles(page) == words
    assert len(words) == 2
    last = next(one for one in sent if one.body == words[-1])
    assert f'href="/sessions/{last.session_id}#message-{last.reminder_id}"' in page
    assert "No message to come." in page


def test_the_page_shows_the_clinics_time_and_the_bar_does_on_every_page(visitor: Visitor) -> None:
    assert "Tuesday 3 March at 2:35pm" in visitor.get("/demo/time")
    for path in ("/demo", "/demo/bar", "/sign-in"):
        assert "Tuesday 3 March at 2:35pm, clinic time" in visitor.get(path), path
    assert "2:35pm, clinic time" in visitor.client.get("/nowhere").text
    visitor.sign_in()
    assert "2:35pm, clinic time" in visitor.get("/today")


def test_the_next_message_of_a_phone_arrives_at_its_own_time(visitor: Visitor) -> None:
    visitor.register_amira()
    before = len(bubbles(visitor.get("/demo")))

    answer = visitor.move("next", visitor.patient_id)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/demo?phone={visitor.patient_id}")
    assert visitor.clock() == NOW + timedelta(hours=1)
    page = visitor.get("/demo")
    assert len(bubbles(page)) == before + 1
    assert "3:35pm" in page


def test_a_day_is_passed_in_order_and_each_message_has_its_own_time(visitor: Visitor) -> None:
    visitor.register_amira()

    visitor.move("week")

    assert visitor.clock() == NOW + timedelta(days=7)
    with visitor.database.read(visitor.clinic.id) as db:
        own = [one for one in entries(db) if one.sent_at and one.sent_at > NOW]
    assert len(own) > 5
    assert all(one.sent_at == one.due_at for one in own)


@pytest.mark.parametrize(
    ("to", "moved"),
    [
        ("hour", timedelta(hours=1)),
        ("morning", timedelta(hours=18, minutes=25)),
        ("week", timedelta(days=7)),
        ("next", timedelta()),
    ],
)
def test_each_button_moves_the_clock_so_far(visitor: Visitor, to: str, moved: timedelta) -> None:
    visitor.move(to)

    assert visitor.clock() == NOW + moved


def test_where_nothing_comes_to_a_phone_the_next_message_is_anybodys(visitor: Visitor) -> None:
    ben = a_session(a_person("Ben Cole", phone="+447700900999"), ended_at=NOW)
    register(visitor.database, visitor.clinic, ben, now=NOW)

    visitor.move("next", visitor.patient_id)

    assert visitor.clock() == NOW + timedelta(hours=1)


def test_the_clock_goes_no_further_than_the_demos_end_and_says_so(visitor: Visitor) -> None:
    for _ in range(6):
        visitor.move("week")

    assert visitor.clock() == ENDS
    assert "stop it and start it again" in visitor.get("/demo")


@pytest.mark.parametrize("to", ["", "back", "-1"])
def test_a_button_that_there_is_not_moves_nothing(visitor: Visitor, to: str) -> None:
    assert visitor.move(to).status_code == 404
    assert visitor.clock() == NOW


def test_a_phone_that_there_is_not_is_not_found(visitor: Visitor) -> None:
    assert visitor.client.get("/demo?phone=x").status_code == 404
    assert visitor.client.get("/demo/phone").status_code == 404
    assert visitor.move("next", "x").status_code == 404


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/sign-in"])
def test_a_form_of_another_site_does_nothing(visitor: Visitor, path: str) -> None:
    fields = {"to": "week", "email": EMAIL}

    answers = [
        visitor.client.post(path, data=fields, headers=headers)
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://other.example"})
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert visitor.clock() == NOW
    assert COOKIE not in visitor.client.cookies


def test_one_button_signs_somebody_in_and_leads_on(visitor: Visitor) -> None:
    answer = visitor.sign_in("/demo")

    assert (answer.status_code, answer.headers["location"]) == (303, "/demo")
    assert "You are signed in as Tom Nair (treatment)" in visitor.get("/demo")


def test_a_button_leads_to_no_other_site(visitor: Visitor) -> None:
    assert visitor.sign_in("https://other.example/").headers["location"] == "/"


def test_nobody_but_the_demos_staff_is_signed_in(visitor: Visitor) -> None:
    answer = visitor.client.post("/demo/sign-in", data={"email": "x@willow.example"}, headers=HERE)

    assert answer.status_code == 404


def test_who_is_signed_in_stays_so_however_far_the_clock_is_moved(visitor: Visitor) -> None:
    visitor.sign_in()

    visitor.move("week")

    assert timedelta(days=7) > IDLE
    assert "You are signed in as Tom Nair" in visitor.get("/demo")


def test_who_is_not_signed_in_is_not_by_moving_the_clock(visitor: Visitor) -> None:
    visitor.move("week")

    assert "Nobody is signed in." in visitor.get("/demo")


def test_the_steps_say_what_is_done_and_lead_on(visitor: Visitor) -> None:
    assert visitor.get("/demo").count("Done") == 0

    session_id = visitor.register_amira()
    assert visitor.get("/demo").count("Done") == 1
    visitor.move("next", visitor.patient_id)

    page = visitor.get("/demo")
    assert page.count("Done") == 2
    assert re.search(rf'href="/sessions/{session_id}#message-[^"]+">See why<', page)


def test_the_step_goes_by_the_session_that_stands(visitor: Visitor) -> None:
    voided = visitor.register_amira()
    with visitor.database.write(visitor.clinic.id) as db:
        reminders.void(db, voided, by="Tom Nair", now=visitor.clock())
    assert f'href="/sessions/{voided}"' in visitor.get("/demo")

    visitor.move("hour")
    stands = visitor.register_amira()

    assert f'href="/sessions/{stands}"' in visitor.get("/demo")


def test_the_page_stands_when_who_comes_again_was_merged_with_somebody(visitor: Visitor) -> None:
    given = a_session(a_person("Amira Kahn", phone="+447700900997"), ended_at=NOW)
    other = str(register(visitor.database, visitor.clinic, given, now=NOW).patient_id)
    with visitor.database.write(visitor.clinic.id) as db:
        merge(db, visitor.patient_id, into=other, by="Tom Nair", now=visitor.clock())

    assert "Amira Kahn" in visitor.get("/demo")
    assert visitor.move("week").status_code == 303


def test_names_of_patients_are_words_and_never_markup(visitor: Visitor) -> None:
    given = a_session(a_person("<script>alert(1)</script>", phone="+447700900998"), ended_at=NOW)
    patient_id = register(visitor.database, visitor.clinic, given, now=NOW).patient_id

    page = visitor.get(f"/demo?phone={patient_id}")

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_pages_of_the_demo_have_the_headers_of_every_page(visitor: Visitor) -> None:
    for path in ("/demo", "/demo/phone?phone=" + visitor.patient_id, "/demo/bar"):
        headers = visitor.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["cache-control"] == "no-store"
