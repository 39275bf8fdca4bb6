from __future__ import annotations

import re
from datetime import timedelta

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Role
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_person, a_session, register
from tests.services.put import put
from tests.services.todo_lists import listed, need, unknown
from tests.web.pages.desk_client import Browser, a_browser

HOUR = timedelta(hours=1)


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
    """The text of a page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def fail(browser: Browser, view: SessionView, rule: str = "start", reason: str = "undelivered 30003") -> str:
    reminder_id = next(one.id for one in view.reminders if one.rule == rule)
    return put(browser.database, reminder_id, Status.UNDELIVERED, reason)


def test_a_new_clinics_first_day_says_where_to_start(browser: Browser) -> None:
    page = browser.get("/today")

    assert page.status_code == 200
    assert "<title>Today, Tuesday 3 March – Willow Skin</title>" in page.text
    assert "Start here" in page.text
    assert "Nothing needs you." in page.text
    assert "No sessions yet today." in page.text
    assert "Times are clinic time (London)." in page.text


def test_a_quiet_day_says_when_the_next_message_goes(browser: Browser, view: SessionView) -> None:
    page = words(browser.get("/today").text)

    assert "Start here" not in page
    assert "Nothing needs you. Next message goes out at 3:30pm." in page
    assert "Amira K Microneedling, 0.5 mm, pen, face" in page
    assert "On 3:30pm Your care today" in page
    assert "Khan" not in page
    assert "7700" not in page
    del view


def test_what_needs_a_person_is_counted_and_told(browser: Browser, view: SessionView) -> None:
    fail(browser, view)
    register(browser.database, browser.clinic, a_session(a_person("Bea Osei", phone=None)))

    page = words(browser.get("/today").text)

    assert "Needs you now (3)" in page
    assert "Urgent Bea O : Tell the patient the warning signs" in page
    assert "Amira K : “Your care today” did not arrive. The phone was off or had no signal." in page
    assert "What to do: Send it again later, or call the patient." in page
    assert "1 gets no messages." in page
    assert "No number Add a number" in page


def test_a_message_in_doubt_is_not_said_to_have_failed(browser: Browser, view: SessionView) -> None:
    put(browser.database, view.reminders[0].id, Status.IN_DOUBT, "no_answer")

    page = words(browser.get("/today").text)

    assert "may not have arrived. We sent it and got no answer." in page
    assert "Mark as told" not in page


def test_only_buttons_that_do_something_are_shown(browser: Browser, view: SessionView) -> None:
    lost = fail(browser, view)
    again = f'action="/sessions/{view.id}/messages/{lost}/send"'
    of_use = browser.get("/today").text
    put(browser.database, lost, Status.UNDELIVERED, "undelivered 30003", useful_until=NOW)
    too_late = browser.get("/today").text

    assert again in of_use
    assert again not in too_late
    assert f'action="/outbox/{lost}/told"' in too_late


def test_what_a_sender_cannot_mend_leads_to_the_patient(browser: Browser, view: SessionView) -> None:
    fail(browser, view, reason="undelivered 30005")

    page = browser.get("/today").text

    assert f'href="/patients/{view.patient_id}#contact"' in page
    assert "/send" not in page


def test_messages_that_stay_where_they_are_since_nothing_sends_are_told(browser: Browser, view: SessionView) -> None:
    first = min(one.due_at for one in view.reminders)
    browser.clock.now = first + timedelta(minutes=4)
    in_turn = browser.get("/today").text
    browser.clock.now = first + timedelta(minutes=6)
    late = words(browser.get("/today").text)

    assert "not going out" not in in_turn
    assert "Messages are not going out. The oldest should have gone on Tuesday 3 March at 3:30pm" in late


# Looking for news


def test_the_board_is_asked_for_by_itself_and_says_so_only_when_more_needs_somebody(
    browser: Browser, view: SessionView
) -> None:
    need(browser.database, browser.clinic, unknown(view))

    rose, same, fell = (browser.get(f"/today/board?needs={needs}").text for needs in (0, 1, 2))

    assert 'data-poll="/today/board?needs=1"' in rose
    assert "<html" not in rose
    assert "More needs you now: 1 in all." in rose
    assert "More needs you now" not in same
    assert "More needs you now" not in fell


@pytest.mark.parametrize("needs", ["-1", "x", "9" * 30, "", "1%00"])
def test_a_board_asked_for_with_nonsense_is_refused_as_a_page(browser: Browser, needs: str) -> None:
    answer = browser.get(f"/today/board?needs={needs}")

    assert answer.status_code in {400, 422}
    assert "<h1>" in answer.text


def test_a_board_asked_for_when_the_sign_in_ended_leads_to_the_sign_in(browser: Browser) -> None:
    browser.clock.now = NOW + 24 * HOUR

    answer = browser.get("/today/board", headers={"HX-Request": "true", "Desk-Poll": "true"})

    assert answer.headers["hx-redirect"].startswith("/sign-in")


# To-dos


def test_a_to_do_is_done_from_the_page_with_what_came_of_it(browser: Browser, view: SessionView) -> None:
    todo = need(browser.database, browser.clinic, unknown(view))

    answer = browser.post(f"/todos/{todo}/done", {"note": "Called her."})
    page = browser.get("/today")

    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    assert "Done. It is off the list." in page.text
    assert "Needs you now</h2>" in page.text
    assert listed(browser.database, browser.clinic) == ()


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("x", "Say what came of it in 3 to 500 letters."),
        ("x" * 501, "Write at most 500 characters; this has 501."),
        ("a\0b", "Take out the characters that can’t be seen"),
    ],
)
def test_a_note_that_will_not_do_is_shown_again_beside_what_is_wrong(
    browser: Browser, view: SessionView, note: str, said: str
) -> None:
    todo = need(browser.database, browser.clinic, unknown(view))

    answer = browser.post(f"/todos/{todo}/done", {"note": note})

    assert answer.status_code == 422
    assert "<title>Error: Today" in answer.text
    assert answer.text.replace("&#39;", "’").count(said) == 2
    assert "<details open>" in answer.text
    assert len(listed(browser.database, browser.clinic)) == 1


def test_what_a_colleague_did_first_is_told_calmly(browser: Browser, view: SessionView) -> None:
    todo = need(browser.database, browser.clinic, unknown(view))
    browser.post(f"/todos/{todo}/done")

    again = browser.post(f"/todos/{todo}/done")

    assert again.status_code == 303
    assert "This was done already, by Sam Reed." in browser.get("/today").text


def test_another_clinics_to_do_is_not_there(browser: Browser, database: Database) -> None:
    other = a_clinic(database, name="Birch")
    todo = need(database, other, unknown(register(database, other)))

    assert browser.post(f"/todos/{todo}/done").status_code == 404
    assert browser.post("/todos/%00/done").status_code in {400, 404}
    assert len(listed(database, other)) == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eعميرة", "😀" * 10])
def test_whatever_a_name_holds_is_shown_as_text(browser: Browser, text: str) -> None:
    register(browser.database, browser.clinic, a_session(a_person(f"{text} Khan")))

    page = browser.get("/today").text

    assert "<script>alert" not in page
    assert text.split(maxsplit=1)[0].replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TREATMENT}))
def test_everybody_at_the_desk_sees_the_day(browser: Browser, role: Role) -> None:
    assert browser.as_role(role).get("/today").status_code == 200
