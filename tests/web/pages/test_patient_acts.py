from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.services.views import SessionView
from scheduler.storage import clinics
from scheduler.storage.database import Database
from tests.builders import NOW, a_person, a_session, register, statuses, stored
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.patient_at_desk import Fields, at, data, page


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """The pages ask the same of both databases; the services are tried on both."""
    return fresh_sqlite_url


@pytest.fixture
def desk(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(desk: Browser) -> SessionView:
    return register(desk.database, desk.clinic, a_session(a_person(birth_date=date(1991, 5, 14))))


def test_a_number_and_an_address_are_added_and_removed(desk: Browser, view: SessionView) -> None:
    desk.clock.now = NOW + timedelta(hours=1)
    number = desk.post(f"{at(view)}/contacts", {"contact": "07700 900124"})
    desk.clock.now = NOW + timedelta(hours=2)
    address = desk.post(f"{at(view)}/contacts", {"contact": "amira@example.com"})
    old = data(desk, view).contacts[0].point
    removed = desk.post(f"{at(view)}/contacts/{old.id}/remove")
    twice = desk.post(f"{at(view)}/contacts/{old.id}/remove")

    assert [one.status_code for one in (number, address, removed, twice)] == [303, 303, 303, 409]
    assert [one.point.value for one in data(desk, view).contacts] == ["+447700900124", "amira@example.com"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a number or an email address"),
        ("12", "too short"),
        ("<script>", "That isn't a phone number"),
        ("nobody@", "That isn't an email address"),
        ("x" * 500, "at most 254 characters"),
        ("\0", "can't be seen"),
        ("07700\u202e900124", "can't be seen"),
        ("🙂", "That isn't a phone number"),
    ],
)
def test_a_contact_that_will_not_do_is_said_at_its_field(
    desk: Browser, view: SessionView, typed: str, said: str
) -> None:
    answer = desk.post(f"{at(view)}/contacts", {"contact": typed})

    html = unescape(answer.text)
    assert answer.status_code == 422
    assert html.count(said) == 2
    assert "<title>Error: " in html
    assert len(data(desk, view).contacts) == 1


def test_languages_are_named_and_not_coded(desk: Browser, view: SessionView) -> None:
    with desk.database.write(desk.clinic.id) as db:
        clinics.save_clinic(db, replace(desk.clinic, languages=("en", "pl")))

    details, shown = desk.get(f"{at(view)}/details").text, page(desk, view)

    assert '<option value="en" selected>English</option>' in details
    assert ">Polish</option>" in details
    assert "<dt>Language</dt><dd>English</dd>" in shown


def test_details_and_private_wording_are_changed(desk: Browser, view: SessionView) -> None:
    form = unescape(desk.get(f"{at(view)}/details").text)
    answer = desk.post(
        f"{at(view)}/details", {"name": "Amira Łuc-Nguyễn", "birth_date": "1991-05-15", "private": "yes"}
    )

    assert 'value="1991-05-14"' in form
    assert answer.status_code == 303
    shown = data(desk, view).view
    assert (shown.name, shown.birth_date, shown.private) == ("Amira Łuc-Nguyễn", date(1991, 5, 15), True)
    desk.post(f"{at(view)}/details", {"name": "Amira Khan"})
    after = data(desk, view).view
    assert (after.birth_date, after.private) == (None, False)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Give the patient's name"),
        ({"name": "x" * 500}, "at most 200 characters"),
        ({"name": "Ami\0ra"}, "can't be seen"),
        ({"name": "Amira \u202eKhan"}, "can't be seen"),
        ({"name": "Amira", "birth_date": "14 May"}, "Enter the date of birth"),
        ({"name": "Amira", "birth_date": "2991-05-14"}, "in the future"),
        ({"name": "Amira", "language": "tlh"}, "does not send tlh"),
    ],
)
def test_details_that_will_not_do_are_said_at_their_field(
    desk: Browser, view: SessionView, fields: Fields, said: str
) -> None:
    answer = desk.post(f"{at(view)}/details", dict(fields))

    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert data(desk, view).view.name == "Amira Khan"


def test_a_name_is_shown_as_it_was_written_and_never_run(desk: Browser, view: SessionView) -> None:
    desk.post(f"{at(view)}/details", {"name": "<script>alert(1)</script> مرحبا"})

    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt; مرحبا</h1>" in desk.get(at(view)).text


def test_flags_are_chosen_by_clinicians_and_change_the_plan(desk: Browser, view: SessionView) -> None:
    form = unescape(desk.get(f"{at(view)}/flags").text)
    answer = desk.post(f"{at(view)}/flags", {"flags": ["herpes"]})
    unknown = desk.post(f"{at(view)}/flags", {"flags": ["<script>"]})

    assert "Cold sores or other herpes simplex" in form
    assert answer.status_code == 303
    assert unknown.status_code == 422
    assert "Cold sores or other herpes simplex" in page(desk, view)
    assert "Changed flags from none to Cold sores or other herpes simplex" in page(desk, view)
    assert "blisters" in {record.rule for record in stored(desk.database, desk.clinic)}


