from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Act, Role, may
from scheduler.services import activity
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.outbox import Record
from tests.builders import NOW, a_clinic, a_person, a_session, drain_at, register, stored, the_reminder
from tests.fakes import AcceptingSender
from tests.web.pages.desk_client import Browser, a_browser

HOUR = timedelta(hours=1)
RECORDED: dict[str, str | list[str]] = {
    "fact.needle_mm": "0.5",
    "fact.modality": "pen",
    "fact.areas": ["face"],
    "fact.weeping": "no",
    "day": "2026-03-03",
    "time": "14:30",
}
"""The form of a session as it was registered."""


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """The pages ask the same of both databases; the services are tried on both."""
    return fresh_sqlite_url


@pytest.fixture
def desk(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(desk: Browser) -> SessionView:
    return register(desk.database, desk.clinic)


def page(desk: Browser, view: SessionView) -> str:
    answer = desk.get(f"/sessions/{view.id}")
    assert answer.status_code == 200
    return unescape(answer.text)


def rule(desk: Browser, name: str) -> Record:
    return next(record for record in stored(desk.database, desk.clinic) if record.rule == name)


def at(view: SessionView, record: Record) -> str:
    return f"/sessions/{view.id}/messages/{record.id}"


def undo(desk: Browser, view: SessionView) -> str:
    """The address behind the Undo button of the page that comes next, which says what was done."""
    found = re.search(r'action="([^"]*(?:restore|put-back)\?[^"]*)"', desk.get(f"/sessions/{view.id}").text)
    assert found is not None
    return unescape(found[1])


def test_every_message_says_when_how_and_why(desk: Browser, view: SessionView) -> None:
    html = page(desk, view)

    assert "Microneedling, Tuesday 3 March" in html
    assert "Longest needle: 0.5 mm." in html
    assert "Wednesday 4 March at 10am" in html
    assert "Text to the number ending 0123." in html
    assert "Microneedling, version 1, band D1: rule no-actives, day 1 at 10:00." in html
    assert "Amira agreed to texts on Tuesday 3 March." in html
    assert "rules did not apply" in html
    assert "device is pen, not rf" in html
    assert html.count('aria-current="step"') == 1
    assert "Next, in 55 minutes" in html


def test_the_title_names_the_patient_by_first_name_and_initial_alone(desk: Browser, view: SessionView) -> None:
    title = re.search(r"<title>(.*?)</title>", page(desk, view), re.DOTALL)

    assert title is not None
    assert "Amira K, microneedling" in title[1]
    assert "Khan" not in title[1]


def test_a_message_is_skipped_and_restored_by_undo(desk: Browser, view: SessionView) -> None:
    before = rule(desk, "check")

    answer = desk.post(f"{at(view, before)}/skip", {"reason": "Told in person"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sessions/{view.id}")
    address = undo(desk, view)
    html = page(desk, view)
    assert "Skipped by Sam Reed" in html
    assert "Told in person" in html
    assert desk.post(address).status_code == 303
    after = the_reminder(desk.database, desk.clinic, before.id)
    assert (after.due_at, after.status, after.touched_by) == (before.due_at, before.status, None)


def test_a_whole_bundle_is_skipped_at_once_and_comes_back_as_one(desk: Browser, view: SessionView) -> None:
    lead = rule(desk, "heat-exercise")

    desk.post(f"{at(view, lead)}/skip", {"reason": "Told in person", "whole": "yes"})
    skipped = [record.rule for record in stored(desk.database, desk.clinic) if record.status is Status.SKIPPED]
    desk.post(undo(desk, view))

    assert sorted(skipped) == ["heat-exercise", "spf-sun"]
    assert rule(desk, "spf-sun").bundled_into == lead.id


def test_one_part_of_a_bundle_is_skipped_alone(desk: Browser, view: SessionView) -> None:
    desk.post(f"{at(view, rule(desk, 'spf-sun'))}/skip", {"reason": "Told in person"})

    assert rule(desk, "heat-exercise").status is Status.SCHEDULED
    assert rule(desk, "spf-sun").status is Status.SKIPPED


@pytest.mark.parametrize("role", sorted(Role))
def test_a_safety_text_is_left_out_only_by_those_who_may(desk: Browser, view: SessionView, role: Role) -> None:
    danger, browser = rule(desk, "danger"), desk if role is desk.person.role else desk.as_role(role)
    allowed = may(role, Act.SKIP_SAFETY)

    html = page(browser, view)
    answer = browser.post(f"{at(view, danger)}/skip", {"reason": "Told in person"})

    assert (f'{at(view, danger)}/skip"' in html) is allowed
    assert ("can't skip a safety text. Ask" in html) is not allowed
    status = the_reminder(desk.database, desk.clinic, danger.id).status
    if allowed:
        assert (answer.status_code, status) == (303, Status.CANCELLED)
        browser.post(undo(browser, view))
        assert the_reminder(desk.database, desk.clinic, danger.id).status is Status.SCHEDULED
    else:
        assert (answer.status_code, status) == (403, Status.SCHEDULED)
        assert "can't skip a safety text. Ask somebody who treats, or an approver." in unescape(answer.text)


def test_a_message_is_moved_by_a_tap_and_back_by_undo(desk: Browser, view: SessionView) -> None:
    danger = rule(desk, "danger")
    html = page(desk, view)
    quick = re.search(rf'{at(view, danger)}/move".*?name="to" value="([^"]+)">(.*?)<', html, re.DOTALL)
    assert quick is not None

    answer = desk.post(f"{at(view, danger)}/move", {"to": quick[1]})

    assert answer.status_code == 303
    assert rule(desk, "danger").due_at == NOW.replace(hour=17, minute=0)
    assert quick[2] == "Later today, 5pm"
    address = undo(desk, view)
    assert desk.post(address).status_code == 303
    after = rule(desk, "danger")
    assert (after.due_at, after.touched_by) == (danger.due_at, None)


def test_a_message_is_moved_to_a_day_and_a_time(desk: Browser, view: SessionView) -> None:
    check = rule(desk, "check")

    shown = unescape(desk.get(f"{at(view, check)}/move").text)
    answer = desk.post(f"{at(view, check)}/move", {"day": "2026-03-09", "time": "11:30"})

    assert "Monday 9 March" in shown
    assert "of use until" in shown
    assert answer.status_code == 303
    assert rule(desk, "check").due_at == NOW.replace(day=9, hour=11, minute=30)
    assert "Moved to Monday 9 March at 11:30am" in page(desk, view)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose a day"),
        ({"day": "2026-03-09"}, "Choose a time"),
        ({"day": "2027-03-09", "time": "10:00"}, "Choose a day"),
        ({"day": "2026-03-09", "time": "10:17"}, "Choose a time"),
        ({"day": "2026-03-03", "time": "10:00"}, "That time is over"),
        ({"day": "2026-03-09", "time": "22:00"}, "At that hour no message of this kind goes out"),
        ({"to": "2026-03-09T22:00:00+00:00"}, "At that hour"),
        ({"to": "2026-03-09T10:00:00"}, "Choose a day and a time"),
        ({"to": "yesterday"}, "Choose a day and a time"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "That time is over"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "It is of no use from"),
        ({"to": "\0"}, "can't be seen"),
        ({"day": "<script>", "time": "\u202e🙂"}, "can't be seen"),
    ],
)
def test_a_time_that_will_not_do_is_said_at_the_field(
    desk: Browser, view: SessionView, fields: dict[str, str], said: str
) -> None:
    before = rule(desk, "check")

    answer = desk.post(f"{at(view, before)}/move", dict(fields))

    html = unescape(answer.text)
    assert answer.status_code == 422
    assert said in html
    assert "<title>Error: " in html
    assert "<script>" not in html.replace('<script src="', "")
    assert rule(desk, "check").due_at == before.due_at


def test_what_is_sent_now_waits_ten_seconds_and_goes_once(desk: Browser, view: SessionView) -> None:
    danger, sender = rule(desk, "danger"), AcceptingSender()

    answer = desk.post(f"{at(view, danger)}/send")
    hold = desk.get(answer.headers["location"])
    drain_at(desk.database, sender, NOW + timedelta(seconds=9))
    before = len(sender.sent)
    drain_at(desk.database, sender, NOW + timedelta(seconds=10))

    assert answer.status_code == 303
    assert "Sending in 10 seconds." in hold.text
    assert "put-back" in hold.text
    assert (before, len(sender.sent)) == (0, 1)


def test_what_is_stopped_in_time_never_goes(desk: Browser, view: SessionView) -> None:
    danger, sender = rule(desk, "danger"), AcceptingSender()
    hold = desk.get(desk.post(f"{at(view, danger)}/send").headers["location"])
    stop = re.search(r'action="([^"]*put-back[^"]*)"', hold.text)
    assert stop is not None

    answer = desk.post(unescape(stop[1]))
    drain_at(desk.database, sender, NOW + timedelta(minutes=1))

    assert answer.status_code == 303
    assert sender.sent == []
    assert rule(desk, "danger").due_at == danger.due_at
    assert "Put back as it was" in page(desk, view)


def test_the_seconds_are_asked_for_as_a_part_and_end_when_it_went(desk: Browser, view: SessionView) -> None:
    danger = rule(desk, "danger")
    address = desk.post(f"{at(view, danger)}/send").headers["location"]
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "Desk-Poll": "true"}

    desk.clock.now = NOW + timedelta(seconds=3)
    running = desk.get(address, headers=headers).text
    desk.clock.now = NOW + timedelta(seconds=11)
    over = desk.get(address, headers=headers).text
    drain_at(desk.database, AcceptingSender(), desk.clock.now)
    gone = desk.get(address, headers=headers).text

    assert "<html" not in running
    assert "Sending in 7 seconds." in running
    assert "data-poll" in running
    assert "It goes now." in over
    assert "It was sent." in gone
    assert "data-poll" not in over + gone


