from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.services import reminders
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_session,
    copy_reminder,
    register,
)
from tests.services.put import put
from tests.services.todo_lists import listed
from tests.web.pages.desk_client import Browser, a_browser

HOUR = timedelta(hours=1)
ANY = "/outbox?days=any&who=khan"


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """One store is enough here: what is read from both is tried with the services."""
    return fresh_sqlite_url


@pytest.fixture
def browser(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(browser: Browser) -> SessionView:
    return register(browser.database, browser.clinic)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def shown(browser: Browser, address: str) -> list[str]:
    """Ids of the messages on a page."""
    return re.findall(r'id="message-([^"]+)"', browser.get(address).text)


def lose(browser: Browser, view: SessionView, reason: str, status: Status = Status.UNDELIVERED) -> str:
    return put(browser.database, view.reminders[0].id, status, reason)


def test_a_clinic_without_messages_is_led_to_the_next_step(browser: Browser) -> None:
    assert "Nothing sent yet." in browser.get("/outbox?days=90").text
    assert "No messages in these days." in browser.get("/outbox").text
    assert "No messages match." in browser.get("/outbox?state=held").text


def test_messages_are_listed_with_masked_numbers_and_short_names(browser: Browser, view: SessionView) -> None:
    page = browser.get(ANY)

    assert f"Showing 1 to {len(view.reminders)} of {len(view.reminders)}" in page.text
    assert "Amira K" in page.text
    assert "Text to 0770••••123" in words(page.text)
    assert "Khan" not in page.text
    assert "7700900" not in page.text
    assert f"{len(view.reminders)} planned" in words(page.text)


@pytest.mark.parametrize(
    ("reason", "why", "to_do"),
    [
        ("30003", "The phone was off or had no signal.", "Send it again later, or call the patient."),
        ("30005", "This number is not in use.", "Check the number with the patient."),
        ("30006", "This is a landline. It cannot get texts.", "Ask for a mobile, or use email."),
        ("21610", "The patient sent STOP.", "Do not text. Call or print."),
        ("99999", "Not delivered. The network gave no reason.", "Send it again once."),
    ],
)
def test_a_failed_text_shows_reason_advice_and_only_actions_that_there_are(
    browser: Browser, view: SessionView, reason: str, why: str, to_do: str
) -> None:
    lost = lose(browser, view, f"undelivered {reason}")

    page = browser.get(f"{ANY}&state=not-delivered").text

    assert why in page
    assert f"What to do: {to_do}" in words(page)
    assert "<title>Outbox: 1 not delivered – Willow Skin</title>" in page
    assert "1 not delivered (100.0%)" in words(page)
    assert reason not in words(page.split("Technical details")[0])
    send = f'action="/sessions/{view.id}/messages/{lost}/send"'
    assert (send in page) is (reason in {"30003", "99999"})
    assert (f'href="/patients/{view.patient_id}#contact"' in page) is (reason in {"30005", "30006"})
    assert f'action="/outbox/{lost}/told"' in page


def test_a_message_that_came_too_late_says_how_late(browser: Browser, view: SessionView) -> None:
    first = view.reminders[0]
    put(browser.database, first.id, Status.EXPIRED, "not_useful", at=first.due_at + 26 * HOUR)

    assert "Not sent: it was 26 hours late and the advice was out of date." in browser.get(ANY).text


def test_a_message_that_waits_says_until_when(browser: Browser, view: SessionView) -> None:
    put(browser.database, view.reminders[0].id, Status.SCHEDULED, "outside_hours")

    page = words(browser.get(f"{ANY}&state=held").text)

    assert "Held Waiting until 3:30pm." in page


def test_the_reason_that_a_colleague_gave_is_shown_as_text(browser: Browser, view: SessionView) -> None:
    check = next(str(one.id) for one in view.reminders if one.rule == "check")
    with browser.database.write(browser.clinic.id) as db:
        reminders.skip(db, check, reason="<b>seen</b> =1+1", by=BY, now=NOW)

    assert "Skipped by staff: &lt;b&gt;seen&lt;/b&gt; =1+1" in browser.get(ANY).text


# Filters


def test_filters_stand_in_the_address_and_in_their_fields(browser: Browser, view: SessionView) -> None:
    page = browser.get("/outbox?days=next-7&channel=sms&state=planned&who=0123")

    assert '<option value="next-7" selected>' in page.text
    assert '<option value="sms" selected>' in page.text
    assert '<option value="planned" selected>' in page.text
    assert 'value="0123"' in page.text
    assert 'method="get" action="/outbox"' in page.text
    assert set(shown(browser, str(page.url))) <= {str(one.id) for one in view.reminders}


def test_a_day_that_is_no_span_is_offered_beside_them(browser: Browser) -> None:
    assert (
        '<option value="2026-03-04" selected>Wednesday 4 March</option>' in browser.get("/outbox?days=2026-03-04").text
    )


def test_one_patients_messages_stay_theirs_when_the_filters_change(browser: Browser, view: SessionView) -> None:
    register(browser.database, browser.clinic, a_session(a_person("Jo Brown", phone="+447700900124")))

    page = browser.get(f"/outbox?patient={view.patient_id}").text

    assert f'<input type="hidden" name="patient" value="{view.patient_id}">' in page
    assert "Only messages of one patient." in words(page)
    assert "Jo B" not in page


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("days", "yesterday"),
        ("days", "2026-02-30"),
        ("days", "<script>alert(1)</script>"),
        ("channel", "fax"),
        ("state", "' OR 1=1 --"),
        ("who", "12"),
        ("who", "a\0b"),
        ("who", "x" * 5000),
        ("who", "😀"),
        ("patient", "x" * 100),
        ("session", "\u202e"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_nothing_is_narrowed(browser: Browser, field: str, text: str) -> None:
    page = browser.get(f"/outbox?{field}={quote(text)}")

    assert page.status_code == 422
    assert "<title>Error: Outbox" in page.text
    assert "There is a problem" in page.text
    assert f'href="#outbox-{field}"' in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("who", ["<script>", "\u202eعميرة", "O'Brien", "Zoë Łuc", "José 😀 Nguyễn"])
def test_any_name_can_be_looked_for(browser: Browser, who: str) -> None:
    page = browser.get(f"/outbox?who={quote(who)}")

    assert page.status_code == 200
    assert "No messages match." in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("page", ["-1", "0", "999999", "x", "", "1e9", "9" * 500])
def test_a_page_that_there_is_not_is_another_one(browser: Browser, view: SessionView, page: str) -> None:
    answer = browser.get(f"{ANY}&page={page}")

    assert answer.status_code == 200
    assert f"Showing 1 to {len(view.reminders)} of" in answer.text


def test_a_long_list_is_read_in_pages_that_keep_the_filters(browser: Browser, view: SessionView) -> None:
    copy_reminder(browser.database, str(view.reminders[0].id), 100)

    first = browser.get("/outbox?days=any&state=planned&who=0123")
    second = browser.get("/outbox?days=any&state=planned&who=0123&page=2")

    assert "Showing 1 to 50 of" in first.text
    assert 'rel="next" href="/outbox?days=any&amp;state=planned&amp;who=0123&amp;page=2"' in first.text
    assert 'rel="prev" href="/outbox?days=any&amp;state=planned&amp;who=0123"' in second.text
    assert set(shown(browser, str(first.url))).isdisjoint(shown(browser, str(second.url)))


# Seeing to what got lost


def test_a_lost_message_is_marked_as_told_and_is_off_today(browser: Browser, view: SessionView) -> None:
    lost = lose(browser, view, "undelivered 30005")

    answer = browser.post(f"/outbox/{lost}/told", {"note": "Told her by phone."}, page="/outbox?days=7")

    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox?days=7")
    assert "Noted: the patient knows." in browser.get("/outbox?days=7").text
    assert "did not arrive" not in browser.get("/today").text
    assert listed(browser.database, browser.clinic) == ()


@pytest.mark.parametrize("page", ["/today", "/outbox"])
def test_a_note_that_will_not_do_comes_back_on_the_page_it_was_typed_on(
    browser: Browser, view: SessionView, page: str
) -> None:
    lost = lose(browser, view, "undelivered 30005")

    answer = browser.post(f"/outbox/{lost}/told", {"note": "x"}, page=page)

    assert answer.status_code == 422
    assert f"<title>Error: {page[1:].capitalize()}" in answer.text
    assert "Say what came of it in 3 to 500 letters." in answer.text
    assert "<details open>" in answer.text


def test_a_message_that_is_not_lost_is_left_as_it_is(browser: Browser, view: SessionView) -> None:
    answer = browser.post(f"/outbox/{view.reminders[0].id}/told", page="/outbox")

    assert answer.status_code == 303
    assert "This message is scheduled, so there is nothing to see to." in browser.get("/outbox").text


def test_another_clinics_message_is_not_there(browser: Browser, database: Database) -> None:
    other = a_clinic(database, name="Birch")
    theirs = put(database, register(database, other).reminders[0].id, Status.FAILED)

    assert browser.post(f"/outbox/{theirs}/told").status_code == 404
    assert theirs not in browser.get(ANY).text
