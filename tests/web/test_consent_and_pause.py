from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.audit import AuditRow
from scheduler.storage.reminders import ReminderRow
from tests.builders import NOW, drain_at, stored, the_reminder
from tests.fakes import AcceptingSender
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, a_patient, problem, problems

STOP = {"channel": "sms", "evidence": "Said so on the phone."}
LIFT = {"channel": "sms", "given": True, "lifts_stop": True, "evidence": "She asked for them again at the desk."}
BOTH = {"email": "amira@willow-skin.co.uk", "consent": {"sms": True, "email": True}}


def act(api: Api, session: dict[str, Any], action: str, body: object = None) -> dict[str, Any]:
    answer = api.post(f"{PATIENTS}/{session['patient_id']}/{action}", body)
    assert answer.status_code == 200, answer.text
    patient: dict[str, Any] = answer.json()
    return patient


def where(api: Api) -> set[tuple[str, str | None, str]]:
    """Status, reason and channel of all reminders."""
    return {
        (record.status.value, record.status_reason, record.channel.value) for record in stored(api.database, api.clinic)
    }


def test_a_stop_cancels_what_is_open_at_once(api: Api) -> None:
    patient = act(api, api.register(), "opt-out", STOP)

    assert where(api) == {("cancelled", "stopped", "sms")}
    words = [(word["purpose"], word["word"], word["evidence"]) for word in patient["consents"][1:]]
    assert words == [(purpose, "stopped", "Said so on the phone.") for purpose in ("care", "marketing")]


def test_a_stop_of_texts_lets_emails_take_their_place(api: Api) -> None:
    session = api.register(patient=a_patient(**BOTH))
    moved = next(reminder["id"] for reminder in session["reminders"] if reminder["rule"] == "no-actives")
    api.post(f"{REMINDERS}/{moved}/move", {"to": "2026-03-04T16:00:00Z"})

    act(api, session, "opt-out", STOP)

    assert {channel for status, _, channel in where(api) if status == "scheduled"} == {"email"}
    by_email = the_reminder(api.database, api.clinic, moved)
    assert (by_email.channel.value, by_email.due_at.hour) == ("email", 16)


def test_even_what_a_person_moved_is_stopped(api: Api) -> None:
    session = api.register()
    api.post(f"{REMINDERS}/{session['reminders'][0]['id']}/send-now")

    act(api, session, "opt-out", STOP)

    assert where(api) == {("cancelled", "stopped", "sms")}


def test_a_stop_of_marketing_leaves_care(api: Api) -> None:
    act(api, api.register(), "opt-out", {**STOP, "purpose": "marketing"})

    assert where(api) == {("scheduled", None, "sms")}


def test_a_stop_again_is_not_stored_again(api: Api) -> None:
    session = api.register()
    first = act(api, session, "opt-out", STOP)

    assert act(api, session, "opt-out", STOP)["consents"] == first["consents"]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"channel": "sms"}, "evidence", "required"),
        ({"channel": "sms", "evidence": " "}, "evidence", "say how"),
        ({"channel": "fax", "evidence": "said so"}, "channel", "use one of"),
        ({"channel": 1, "evidence": "said so"}, "channel", "use one of"),
        ({"channel": "sms", "purpose": "both", "evidence": "said so"}, "purpose", "use one of"),
        ({"channel": "sms", "evidence": "said so", "source": ""}, "source", "at least 1"),
    ],
)
def test_a_stop_that_cannot_be_meant_is_refused(api: Api, body: object, field: str, words: str) -> None:
    session = api.register()
    before = api.rows()

    found = problems(api.post(f"{PATIENTS}/{session['patient_id']}/opt-out", body))

    assert words in found[field], found
    assert api.rows() == before


def test_after_a_stop_only_its_lifting_counts(api: Api) -> None:
    session = api.register()
    act(api, session, "opt-out", STOP)
    path = f"{PATIENTS}/{session['patient_id']}/consent"

    plain = api.post(path, {"channel": "sms", "given": True})
    unproven = api.post(path, {**LIFT, "evidence": None})
    act(api, session, "consent", {"channel": "sms", "given": False})
    api.register()  # paperwork at the desk
    assert where(api) == {("cancelled", "stopped", "sms")}
    lifted = act(api, session, "consent", LIFT)

    assert plain.status_code == 409
    assert "lifts_stop" in problem(plain)["detail"]
    assert "evidence" in problems(unproven)
    assert lifted["consents"][-1]["evidence"] == LIFT["evidence"]
    assert where(api) == {("scheduled", None, "sms")}