def test_what_is_sent_out_of_order_or_at_night_is_said_and_still_up_to_the_person(
    desk: Browser, view: SessionView
) -> None:
    desk.clock.now = NOW.replace(hour=20, minute=30)

    hold = desk.get(desk.post(f"{at(view, rule(desk, 'danger'))}/send").headers["location"])

    html = unescape(hold.text)
    assert "No message of this kind goes out at this hour, so it waits until Wednesday 4 March at 8am." in html
    assert "It goes before Your care today, which was to go first." in html


@pytest.mark.parametrize("act", ["skip", "move", "send", "restore"])
def test_a_page_that_is_out_of_date_says_so_and_changes_nothing(desk: Browser, view: SessionView, act: str) -> None:
    start = rule(desk, "start")
    drain_at(desk.database, AcceptingSender(), start.due_at)
    desk.clock.now = start.due_at

    answer = desk.post(f"{at(view, start)}/{act}", {"reason": "Told in person", "day": "2026-03-04", "time": "10:00"})

    assert answer.status_code == 409
    assert "This is how things stand now." in answer.text
    assert rule(desk, "start").status is Status.SENT


@pytest.mark.parametrize("reason", ["", "no", "x" * 500, "\0", "\u202eno"])
def test_a_skip_without_a_reason_that_can_be_read_is_refused(desk: Browser, view: SessionView, reason: str) -> None:
    answer = desk.post(f"{at(view, rule(desk, 'check'))}/skip", {"reason": reason})

    assert answer.status_code == 409
    assert "Not skipped" in answer.text
    assert rule(desk, "check").status is Status.SCHEDULED