def shown_before(desk: Browser, address: str) -> dict[str, str]:
    """The hidden fields of a form that say what it showed."""
    return dict(re.findall(r'name="(was_[a-z_]+)" value="([^"]*)"', unescape(desk.get(address).text)))


def test_a_stale_flags_form_takes_back_nothing_that_a_colleague_recorded(desk: Browser, view: SessionView) -> None:
    address = f"{at(view)}/flags"
    desk.post(address, {"flags": ["keloid"]})
    was = shown_before(desk, address)
    desk.post(address, {**shown_before(desk, address), "flags": ["herpes", "keloid"]})

    answer = desk.post(address, {**was, "flags": ["fitzpatrick_4_6"]})

    assert was == {"was_flags": "keloid"}
    assert answer.status_code == 303
    assert sorted(data(desk, view).view.flags) == ["fitzpatrick_4_6", "herpes"]


def test_a_stale_details_form_changes_only_what_was_typed_over(desk: Browser, view: SessionView) -> None:
    address = f"{at(view)}/details"
    was = shown_before(desk, address)
    desk.post(address, {**was, "name": "Amira Haddad", "birth_date": "1991-05-15", "private": "yes"})

    answer = desk.post(address, {**was, "name": "Amira Khan-Haddad", "birth_date": "1991-05-14"})

    assert answer.status_code == 303
    now = data(desk, view).view
    assert (now.name, now.birth_date, now.private) == ("Amira Khan-Haddad", date(1991, 5, 15), True)
    desk.post(address, {**shown_before(desk, address), "name": "Amira Khan-Haddad"})
    after = data(desk, view).view
    assert (after.name, after.birth_date, after.private) == ("Amira Khan-Haddad", None, False)


def test_all_messages_are_paused_and_go_on_by_undo_at_the_same_times(desk: Browser, view: SessionView) -> None:
    before = [(one.id, one.due_at, one.status, one.bundled_into) for one in stored(desk.database, desk.clinic)]
    back = f"/sessions/{view.id}"

    answer = desk.post(f"{at(view)}/pause", {"reason": "hospital", "note": "Back on Monday", "back": back})
    html = unescape(desk.get(back).text)
    undo = re.search(r'action="([^"]*/resume\?[^"]*)"', html)
    held = set(statuses(desk.database, desk.clinic).values())
    assert undo is not None
    resumed = desk.post(unescape(undo[1]))

    assert answer.headers["location"] == resumed.headers["location"] == back
    assert held == {Status.HELD}
    assert "All messages to Amira are paused" in html
    assert "Back on Monday" in html
    assert [(one.id, one.due_at, one.status, one.bundled_into) for one in stored(desk.database, desk.clinic)] == before


@pytest.mark.parametrize("again", ["other reason", "anew"])
def test_undo_leaves_a_pause_that_somebody_else_made_since(desk: Browser, view: SessionView, again: str) -> None:
    desk.post(f"{at(view)}/pause", {"reason": "other"})
    undo = re.search(r'action="([^"]*/resume\?[^"]*)"', desk.get(at(view)).text)
    assert undo is not None
    if again == "anew":
        desk.post(f"{at(view)}/resume")
        desk.clock.now += timedelta(seconds=5)
    desk.post(f"{at(view)}/pause", {"reason": "hospital" if again == "other reason" else "other"})

    answer = desk.post(unescape(undo[1]))

    assert answer.status_code == 409
    assert "Not resumed. Somebody paused the messages again since" in answer.text
    assert data(desk, view).view.paused is not None


def test_after_a_death_was_noted_messages_go_on_only_with_a_reason(desk: Browser, view: SessionView) -> None:
    desk.post(f"{at(view)}/pause", {"reason": "death"})

    shown = unescape(desk.get(at(view)).text)
    without = desk.post(f"{at(view)}/resume")
    with_reason = desk.post(f"{at(view)}/resume", {"reason": "It was somebody else"})

    assert "Undo" not in shown
    assert (without.status_code, with_reason.status_code) == (422, 303)


@pytest.mark.parametrize(
    "fields", [{}, {"reason": "boredom"}, {"reason": "other", "note": "x" * 600}, {"reason": "\0"}]
)
def test_a_pause_that_can_not_be_meant_is_refused(desk: Browser, view: SessionView, fields: Fields) -> None:
    assert desk.post(f"{at(view)}/pause", dict(fields)).status_code == 422
    assert data(desk, view).view.paused is None


def test_nobody_is_sent_to_another_site_after_a_pause(desk: Browser, view: SessionView) -> None:
    answer = desk.post(f"{at(view)}/pause", {"reason": "other", "back": "https://elsewhere.example/sessions/"})

    assert answer.headers["location"] == at(view)
