from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.delivery.reminders import Status
from tests.builders import FACTS, NOW, stored
from tests.web.api_client import LEFT_OUT, PREVIEW, SESSIONS, Api, a_body, a_patient


def test_a_registered_session_is_answered_with_its_plan(api: Api) -> None:
    answer = api.post(SESSIONS, a_body())

    assert answer.status_code == 201
    session = answer.json()
    assert answer.headers["location"] == f"{SESSIONS}/{session['id']}"
    names = "id patient_id procedure protocol_version band notices windows reminders not_planned"
    assert list(session) == names.split()
    assert (session["procedure"], session["protocol_version"], session["band"]) == ("microneedling", 1, "D1")
    assert session["notices"] == []


def test_a_window_is_answered_with_the_last_day_inside(api: Api) -> None:
    session = api.register()

    window = next(window for window in session["windows"] if window["topic"] == "retinoid_otc")
    assert window.pop("because").startswith("Microneedling of Tuesday 3 March, version 1, band D1: 5d")
    assert window == {
        "topic": "retinoid_otc",
        "advice": "avoid",
        "from": "2026-03-03T14:30:00Z",
        "until": "2026-03-09T00:00:00Z",
        "until_local": "2026-03-08",
    }


def test_a_reminder_is_answered_with_its_instant_and_wall_clock(api: Api) -> None:
    session = api.register(patient=a_patient(zone="Asia/Kolkata"))

    reminder = next(reminder for reminder in session["reminders"] if reminder["rule"] == "no-actives")
    assert reminder.pop("id")
    assert reminder.pop("because").startswith("Microneedling, version 1, band D1: rule no-actives")
    assert reminder == {
        "rule": "no-actives",
        "kind": "instruct",
        "channel": "sms",
        "status": "scheduled",
        "due_at": "2026-03-04T04:30:00Z",
        "due_local": "2026-03-04T10:00:00",
        "useful_until": "2026-03-10T18:30:00Z",
        "bundled_into": None,
    }


def test_a_rule_that_gives_nothing_says_why(api: Api) -> None:
    session = api.register()

    assert {"rule": "rf-check", "reason": "condition", "because": "device is pen, not rf"} in session["not_planned"]


def test_what_was_registered_can_be_read(api: Api) -> None:
    session = api.register()

    answer = api.get(f"{SESSIONS}/{session['id']}")

    assert answer.status_code == 200
    detail = answer.json()
    assert {name: detail.pop(name) for name in ("ended_at", "facts", "voided")} == {
        "ended_at": "2026-03-03T14:30:00Z",
        "facts": {**FACTS, "adjuncts": [], "weeping": False},
        "voided": False,
    }
    assert detail == session


def test_two_sessions_of_the_same_person_are_of_one_patient_with_one_plan(api: Api) -> None:
    first = api.register(ended_at="2026-02-20T10:00:00+00:00")

    second = api.register(patient=a_patient(name="amira  KHAN", phone="07700 900123"))

    assert second["patient_id"] == first["patient_id"]
    assert api.rows()["patients"] == 1
    until = {window["topic"]: window["until"] for window in second["windows"]}
    again = {window["topic"]: window["until"] for window in api.get(f"{SESSIONS}/{first['id']}").json()["windows"]}
    assert until["home_roller"] == again["home_roller"] == "2026-03-31T23:00:00Z"


def test_a_known_patient_can_be_named_by_their_id(api: Api) -> None:
    first = api.register(ended_at="2026-02-20T10:00:00+00:00")

    second = api.register(patient=LEFT_OUT, patient_id=first["patient_id"])

    assert second["patient_id"] == first["patient_id"]
    assert second["reminders"]


def test_the_same_session_twice_is_stored_once(api: Api) -> None:
    first = api.register()
    before = api.rows()

    second = api.register()

    assert second["id"] == first["id"]
    assert second["notices"] == ["This session was registered already."]
    assert api.rows() == before


def test_another_person_with_the_same_number_is_another_patient(api: Api) -> None:
    first = api.register()

    second = api.register(patient=a_patient(name="Bilal Khan"))

    assert second["patient_id"] != first["patient_id"]
    assert second["notices"] == ["Another patient has the same number or address."]


def test_a_landline_is_kept_for_calls_and_gets_no_texts(api: Api) -> None:
    session = api.register(patient=a_patient(phone="020 7946 0018"))

    assert session["reminders"] == []
    assert {left["reason"] for left in session["not_planned"]} == {"condition", "landline"}
    assert api.rows()["contact_points"] == 1


def test_without_consent_a_session_is_stored_and_nothing_planned(api: Api) -> None:
    session = api.register(patient=a_patient(consent={"sms": False}))

    assert session["reminders"] == []
    assert {left["reason"] for left in session["not_planned"]} == {"condition", "no_consent"}


def test_a_voided_session_sends_nothing_more_and_stays_readable(api: Api) -> None:
    session = api.register()

    answer = api.client.delete(f"{SESSIONS}/{session['id']}")
    again = api.client.delete(f"{SESSIONS}/{session['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert again.status_code == 204
    assert {record.status for record in stored(api.database, api.clinic)} == {Status.CANCELLED}
    assert api.get(f"{SESSIONS}/{session['id']}").json()["voided"] is True


def test_a_preview_says_the_same_without_ids_and_stores_nothing(api: Api) -> None:
    before = api.rows()

    answer = api.post(PREVIEW, a_body())

    assert answer.status_code == 200
    assert api.rows() == before
    preview = answer.json()
    session = api.register()
    for reminder in session["reminders"]:
        del reminder["id"]
        reminder["bundled_into"] = None
    del session["id"], session["patient_id"]
    assert preview == session


@pytest.mark.parametrize("ended_at", ["1999-12-31T23:00:00+00:00", "2126-03-03T14:30:00+00:00"])
def test_a_preview_takes_any_date_and_is_as_of_then(api: Api, ended_at: str) -> None:
    now = {"now": "1999-12-31T23:10:00Z"} if ended_at.startswith("1999") else {}

    answer = api.post(PREVIEW, a_body(ended_at=ended_at, **now))

    assert answer.status_code == 200
    assert "no-actives" in {reminder["rule"] for reminder in answer.json()["reminders"]}


def test_a_preview_is_as_of_the_present_for_a_session_that_is_over(api: Api) -> None:
    api.clock.now = NOW + timedelta(days=3)

    preview = api.post(PREVIEW, a_body()).json()

    assert min(reminder["due_at"] for reminder in preview["reminders"]) == "2026-03-06T14:35:00Z"