def test_a_reason_is_shown_as_it_was_written_and_never_run(desk: Browser, view: SessionView) -> None:
    desk.post(f"{at(view, rule(desk, 'check'))}/skip", {"reason": "<script>alert(1)</script> 🙂 مرحبا"})

    html = desk.get(f"/sessions/{view.id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🙂 مرحبا" in html


def test_voiding_names_its_number_first_and_is_for_those_who_treat(desk: Browser, view: SessionView) -> None:
    front = desk.as_role(Role.FRONT_DESK)

    refused = front.get(f"/sessions/{view.id}/void"), front.post(f"/sessions/{view.id}/void")
    asked = unescape(desk.get(f"/sessions/{view.id}/void").text)
    answer = desk.post(f"/sessions/{view.id}/void")

    assert [one.status_code for one in refused] == [403, 403]
    assert "/void" not in page(front, view)
    assert "9 messages will not be sent" in asked
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Voided. 9 messages will not be sent." in html
    assert "Sam Reed voided this session" in html
    assert "Skip<" not in html


def test_a_session_just_registered_is_undone_by_the_front_desk_within_a_minute(
    desk: Browser, view: SessionView
) -> None:
    front = desk.as_role(Role.FRONT_DESK)

    desk.clock.now = NOW + timedelta(minutes=2)
    late = front.post(f"/sessions/{view.id}/undo")
    desk.clock.now = NOW + timedelta(minutes=1)
    in_time = front.post(f"/sessions/{view.id}/undo")

    assert late.status_code == 409
    assert "over a minute ago" in late.text
    assert in_time.status_code == 303
    assert "Undone: the session is void. 9 messages will not be sent." in page(front, view)


def test_the_printed_sheet_has_dates_and_whom_to_call(desk: Browser, view: SessionView) -> None:
    html = unescape(desk.get(f"/sessions/{view.id}/print").text)

    assert "acids, acne products, alcohol toner, fragrance, retinol <strong>until after Sunday 8 March</strong>" in html
    assert "020 7946 0018" in html
    assert "999" in html


def test_a_session_without_messages_says_why_and_offers_the_sheet(desk: Browser) -> None:
    view = register(desk.database, desk.clinic, a_session(a_person(sms=None)))

    html = page(desk, view)

    assert "has not agreed" in html
    assert "Print the plan" in html


def test_what_was_told_stands_with_its_day_and_channel(desk: Browser, view: SessionView) -> None:
    start = rule(desk, "start")
    drain_at(desk.database, AcceptingSender(), start.due_at)

    html = page(desk, view)

    assert "No picking until after Tuesday 10 March (Tuesday 3 March, text)." in html
    assert "Sent, no receipt" in html


def test_looking_at_a_session_is_noted_once_an_hour(desk: Browser, view: SessionView) -> None:
    for _ in range(3):
        page(desk, view)
    desk.clock.now = NOW + HOUR
    page(desk, view)

    with desk.database.read(desk.clinic.id) as db:
        found = activity.happenings(db, str(view.patient_id))
    assert [one.at for one in found if one.sentence == "Looked at the session's page."] == [NOW + HOUR, NOW]


def test_a_correction_is_seen_before_it_is_saved(desk: Browser, view: SessionView) -> None:
    address, before = f"/sessions/{view.id}/correct", rule(desk, "no-actives")
    fields = {**RECORDED, "fact.needle_mm": "1"}

    form = unescape(desk.get(address).text)
    seen = unescape(desk.post(address, fields).text)
    unsaved = rule(desk, "no-actives")
    word = re.search(r'name="seen" value="([^"]+)"', seen)
    assert word is not None
    other = desk.post(address, {**fields, "fact.needle_mm": "1.5", "save": "yes", "seen": word[1]})
    answer = desk.post(address, {**fields, "save": "yes", "seen": word[1]})

    assert re.search(r'value="0.5" checked', form)
    assert "What saving changes" in seen
    assert "<del>0.5 mm</del> <ins>1.0 mm</ins>" in seen
    assert "<del>until after Sunday 8 March</del> <ins>until after Tuesday 10 March</ins>" in seen
    assert unsaved == before
    assert (other.status_code, "<ins>1.5 mm</ins>" in other.text) == (200, True)
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Changed. The plan below is the new one." in html
    assert "Longest needle: 1.0 mm." in html


def test_a_corrected_time_is_seen_and_saved_and_the_same_time_is_none(desk: Browser, view: SessionView) -> None:
    address = f"/sessions/{view.id}/correct"

    same = unescape(desk.post(address, RECORDED).text)
    seen = unescape(desk.post(address, {**RECORDED, "day": "2026-03-02"}).text)
    word = re.search(r'name="seen" value="([^"]+)"', seen)
    assert word is not None
    desk.post(address, {**RECORDED, "day": "2026-03-02", "save": "yes", "seen": word[1]})

    assert "Nothing: this is what was recorded." in same
    assert "Moved" in seen
    assert "Microneedling, Monday 2 March" in page(desk, view)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fact.needle_mm": "(other)", "fact.needle_mm.text": "99"}, "Enter the longest needle from 0.1 mm to 3.5 mm"),
        ({"fact.needle_mm": "(other)", "fact.needle_mm.text": "x" * 500}, "Write at most 200 characters"),
        ({"fact.modality": "<script>"}, "Select the device"),
        ({"fact.areas": ["face", "\0"]}, "can't be seen"),
        ({"day": ""}, "Enter the day and the time"),
        ({"day": "0001-01-01"}, "over 60 days ago"),
        ({"day": "9999-12-31"}, "in the future"),
        ({"time": "25:00"}, "Enter the day and the time"),
        ({"time": "\u202e🙂"}, "can't be seen"),
    ],
)
def test_a_correction_that_will_not_do_is_said_at_the_field(
    desk: Browser, view: SessionView, fields: dict[str, str | list[str]], said: str
) -> None:
    answer = desk.post(f"/sessions/{view.id}/correct", {**RECORDED, **fields, "save": "yes"})

    html = unescape(answer.text)
    assert answer.status_code == 422
    assert said in html
    assert "<title>Error: " in html


