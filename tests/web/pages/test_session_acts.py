from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from httpx2 import Response

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Act, Role, may
from scheduler.services import care
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import NOW, drain_at, register, stored, the_reminder
from tests.fakes import AcceptingSender
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.session_at_desk import at, page, rule, undo


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


def test_what_planning_or_a_stop_cancelled_is_not_restored(desk: Browser, view: SessionView) -> None:
    check, danger = rule(desk, "check"), rule(desk, "danger")
    desk.post(f"{at(view, check)}/skip", {"reason": "Told in person"})
    with desk.database.write(desk.clinic.id) as db:
        care.cancel(db, {danger.id}, reason="stopped", now=NOW)

    answer = desk.post(f"{at(view, check)}/restore?with={danger.id}")

    assert answer.status_code == 409
    assert "Not restored. Staff did not leave this out, or its time is over." in answer.text
    assert (rule(desk, "check").status, rule(desk, "danger").status) == (Status.SKIPPED, Status.CANCELLED)


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


def stop_of(desk: Browser, answer: Response) -> str:
    found = re.search(r'action="([^"]*put-back[^"]*)"', desk.get(answer.headers["location"]).text)
    assert found is not None
    return unescape(found[1])


def test_a_double_tap_is_one_and_its_stop_really_stops(desk: Browser, view: SessionView) -> None:
    danger, sender = rule(desk, "danger"), AcceptingSender()
    desk.post(f"{at(view, danger)}/send", {"_key": "k1"})
    desk.clock.now = NOW + timedelta(seconds=1)
    second = desk.post(f"{at(view, danger)}/send", {"_key": "k1"})

    answer = desk.post(stop_of(desk, second))
    drain_at(desk.database, sender, NOW + timedelta(minutes=1))

    assert (second.status_code, answer.status_code) == (303, 303)
    assert sender.sent == []
    assert rule(desk, "danger").due_at == danger.due_at


def test_in_a_second_tab_it_is_about_to_go_already_and_the_first_tab_stops_it(desk: Browser, view: SessionView) -> None:
    danger, sender = rule(desk, "danger"), AcceptingSender()
    first = desk.post(f"{at(view, danger)}/send", {"_key": "k1"})
    desk.clock.now = NOW + timedelta(seconds=1)

    second = desk.post(f"{at(view, danger)}/send", {"_key": "k2"})
    desk.post(stop_of(desk, first))
    drain_at(desk.database, sender, NOW + timedelta(minutes=1))

    assert second.status_code == 409
    assert "Not sent. It is about to go already." in second.text
    assert sender.sent == []


def test_a_move_that_is_tapped_twice_keeps_the_undo_of_the_first(desk: Browser, view: SessionView) -> None:
    danger, to = rule(desk, "danger"), NOW.replace(hour=17, minute=0).isoformat()

    answers = [desk.post(f"{at(view, danger)}/move", {"to": to}) for _ in range(2)]
    desk.post(undo(desk, view))

    assert [one.status_code for one in answers] == [303, 303]
    assert rule(desk, "danger").due_at == danger.due_at


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

    address = desk.post(f"{at(view, rule(desk, 'danger'))}/send").headers["location"]
    hold = desk.get(address)
    desk.clock.now += timedelta(seconds=30)
    later = desk.get(address).text

    html = unescape(hold.text)
    assert "No message of this kind goes out at this hour, so it waits until Wednesday 4 March at 8am." in html
    assert "It goes before Your care today, which was to go first." in html
    assert "<strong>It waits until Wednesday 4 March at 8am.</strong>" in later
    assert "It goes now." not in later


@pytest.mark.parametrize("act", ["skip", "move", "send", "restore"])
def test_a_page_that_is_out_of_date_says_so_and_changes_nothing(desk: Browser, view: SessionView, act: str) -> None:
    start = rule(desk, "start")
    drain_at(desk.database, AcceptingSender(), start.due_at)
    desk.clock.now = start.due_at

    answer = desk.post(f"{at(view, start)}/{act}", {"reason": "Told in person", "day": "2026-03-04", "time": "10:00"})

    assert answer.status_code == 409
    assert "This is how things stand now." in answer.text
    assert rule(desk, "start").status is Status.SENT
