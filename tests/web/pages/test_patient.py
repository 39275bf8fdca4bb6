from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Act, Role, may
from scheduler.services import activity, patient_page
from scheduler.services.patient_page import PatientPage
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_person, a_session, register, statuses, stored
from tests.web.pages.desk_client import Browser, a_browser

Fields = Mapping[str, str | list[str]]
HOUR = timedelta(hours=1)
STOP: dict[str, str | list[str]] = {
    "channel": "sms",
    "purpose": "care",
    "said": "stopped",
    "source": "phone",
    "evidence": "She rang us",
}


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


def at(view: SessionView) -> str:
    return f"/patients/{view.patient_id}"


def page(desk: Browser, view: SessionView) -> str:
    answer = desk.get(at(view))
    assert answer.status_code == 200
    return unescape(answer.text)


def data(desk: Browser, view: SessionView) -> PatientPage:
    with desk.database.read(desk.clinic.id) as db:
        return patient_page.patient_page(db, str(view.patient_id))


def somebody(desk: Browser, name: str = "Zara Khan", phone: str = "+447700900123") -> SessionView:
    return register(desk.database, desk.clinic, a_session(a_person(name, phone=phone), ended_at=NOW - 3 * HOUR))


def test_it_shows_consent_contacts_sessions_and_what_happened(desk: Browser, view: SessionView) -> None:
    html = page(desk, view)

    assert "<h1>Amira Khan</h1>" in html
    assert "Tuesday 14 May 1991" in html
    assert "+447700900123" in html
    assert re.search(r"Agreed</span>\s+Tuesday 3 March, noted by desk, at the desk", html)
    assert "Not asked" in html
    assert "running, 9 left" in html
    assert "Registered a session of Microneedling that ended at Tuesday 3 March at 2:30pm." in html
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    assert title is not None
    assert "Khan" not in title[1]


def test_a_shared_number_names_the_other_patient(desk: Browser, view: SessionView) -> None:
    zara = somebody(desk)

    html = page(desk, view)

    assert re.search(rf'This number is also used by <a href="{at(zara)}">Zara Khan</a>', html)


def test_looking_at_a_patient_is_noted_once_an_hour_and_stands_in_the_activity(
    desk: Browser, view: SessionView
) -> None:
    for _ in range(3):
        page(desk, view)
    desk.clock.now = NOW + HOUR
    page(desk, view)

    listed = unescape(desk.get(f"{at(view)}/activity?sort=views").text)

    assert listed.count("Looked at the patient's page.") == 2
    assert "Showing 1 to 2 of 2" in listed
    assert "Sam Reed" in listed


def test_activity_is_paged_and_keeps_its_filter(desk: Browser, view: SessionView) -> None:
    with desk.database.write(desk.clinic.id) as db:
        for place in range(60):
            activity.look(db, str(view.patient_id), by="Priya", now=NOW + timedelta(minutes=place))

    first = unescape(desk.get(f"{at(view)}/activity?sort=views").text)
    second = unescape(desk.get(f"{at(view)}/activity?sort=views&page=2").text)
    beyond = desk.get(f"{at(view)}/activity?page=999")

    assert "Showing 1 to 50 of 61" in first
    assert f'href="{at(view)}/activity?sort=views&page=2"' in first
    assert "Showing 51 to 61 of 61" in second
    assert beyond.status_code == 200


def test_an_empty_filter_says_so_and_an_odd_one_shows_nothing_odd(desk: Browser, view: SessionView) -> None:
    assert "Nothing of the kind." in desk.get(f"{at(view)}/activity?sort=<script>").text
    assert "<script>" not in desk.get(f"{at(view)}/activity?sort=<script>").text.replace('<script src="', "")


def test_a_stop_is_noted_with_its_evidence_and_ends_the_plan(desk: Browser, view: SessionView) -> None:
    form = unescape(desk.get(f"{at(view)}/consent?channel=sms").text)
    answer = desk.post(f"{at(view)}/consent", STOP)

    assert "What did they say?" in form
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Amira stopped texts." in html
    assert "She rang us" in html
    assert set(statuses(desk.database, desk.clinic).values()) == {Status.CANCELLED}