def test_correcting_is_for_those_who_treat_and_not_for_a_void_session(desk: Browser, view: SessionView) -> None:
    front, address = desk.as_role(Role.FRONT_DESK), f"/sessions/{view.id}/correct"

    refused = front.get(address), front.post(address, RECORDED)
    desk.post(f"/sessions/{view.id}/void")
    void = desk.get(address), desk.post(address, RECORDED)

    assert [one.status_code for one in refused] == [403, 403]
    assert [one.status_code for one in void] == [409, 409]


PATHS = ("", "/print", "/void", "/correct")
POSTS = ("/void", "/undo", "/correct")
MESSAGE_POSTS = ("/skip", "/restore", "/move", "/send", "/put-back?was=x")


def test_another_clinics_session_is_not_there(desk: Browser, view: SessionView) -> None:
    other = a_browser(desk.database, a_clinic(desk.database, name="Birch"), app=desk.app)
    check = rule(desk, "check")
    mine = register(other.database, other.clinic)

    for path in PATHS:
        assert other.get(f"/sessions/{view.id}{path}").status_code == 404, path
    for path in POSTS:
        assert other.post(f"/sessions/{view.id}{path}").status_code == 404, path
    for path in MESSAGE_POSTS:
        assert other.post(f"{at(view, check)}{path}", {"reason": "Not needed"}).status_code == 404, path
        assert other.post(f"{at(mine, check)}{path}", {"reason": "Not needed"}).status_code == 404, path
    assert rule(desk, "check") == check


@pytest.mark.parametrize("odd", ["x", "%00", "🙂", "a" * 300, "<script>"])
def test_an_id_that_none_could_have_is_not_there(desk: Browser, odd: str) -> None:
    assert desk.get(f"/sessions/{odd}").status_code == 404
    assert desk.post(f"/sessions/{odd}/messages/{odd}/send").status_code == 404