def test_a_refusal_cancels_and_agreeing_brings_back(api: Api) -> None:
    session = api.register()

    act(api, session, "consent", {"channel": "sms", "given": False})
    refused = where(api)
    patient = act(api, session, "consent", {"channel": "sms", "given": True, "source": "form", "wording": "v2"})

    assert refused == {("cancelled", "no_consent", "sms")}
    assert where(api) == {("scheduled", None, "sms")}
    assert (patient["consents"][-1]["source"], patient["consents"][-1]["wording"]) == ("form", "v2")


def test_consent_by_key_is_recorded_once(api: Api) -> None:
    path = f"{PATIENTS}/{api.register()['patient_id']}/consent"
    body = {"channel": "email", "given": True}
    first = api.post(path, body, key="once")
    before = api.rows()

    again = api.post(path, body, key="once")

    assert again.json() == first.json()
    assert api.rows() == before


def test_a_paused_patients_messages_are_held_and_go_on_after(api: Api) -> None:
    session, sender = api.register(), AcceptingSender()

    paused = act(api, session, "pause", {"reason": "hospital", "note": "Her sister called."})
    drain_at(api.database, sender, NOW + timedelta(hours=2))

    assert paused["paused"] == {"reason": "hospital", "note": "Her sister called.", "since": "2026-03-03T14:35:00Z"}
    assert not sender.sent
    assert where(api) == {("held", "patient_paused", "sms")}
    assert act(api, session, "resume")["paused"] is None
    assert where(api) == {("scheduled", None, "sms")}


def test_what_is_planned_during_a_pause_is_held_too(api: Api) -> None:
    session = api.register()
    act(api, session, "pause", {"reason": "other"})

    api.register(ended_at="2026-03-02T10:00:00+00:00")
    api.patch(f"{SESSIONS}/{session['id']}", {"facts": {"needle_mm": 1.6}})

    assert {status for status, _, _ in where(api) if status in {"scheduled", "held", "claimed"}} == {"held"}


def test_a_skipped_reminder_stays_skipped_through_a_pause(api: Api) -> None:
    session = api.register()
    api.post(f"{REMINDERS}/{session['reminders'][0]['id']}/skip", {"reason": "called"})

    act(api, session, "pause", {"reason": "hospital"})
    act(api, session, "resume", {"reason": "at home"})

    assert sorted({status for status, _, _ in where(api)}) == ["scheduled", "skipped"]


def test_after_a_death_messages_go_on_only_with_a_reason(api: Api) -> None:
    session = api.register()
    act(api, session, "pause", {"reason": "hospital"})
    act(api, session, "pause", {"reason": "death"})

    refused = api.post(f"{PATIENTS}/{session['patient_id']}/resume")

    assert "say why" in problems(refused)["reason"]
    assert where(api) == {("held", "patient_paused", "sms")}
    assert act(api, session, "resume", {"reason": "It was her mother."})["paused"] is None


def test_pausing_or_resuming_twice_does_nothing(api: Api) -> None:
    session = api.register()
    first = act(api, session, "pause", {"reason": "other", "note": "She asked."})
    before = api.rows()

    assert act(api, session, "pause", {"reason": "other", "note": "She asked."}) == first
    assert api.rows() == before
    act(api, session, "resume")
    before = api.rows()
    act(api, session, "resume")
    assert api.rows() == before


def test_a_clinics_own_hold_outlives_the_patients(api: Api) -> None:
    session = api.register()
    held = session["reminders"][0]["id"]
    with api.database.write(api.clinic.id) as db:
        values = {"status": Status.HELD, "status_reason": "clinic_paused"}
        db.execute(update(ReminderRow).where(ReminderRow.id == held).values(**values))

    act(api, session, "pause", {"reason": "hospital"})
    act(api, session, "resume")

    assert ("held", "clinic_paused", "sms") in where(api)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "holiday"}, "reason"),
        ({"reason": "other", "note": "x"}, "note"),
        ({"reason": "other", "note": "x" * 501}, "note"),
        ({"reason": "other", "until": "x"}, "until"),
    ],
)
def test_a_pause_that_cannot_be_meant_is_refused(api: Api, body: object, field: str) -> None:
    session = api.register()
    before = api.rows()

    assert field in problems(api.post(f"{PATIENTS}/{session['patient_id']}/pause", body))
    assert api.rows() == before


def test_who_paused_and_resumed_is_in_the_audit(api: Api) -> None:
    session = api.register()
    act(api, session, "pause", {"reason": "hospital", "note": "Her sister called."})
    act(api, session, "resume", {"reason": "at home"})

    with api.database.read(api.clinic.id) as db:
        rows = db.query(AuditRow).filter(AuditRow.action.in_(("patient.pause", "patient.resume")))
        said = {row.action: db.keys.open(row.sentence_sealed, "audit.sentence") for row in rows}
        assert {row.actor for row in rows} == {"token tablet"}
    assert said == {
        "patient.pause": "Paused for hospital. Her sister called.",
        "patient.resume": "Resumed after hospital. at home",
    }
