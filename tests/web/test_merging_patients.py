from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response

from scheduler.domain.delivery.reminders import OPEN, Status
from scheduler.storage.claims import claim
from scheduler.storage.outbox import Wanted
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic, stored
from tests.web.api_client import LEFT_OUT, PATIENTS, SESSIONS, Api, a_body, a_patient, problem, problems

OTHER = a_patient(name="Amira Kahn", phone="+447700900456", flags=["melasma"])
STOP = {"channel": "sms", "evidence": "Said so on the phone."}
EARLY = "2026-02-20T10:00:00+00:00"


def merge(api: Api, patient_id: str, into: str) -> Response:
    return api.post(f"{PATIENTS}/{patient_id}/merge", {"into": into})


def seen(api: Api, patient_id: str) -> dict[str, Any]:
    patient: dict[str, Any] = api.get(f"{PATIENTS}/{patient_id}").json()
    return patient


def sessions_of(api: Api, patient_id: str) -> list[str]:
    return [session["id"] for session in api.get(f"{PATIENTS}/{patient_id}/plan").json()["sessions"]]


def test_all_that_a_merged_patient_has_is_the_other_ones(api: Api) -> None:
    gone, kept = api.register(patient=OTHER, ended_at=EARLY), api.register()

    answer = merge(api, gone["patient_id"], kept["patient_id"])

    assert answer.status_code == 200, answer.text
    patient = answer.json()
    assert patient["id"] == kept["patient_id"]
    assert {point["value"] for point in patient["contact_points"]} == {"+447700900123", "+447700900456"}
    assert patient["flags"] == ["melasma"]
    assert len(patient["consents"]) == 2
    assert sessions_of(api, kept["patient_id"]) == [gone["id"], kept["id"]]
    assert {record.patient_id for record in stored(api.database, api.clinic)} == {kept["patient_id"]}


def test_a_merged_patient_says_who_they_are_and_is_not_listed(api: Api) -> None:
    gone, kept = api.register(patient=OTHER, ended_at=EARLY), api.register()

    merge(api, gone["patient_id"], kept["patient_id"])

    before = seen(api, gone["patient_id"])
    assert (before["merged_into"], before["contact_points"]) == (kept["patient_id"], [])
    assert [item["id"] for item in api.get(PATIENTS).json()["items"]] == [kept["patient_id"]]
    again = api.post(SESSIONS, a_body(patient=LEFT_OUT, patient_id=gone["patient_id"]))
    assert again.status_code == 409
    assert kept["patient_id"] in problem(again)["detail"]
    assert merge(api, gone["patient_id"], kept["patient_id"]).status_code == 409
    assert merge(api, kept["patient_id"], gone["patient_id"]).status_code == 409


def test_windows_of_both_are_merged_in_the_new_plan(api: Api) -> None:
    gone = api.register(patient=OTHER, ended_at=EARLY, facts={"needle_mm": 2, "modality": "pen"})
    kept = api.register()

    merge(api, gone["patient_id"], kept["patient_id"])

    ends = [
        {window["topic"]: window["until"] for window in api.get(f"{SESSIONS}/{one}").json()["windows"]}
        for one in (gone["id"], kept["id"])
    ]
    assert all(ends[0][topic] == ends[1][topic] for topic in ends[0].keys() & ends[1].keys() & {"home_roller"})


@pytest.mark.parametrize("stopped", ["gone", "kept"])
def test_what_either_stopped_stays_stopped(api: Api, stopped: str) -> None:
    people = {"gone": api.register(patient=OTHER, ended_at=EARLY), "kept": api.register()}
    api.post(f"{PATIENTS}/{people[stopped]['patient_id']}/opt-out", STOP)
    api.clock.now = NOW.replace(hour=16)
    for person in people.values():  # the other one agrees once more, later
        api.post(f"{PATIENTS}/{person['patient_id']}/consent", {"channel": "sms", "given": True})

    merge(api, people["gone"]["patient_id"], people["kept"]["patient_id"])

    assert {record.status.value for record in stored(api.database, api.clinic)} == {"cancelled"}
    words = seen(api, people["kept"]["patient_id"])["consents"]
    assert [word["word"] for word in words if word["purpose"] == "care"][-1] == "stopped"


def test_words_of_both_count_in_the_order_in_which_they_were_said(api: Api) -> None:
    gone, kept = api.register(patient=OTHER, ended_at=EARLY), api.register()
    api.clock.now = NOW.replace(hour=16)
    api.post(f"{PATIENTS}/{kept['patient_id']}/consent", {"channel": "sms", "given": False})

    merge(api, gone["patient_id"], kept["patient_id"])
    api.post(f"{PATIENTS}/{kept['patient_id']}/consent", {"channel": "email", "given": True})

    words = [word["word"] for word in seen(api, kept["patient_id"])["consents"]]
    assert words == ["given", "given", "refused", "given"]
    assert {record.status.value for record in stored(api.database, api.clinic)} == {"cancelled"}


def test_a_session_that_both_have_is_voided_once(api: Api) -> None:
    gone, kept = api.register(patient={**OTHER, "flags": []}), api.register()

    merge(api, gone["patient_id"], kept["patient_id"])

    assert api.get(f"{SESSIONS}/{gone['id']}").json()["voided"] is True
    assert api.get(f"{SESSIONS}/{kept['id']}").json()["reminders"] == kept["reminders"]


def test_a_number_that_both_have_is_kept_once(api: Api) -> None:
    gone, kept = api.register(patient=a_patient(name="Amira Kahn"), ended_at=EARLY), api.register()

    patient = merge(api, gone["patient_id"], kept["patient_id"]).json()

    assert [(point["value"], point["shared_with"]) for point in patient["contact_points"]] == [("+447700900123", [])]