def test_after_a_stop_only_the_patients_own_word_starts_texts_again(desk: Browser, view: SessionView) -> None:
    again: dict[str, str | list[str]] = {
        "channel": "sms",
        "purpose": "care",
        "said": "given",
        "source": "desk",
        "evidence": "Asked for them",
    }
    desk.post(f"{at(view)}/consent", STOP)

    unlifted = desk.post(f"{at(view)}/consent", again)
    unproved = desk.post(f"{at(view)}/consent", {**again, "evidence": "", "lifts_stop": "yes"})
    lifted = desk.post(f"{at(view)}/consent", {**again, "lifts_stop": "yes"})

    assert (unlifted.status_code, unproved.status_code, lifted.status_code) == (409, 422, 303)
    assert "Agreed: texts, noted by Sam Reed, at the desk, wording desk-1" in page(desk, view)
    assert Status.SCHEDULED in statuses(desk.database, desk.clinic).values()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"said": "given"},
        {"said": "given", "source": "telepathy"},
        {"said": "maybe", "source": "desk"},
        {"said": "stopped", "source": "desk"},
        {"said": "stopped", "source": "desk", "evidence": "x" * 501},
        {"said": "stopped", "source": "desk", "evidence": "\0\0\0"},
        {"said": "given", "source": "desk", "channel": "pigeon"},
        {"said": "given", "source": "desk", "purpose": "spam"},
    ],
)
def test_a_word_that_can_not_be_meant_is_not_noted(desk: Browser, view: SessionView, fields: Fields) -> None:
    answer = desk.post(f"{at(view)}/consent", {"channel": "sms", "purpose": "care", **fields})

    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert len(data(desk, view).view.consents) == 1


def test_a_number_and_an_address_are_added_and_removed(desk: Browser, view: SessionView) -> None:
    desk.clock.now = NOW + HOUR
    number = desk.post(f"{at(view)}/contacts", {"contact": "07700 900124"})
    desk.clock.now = NOW + 2 * HOUR
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
    assert "blisters" in {record.rule for record in stored(desk.database, desk.clinic)}


def test_advice_ends_earlier_by_a_clinicians_word_and_is_taken_back(desk: Browser, view: SessionView) -> None:
    what = f"{view.id} retinoid_otc"

    form = unescape(desk.get(f"{at(view)}/override").text)
    answer = desk.post(f"{at(view)}/override", {"what": what, "day": "2026-03-06", "reason": "Healed well"})
    html = page(desk, view)
    withdraw = re.search(r'action="([^"]*/withdraw)"', html)
    assert withdraw is not None

    assert "Retinol, microneedling of Tuesday 3 March: until after Sunday 8 March" in form
    assert answer.status_code == 303
    assert "Retinol until after Friday 6 March" in html
    assert "set by Sam Reed" in html
    assert desk.post(withdraw[1]).status_code == 303
    assert data(desk, view).overrides == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"what": "", "day": "2026-03-06", "reason": "Healed well"},
        {"day": "", "reason": "Healed well"},
        {"day": "2026-03-06", "reason": ""},
        {"day": "2026-03-01", "reason": "Healed well"},
        {"day": "2027-03-06", "reason": "Healed well"},
        {"day": "2026-03-06", "reason": "\0\0\0"},
        {"what": "x y", "day": "9999-12-31", "reason": "Healed well"},
    ],
)
def test_an_override_that_will_not_do_changes_nothing(desk: Browser, view: SessionView, fields: Fields) -> None:
    answer = desk.post(f"{at(view)}/override", {"what": f"{view.id} retinoid_otc", **fields})

    assert answer.status_code in {404, 422}
    assert data(desk, view).overrides == ()


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


def test_two_records_are_merged_after_their_numbers_were_seen(desk: Browser, view: SessionView) -> None:
    zara = somebody(desk)
    choose = unescape(desk.get(f"{at(zara)}/merge").text)
    asked = unescape(desk.get(f"{at(zara)}/merge/{view.patient_id}").text)

    answer = desk.post(f"{at(zara)}/merge/{view.patient_id}")

    assert f"{at(zara)}/merge/{view.patient_id}" in choose
    assert "Merge Zara Khan into Amira Khan?" in asked
    assert re.search(r"Merge: 1 session and \d+ messages move", asked)
    assert answer.headers["location"] == at(view)
    assert "This record turned out to be" in page(desk, zara)
    assert len(data(desk, view).sessions) == 2
    assert desk.post(f"{at(zara)}/merge/{view.patient_id}").status_code == 409
    assert desk.post(f"{at(zara)}/pause", {"reason": "other"}).status_code == 409
    assert desk.get(f"{at(view)}/merge/{view.patient_id}").status_code == 409


def test_the_one_to_merge_with_is_found_by_digits_or_letters(desk: Browser, view: SessionView) -> None:
    other = somebody(desk, "Beata Nowak", phone="+447700900188")

    found = unescape(desk.get(f"{at(view)}/merge?q=0188").text)
    nobody = unescape(desk.get(f"{at(view)}/merge?q=9999").text)
    unclear = unescape(desk.get(f"{at(view)}/merge?q=a").text)
    odd = desk.get(f"{at(view)}/merge?q=<script>%00")

    assert f"{at(view)}/merge/{other.patient_id}" in found
    assert "Nobody else fits." in nobody
    assert "Write 4 digits or 3 letters at least." in unclear
    assert odd.status_code == 200


