from __future__ import annotations

from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import update

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.reminders import ReminderRow
from tests.builders import NOW, drain_at, the_reminder
from tests.fakes import AcceptingSender
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, problem, problems

AGAIN = [Status.SCHEDULED, Status.CLAIMED, Status.FAILED, Status.EXPIRED, Status.UNKNOWN, Status.UNDELIVERED]
DUE = "2026-03-03T14:35:10Z"


def send_now(api: Api, reminder_id: str) -> Response:
    return api.post(f"{REMINDERS}/{reminder_id}/send-now")


def a_reminder(api: Api, rule: str = "no-actives", *, status: Status = Status.SCHEDULED) -> str:
    """One of Amira's, put where the test wants it."""
    found = next(reminder for reminder in api.register()["reminders"] if reminder["rule"] == rule)
    with api.database.write(api.clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == found["id"]).values(status=status, tries=9))
    return str(found["id"])


@pytest.mark.parametrize("status", AGAIN)
def test_it_is_due_in_ten_seconds_and_then_sent(api: Api, status: Status) -> None:
    reminder_id, sender = a_reminder(api, status=status), AcceptingSender()

    answer = send_now(api, reminder_id)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["due_at"]) == ("scheduled", DUE)
    drain_at(api.database, sender, NOW + timedelta(seconds=9))
    assert not sender.sent
    drain_at(api.database, sender, NOW + timedelta(seconds=10))
    assert [posting.reminder_ids for posting in sender.sent] == [(reminder_id,)]


@pytest.mark.parametrize("status", sorted(set(Status) - set(AGAIN)))
def test_from_every_other_status_it_is_refused_with_the_reason(api: Api, status: Status) -> None:
    reminder_id = a_reminder(api, status=status)
    before = the_reminder(api.database, api.clinic, reminder_id)

    answer = send_now(api, reminder_id)

    assert answer.status_code == 409
    words = {"skipped": "restore", "cancelled": "restore", "sending": "on its way", "in_doubt": "on its way"}
    assert words.get(status.value, status.value) in problem(answer)["detail"]
    assert the_reminder(api.database, api.clinic, reminder_id) == before


def test_one_that_is_held_says_why(api: Api) -> None:
    session = api.register()
    api.post(f"{PATIENTS}/{session['patient_id']}/pause", {"reason": "hospital"})

    answer = send_now(api, session["reminders"][0]["id"])

    assert problem(answer)["detail"] == "This reminder is held: the patient is paused; resume the patient first."


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("skip", {"reason": "called"}, "skipped"),
        ("cancel", {"reason": "called"}, "cancelled"),
        ("move", {"to": "2026-03-04T16:00:00Z"}, "scheduled"),
    ],
)
def test_within_the_ten_seconds_it_can_be_stopped(api: Api, action: str, body: object, status: str) -> None:
    reminder_id, sender = a_reminder(api), AcceptingSender()
    send_now(api, reminder_id)

    answer = api.post(f"{REMINDERS}/{reminder_id}/{action}", body)

    drain_at(api.database, sender, NOW + timedelta(seconds=30))
    assert answer.json()["status"] == status
    assert not sender.sent


def test_outside_sending_hours_it_waits_for_them(api: Api) -> None:
    reminder_id, sender = a_reminder(api), AcceptingSender()
    api.clock.now = NOW.replace(hour=22)
    send_now(api, reminder_id)

    drain_at(api.database, sender, NOW.replace(hour=22, minute=40))

    assert reminder_id not in {one for posting in sender.sent for one in posting.reminder_ids}
    assert the_reminder(api.database, api.clinic, reminder_id).status is Status.SCHEDULED


def test_what_is_of_no_use_any_more_is_not_sent(api: Api) -> None:
    reminder_id = a_reminder(api, status=Status.EXPIRED)
    api.clock.now = the_reminder(api.database, api.clinic, reminder_id).useful_until - timedelta(seconds=10)

    answer = send_now(api, reminder_id)

    assert answer.status_code == 409
    assert "of use is over" in problem(answer)["detail"]


def test_a_text_that_permits_does_not_go_before_it_is_true(api: Api) -> None:
    reminder_id, sender = a_reminder(api, "resume-actives"), AcceptingSender()

    send_now(api, reminder_id)

    drain_at(api.database, sender, NOW + timedelta(seconds=30))
    assert not sender.sent
    assert the_reminder(api.database, api.clinic, reminder_id).status_reason == "forbidden"


def test_nothing_of_a_voided_session_is_sent(api: Api) -> None:
    session = api.register()
    reminder_id = session["reminders"][0]["id"]
    api.client.delete(f"{SESSIONS}/{session['id']}")
    with api.database.write(api.clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=Status.FAILED))

    assert "voided" in problem(send_now(api, reminder_id))["detail"]


def test_later_planning_leaves_it(api: Api) -> None:
    session = api.register()
    reminder_id = next(item["id"] for item in session["reminders"] if item["rule"] == "no-actives")
    send_now(api, reminder_id)

    api.patch(f"{SESSIONS}/{session['id']}", {"facts": {"needle_mm": 1.0}})

    assert api.get(REMINDERS, session_id=session["id"], limit=1).json()["items"][0]["due_at"] == DUE


def test_its_key_lets_it_be_asked_twice(api: Api) -> None:
    path = f"{REMINDERS}/{a_reminder(api)}/send-now"
    first = api.post(path, {}, key="once")
    api.clock.now = NOW + timedelta(seconds=5)

    again = api.post(path, {}, key="once")

    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


def test_its_body_says_nothing(api: Api) -> None:
    answer = api.post(f"{REMINDERS}/{a_reminder(api)}/send-now", {"now": True})

    assert "no such field" in problems(answer)["now"]