def test_a_pause_of_either_holds_for_both(api: Api) -> None:
    gone, kept = api.register(patient=OTHER, ended_at=EARLY), api.register()
    api.post(f"{PATIENTS}/{gone['patient_id']}/pause", {"reason": "hospital"})

    assert merge(api, gone["patient_id"], kept["patient_id"]).json()["paused"]["reason"] == "hospital"
    assert {record.status for record in stored(api.database, api.clinic)} & OPEN == {Status.HELD}


def test_what_a_worker_prepared_is_taken_back(api: Api) -> None:
    gone, kept = api.register(patient=OTHER, ended_at=EARLY), api.register()
    with api.database.write(ALL_CLINICS) as db:
        assert claim(db, now=NOW.replace(day=8), lease_until=NOW.replace(day=9), limit=50)

    merge(api, gone["patient_id"], kept["patient_id"])

    assert "claimed" not in {record.status.value for record in stored(api.database, api.clinic)}


def test_nobody_is_merged_with_themselves_or_strangers(api: Api) -> None:
    patient_id = api.register()["patient_id"]
    stranger = api.of_clinic(a_clinic(api.database, name="Other")).register()["patient_id"]
    before = api.rows()

    assert "another patient" in problems(merge(api, patient_id, patient_id))["into"]
    assert merge(api, patient_id, stranger).status_code == 404
    assert merge(api, stranger, patient_id).status_code == 404
    assert "into" in problems(api.post(f"{PATIENTS}/{patient_id}/merge", {}))
    assert api.rows() == before


def split(api: Api, patient_id: str, **body: object) -> Response:
    return api.post(f"{PATIENTS}/{patient_id}/split", body)


def test_split_sessions_are_another_patients_with_their_reminders(api: Api) -> None:
    amira, other = api.register(), api.register(ended_at=EARLY)

    answer = split(
        api,
        amira["patient_id"],
        sessions=[other["id"]],
        name="Bilal Khan",
        phone="+447700900456",
        consent={"sms": True},
    )

    assert answer.status_code == 200, answer.text
    bilal = answer.json()
    assert bilal["name"] == "Bilal Khan"
    assert (sessions_of(api, amira["patient_id"]), sessions_of(api, bilal["id"])) == ([amira["id"]], [other["id"]])
    records = stored(api.database, api.clinic, Wanted(session_id=other["id"]))
    assert {record.patient_id for record in records} == {bilal["id"]}
    assert {record.patient_id for record in stored(api.database, api.clinic)} == {amira["patient_id"], bilal["id"]}


@pytest.mark.parametrize("shares", [True, False])
def test_the_number_given_goes_along_unless_it_is_shared(api: Api, shares: bool) -> None:  # noqa: FBT001  the example
    amira, other = api.register(), api.register(ended_at=EARLY)

    bilal = split(
        api,
        amira["patient_id"],
        sessions=[other["id"]],
        name="Bilal Khan",
        phone="+447700900123",
        shares_contact=shares,
    ).json()

    assert [point["value"] for point in bilal["contact_points"]] == ["+447700900123"]
    assert [word["word"] for word in bilal["consents"]] == ["given"]  # said for this very number
    assert len(seen(api, amira["patient_id"])["contact_points"]) == int(shares)


def test_what_the_other_one_says_now_counts_over_what_was_said_before(api: Api) -> None:
    amira, other = api.register(), api.register(ended_at=EARLY)
    api.clock.now = NOW.replace(hour=16)

    bilal = split(
        api,
        amira["patient_id"],
        sessions=[other["id"]],
        name="Bilal Khan",
        phone="+447700900123",
        consent={"sms": False},
    ).json()

    assert [word["word"] for word in bilal["consents"]] == ["given", "refused"]


def test_a_stop_holds_for_both_after_a_split(api: Api) -> None:
    amira, other = api.register(), api.register(ended_at=EARLY)
    api.post(f"{PATIENTS}/{amira['patient_id']}/opt-out", STOP)

    bilal = split(
        api,
        amira["patient_id"],
        sessions=[other["id"]],
        name="Bilal Khan",
        phone="+447700900456",
        consent={"sms": True},
    ).json()

    assert [word["word"] for word in bilal["consents"] if word["purpose"] == "care"][-1] == "stopped"
    assert {record.status.value for record in stored(api.database, api.clinic)} == {"cancelled"}


def test_sessions_can_be_given_to_a_known_patient(api: Api) -> None:
    known = api.register(patient=OTHER)
    amira, theirs = api.register(ended_at="2026-03-01T10:00:00+00:00"), api.register(ended_at=EARLY)

    answer = split(api, amira["patient_id"], sessions=[theirs["id"]], name="Amira Kahn", phone="+447700900456").json()

    assert answer["id"] == known["patient_id"]
    assert sessions_of(api, known["patient_id"]) == [theirs["id"], known["id"]]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"sessions": []}, "sessions", "give the sessions"),
        ({"sessions": ["x"]}, "sessions", "no such session"),
        ({"sessions": LEFT_OUT}, "sessions", "required"),
        ({"name": "amira KHAN", "phone": "+447700900123"}, "name", "the same patient"),
        ({"name": " "}, "name", "give the patient's name"),
        ({"phone": "1"}, "phone", "isn't a phone number"),
        ({"sesions": []}, "sesions", "did you mean sessions?"),
    ],
)
def test_a_split_that_cannot_be_meant_is_refused(api: Api, changes: dict[str, object], field: str, words: str) -> None:
    session = api.register()
    body = {"sessions": [session["id"]], "name": "Bilal Khan", **changes}
    before = api.rows()

    found = problems(
        split(api, session["patient_id"], **{name: value for name, value in body.items() if value is not LEFT_OUT})
    )

    assert words in found[field], found
    assert api.rows() == before