def test_sessions_of_another_person_are_split_off_after_their_numbers_were_seen(
    desk: Browser, view: SessionView
) -> None:
    fields: dict[str, str | list[str]] = {"sessions": [str(view.id)], "name": "Zara Khan", "phone": "07700 900177"}

    seen = unescape(desk.post(f"{at(view)}/split", fields).text)
    before = data(desk, view).sessions
    answer = desk.post(f"{at(view)}/split", {**fields, "confirmed": "yes"})

    assert "1 session and 9 messages still to go move to Zara Khan." in seen
    assert len(before) == 1
    assert answer.status_code == 303
    assert data(desk, view).sessions == ()
    assert "Zara Khan" in unescape(desk.get(answer.headers["location"]).text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "Zara Khan"}, "Choose the sessions"),
        ({"sessions": ["x"], "name": "Zara Khan"}, "not here any more"),
        ({"name": ""}, "Enter the other person's name"),
        ({"name": "Zara Khan", "phone": "12"}, "too short"),
        ({"name": "\0"}, "can't be seen"),
    ],
)
def test_a_split_that_will_not_do_moves_nothing(desk: Browser, view: SessionView, fields: Fields, said: str) -> None:
    given = {"sessions": [str(view.id)], **fields} if "name" in fields and said != "Choose the sessions" else fields

    answer = desk.post(f"{at(view)}/split", {**given, "confirmed": "yes"})

    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert len(data(desk, view).sessions) == 1


POSTS: Mapping[str, tuple[Act, Fields]] = {
    "/details": (Act.CONTACT, {"name": "Amira Khan-Lee"}),
    "/contacts": (Act.CONTACT, {"contact": "07700 900124"}),
    "/contacts/x/remove": (Act.CONTACT, {}),
    "/consent": (Act.CONSENT, {"channel": "email", "purpose": "care", "said": "given", "source": "desk"}),
    "/flags": (Act.FLAG, {"flags": ["herpes"]}),
    "/override": (Act.OVERRIDE, {}),
    "/overrides/x/withdraw": (Act.OVERRIDE, {}),
    "/pause": (Act.PAUSE, {"reason": "other"}),
    "/resume": (Act.PAUSE, {}),
    "/merge/x": (Act.MERGE, {}),
    "/split": (Act.MERGE, {}),
}
GETS: Mapping[str, Act] = {
    "": Act.READ,
    "/activity": Act.READ,
    "/activity.csv": Act.EXPORT,
    "/details": Act.CONTACT,
    "/consent": Act.CONSENT,
    "/flags": Act.FLAG,
    "/override": Act.OVERRIDE,
    "/merge": Act.MERGE,
    "/split": Act.MERGE,
}


@pytest.mark.parametrize("role", sorted(Role))
def test_each_page_and_form_keeps_to_the_table_of_roles(desk: Browser, view: SessionView, role: Role) -> None:
    browser = desk if role is desk.person.role else desk.as_role(role)

    refused = {path for path in GETS if browser.get(at(view) + path).status_code == 403}
    refused |= {
        f"POST {path}"
        for path, (_, fields) in POSTS.items()
        if browser.post(at(view) + path, dict(fields)).status_code == 403
    }

    assert refused == {path for path, act in GETS.items() if not may(role, act)} | {
        f"POST {path}" for path, (act, _) in POSTS.items() if not may(role, act)
    }


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_not_sees_no_way_to_it(desk: Browser, view: SessionView, role: Role) -> None:
    browser = desk if role is desk.person.role else desk.as_role(role)

    html = page(browser, view) + unescape(browser.get(f"{at(view)}/activity").text)

    for path in ("/details", "/flags", "/override", "/merge", "/split", "/activity.csv"):
        assert (f'href="{at(view)}{path}"' in html) is may(role, GETS[path]), path


def test_another_clinics_patient_is_not_there(desk: Browser, view: SessionView) -> None:
    other = a_browser(desk.database, a_clinic(desk.database, name="Birch"), role=Role.APPROVER, app=desk.app)
    theirs = register(other.database, other.clinic)

    for path in GETS:
        if path != "/activity.csv":
            assert other.get(at(view) + path).status_code == 404, path
    for path, (_, fields) in POSTS.items():
        assert other.post(at(view) + path, dict(fields)).status_code == 404, path
    assert other.get(f"{at(theirs)}/merge/{view.patient_id}").status_code == 404
    assert other.post(f"{at(theirs)}/merge/{view.patient_id}").status_code == 404
    assert len(data(desk, view).view.consents) == 1


def test_the_activity_as_a_file_holds_no_formula(desk: Browser, view: SessionView) -> None:
    manager = desk.as_role(Role.MANAGER)
    desk.post(f"{at(view)}/pause", {"reason": "other", "note": '=HYPERLINK("https://elsewhere.example")'})
    with desk.database.write(desk.clinic.id) as db:
        activity.look(db, str(view.patient_id), by="=1+1", now=NOW)

    answer = manager.get(f"{at(view)}/activity.csv")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert "'=1+1" in answer.text
    assert "2026-03-03 14:35" in answer.text
    assert "Took the activity out as a file." in answer.text
