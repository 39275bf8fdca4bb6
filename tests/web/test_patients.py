from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from scheduler.storage.audit import AuditRow
from scheduler.storage.claims import claim
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic, stored
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, a_patient, problem, problems

BILAL = {"name": "Bilal O'Brien", "phone": "+447700900456", "consent": {"sms": True}}


def add(api: Api, **person: object) -> dict[str, Any]:
    answer = api.post(PATIENTS, {**a_patient(), **person})
    assert answer.status_code == 201, answer.text
    patient: dict[str, Any] = answer.json()
    return patient


def change(api: Api, patient_id: str, **changes: object) -> dict[str, Any]:
    answer = api.patch(f"{PATIENTS}/{patient_id}", changes)
    assert answer.status_code == 200, answer.text
    patient: dict[str, Any] = answer.json()
    return patient


def names(api: Api, **query: str | int) -> list[str]:
    answer = api.get(PATIENTS, **query)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def told(api: Api, prefix: str) -> list[str]:
    with api.database.read(api.clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action.startswith(prefix)).order_by(AuditRow.at, AuditRow.id))
        return [db.keys.open(row.sentence_sealed, "audit.sentence") for row in rows]


def test_an_added_patient_is_answered_as_they_can_be_read(api: Api) -> None:
    answer = api.post(PATIENTS, a_patient(birth_date="1990-04-30", flags=["melasma"]))

    patient = answer.json()
    assert answer.headers["location"] == f"{PATIENTS}/{patient['id']}"
    assert patient == api.get(f"{PATIENTS}/{patient['id']}").json()
    assert (patient["name"], patient["birth_date"], patient["flags"]) == ("Amira Khan", "1990-04-30", ["melasma"])
    assert [(point["line"], point["value"]) for point in patient["contact_points"]] == [("mobile", "+447700900123")]
    assert [(word["channel"], word["word"], word["recorded_by"]) for word in patient["consents"]] == [
        ("sms", "given", "token tablet")
    ]


def test_the_same_person_is_added_once(api: Api) -> None:
    first = add(api)

    again = add(api, name="amira  KHAN", email="amira@willow-skin.co.uk")

    assert again["id"] == first["id"]
    assert {point["channel"] for point in again["contact_points"]} == {"sms", "email"}


def test_a_shared_number_is_marked_on_both(api: Api) -> None:
    amira, bilal = add(api), add(api, name="Bilal Khan")

    seen = api.get(f"{PATIENTS}/{amira['id']}").json()

    assert bilal["contact_points"][0]["shared_with"] == [amira["id"]]
    assert seen["contact_points"][0]["shared_with"] == [bilal["id"]]
    assert {item["shares_contact"] for item in api.get(PATIENTS).json()["items"]} == {True}


def test_a_patient_who_cannot_be_meant_is_refused_by_plain_field_names(api: Api) -> None:
    before = api.rows()

    found = problems(api.post(PATIENTS, {"name": " ", "phone": "1", "language": "tlh", "flags": ["x"]}))

    assert sorted(found) == ["flags", "language", "name", "phone"]
    assert api.rows() == before


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Amira Khan", "Bilal O'Brien"]),
        ({"phone": "07700 900123"}, ["Amira Khan"]),
        ({"phone": "+447700900999"}, []),
        ({"last4": "0456"}, ["Bilal O'Brien"]),
        ({"name": "kha"}, ["Amira Khan"]),
        ({"name": "KHAN ami"}, ["Amira Khan"]),
        ({"name": "obr"}, ["Bilal O'Brien"]),
        ({"name": "O'Brien"}, ["Bilal O'Brien"]),
        ({"name": "ira"}, []),
        ({"name": "ami", "last4": "0456"}, []),
    ],
)
def test_patients_are_found_by_number_last_digits_and_name(api: Api, query: dict[str, str], found: list[str]) -> None:
    api.post(PATIENTS, a_patient())
    api.clock.now = NOW.replace(hour=15)
    api.post(PATIENTS, BILAL)

    assert names(api, **query) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"last4": "123"}, "last4"),
        ({"last4": "١٢٣٤"}, "last4"),
        ({"name": "ab"}, "name"),
        ({"name": "..."}, "name"),
        ({"email": "x"}, "email"),
        ({"after": "x"}, "after"),
        ({"limit": "0"}, "limit"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused(api: Api, query: dict[str, str], field: str) -> None:
    assert field in problems(api.get(PATIENTS, **query))


def test_pages_hold_each_patient_once(api: Api) -> None:
    for number in range(5):
        add(api, name=f"Person {number}")

    first = api.get(PATIENTS, limit=2).json()
    second = api.get(PATIENTS, limit=2, after=first["next"]).json()
    third = api.get(PATIENTS, limit=2, after=second["next"]).json()

    ids = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert (len(ids), len(set(ids)), third["next"]) == (5, 5, None)


def test_another_clinic_finds_nobody(api: Api) -> None:
    add(api)
    stranger = api.of_clinic(a_clinic(api.database, name="Other"))

    assert [names(stranger, **query) for query in ({}, {"phone": "+447700900123"}, {"name": "ami"})] == [[], [], []]


def test_looking_is_in_the_audit(api: Api) -> None:
    patient_id = add(api)["id"]

    api.get(PATIENTS, name="ami")
    api.get(f"{PATIENTS}/{patient_id}")
    api.get(f"{PATIENTS}/{patient_id}/plan")

    assert told(api, "patient.list") == [f"Saw in a list: {patient_id}."]
    assert sorted(told(api, "patient.view")) == ["Looked at the patient's details.", "Looked at the patient's plan."]


def test_the_plan_holds_the_windows_and_reminders_of_all_sessions(api: Api) -> None:
    first = api.register(ended_at="2026-02-20T10:00:00+00:00")
    second = api.register()

    plan = api.get(f"{PATIENTS}/{first['patient_id']}/plan").json()

    assert [session["id"] for session in plan["sessions"]] == [first["id"], second["id"]]
    topics = [{window["topic"] for window in session["windows"]} for session in (first, second)]
    assert {window["topic"] for window in plan["windows"]} == topics[0] | topics[1]
    assert plan["reminders"] == api.get(REMINDERS, patient_id=first["patient_id"]).json()["items"]
    assert "condition" in {left["reason"] for left in plan["sessions"][1]["not_planned"]}


def test_a_changed_zone_moves_the_plan(api: Api) -> None:
    session = api.register()

    changed = change(api, session["patient_id"], zone="Asia/Kolkata")
    moved = {record.rule: record.due_at for record in stored(api.database, api.clinic)}
    back = change(api, session["patient_id"], zone=None)

    assert (changed["zone"], back["zone"]) == ("Asia/Kolkata", None)
    assert moved["no-actives"].isoformat() == "2026-03-04T04:30:00+00:00"
    again = api.get(f"{SESSIONS}/{session['id']}").json()["reminders"]
    assert [reminder for reminder in again if reminder["status"] == "scheduled"] == session["reminders"]
    assert set(told(api, "patient.change")) == {
        "Changed zone from none to Asia/Kolkata.",
        "Changed zone from Asia/Kolkata to none.",
    }


def test_a_flag_changes_the_plan_and_can_be_taken_back(api: Api) -> None:
    session = api.register()
    path = f"{SESSIONS}/{session['id']}"

    change(api, session["patient_id"], flags=["fitzpatrick_4_6"])
    flagged = api.get(path).json()["windows"]
    change(api, session["patient_id"], flags=[])

    assert flagged != session["windows"]
    assert api.get(path).json()["windows"] == session["windows"]


def test_a_changed_name_is_found_by_its_new_letters_only(api: Api) -> None:
    patient_id = add(api)["id"]

    change(api, patient_id, name="Zoë Khan", birth_date="1990-04-30", private=True)

    assert (names(api, name="zoe"), names(api, name="ami")) == (["Zoë Khan"], [])
    seen = api.get(f"{PATIENTS}/{patient_id}").json()
    assert (seen["birth_date"], seen["private"]) == ("1990-04-30", True)
    assert change(api, patient_id, birth_date=None)["birth_date"] is None


def test_a_new_number_takes_the_place_of_an_old_one(api: Api) -> None:
    session = api.register()
    old = api.get(f"{PATIENTS}/{session['patient_id']}").json()["contact_points"][0]["id"]

    changed = change(api, session["patient_id"], add_contact={"phone": "07700 900777"}, remove_contact=[old])

    assert [point["value"] for point in changed["contact_points"]] == ["+447700900777"]
    assert told(api, "patient.change") == [
        "Changed contact point +447700900123 removed; contact point +447700900777 added."
    ]


def test_what_a_worker_prepared_for_the_old_number_is_taken_back(api: Api) -> None:
    session = api.register()
    old = api.get(f"{PATIENTS}/{session['patient_id']}").json()["contact_points"][0]["id"]
    due = stored(api.database, api.clinic)[0].due_at
    with api.database.write(ALL_CLINICS) as db:
        assert claim(db, now=due, lease_until=due.replace(year=2027), limit=1)

    change(api, session["patient_id"], add_contact={"phone": "07700 900777"}, remove_contact=[old])

    assert {record.status.value for record in stored(api.database, api.clinic)} == {"scheduled"}


def test_without_any_number_nothing_is_sent_until_one_is_given(api: Api) -> None:
    session = api.register()
    point = api.get(f"{PATIENTS}/{session['patient_id']}").json()["contact_points"][0]["id"]

    change(api, session["patient_id"], remove_contact=[point])
    gone = {(record.status.value, record.status_reason) for record in stored(api.database, api.clinic)}
    change(api, session["patient_id"], add_contact={"phone": "07700 900777"})

    assert gone == {("cancelled", "no_contact")}
    assert {record.status.value for record in stored(api.database, api.clinic)} == {"scheduled"}


def test_a_change_that_changes_nothing_is_not_in_the_audit(api: Api) -> None:
    patient_id = add(api)["id"]
    before = api.rows()

    change(api, patient_id, name="Amira Khan", add_contact={"phone": "07700 900123"})

    assert api.rows() == before


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "give the patient's name"),
        ({"name": None}, "name", "can't be empty"),
        ({"language": None}, "language", "can't be empty"),
        ({"private": None}, "private", "can't be empty"),
        ({"flags": None}, "flags", "can't be empty"),
        ({"zone": "Europe/Londn"}, "zone", "did you mean Europe/London?"),
        ({"language": "tlh"}, "language", "does not send tlh"),
        ({"flags": ["x"]}, "flags", "there is no flag x"),
        ({"birth_date": "2030-01-01"}, "birth_date", "in the future"),
        ({"add_contact": {"phone": "1"}}, "add_contact.phone", "isn't a phone number"),
        ({"add_contact": {"email": "amira@"}}, "add_contact.email", "after the @-sign"),
        ({"add_contact": {"fax": "1"}}, "add_contact.fax", "no such field"),
        ({"remove_contact": ["x"]}, "remove_contact", "no such contact point"),
        ({"id": "x"}, "id", "no such field"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(api: Api, changes: dict[str, object], field: str, words: str) -> None:
    patient_id = add(api)["id"]
    before = api.get(f"{PATIENTS}/{patient_id}").json()

    found = problems(api.patch(f"{PATIENTS}/{patient_id}", changes))

    assert words in found[field], found
    assert api.get(f"{PATIENTS}/{patient_id}").json() == before


def test_a_patient_cannot_become_another_one(api: Api) -> None:
    amira, bilal = add(api), add(api, name="Bilal Khan")

    answer = api.patch(f"{PATIENTS}/{bilal['id']}", {"name": "Amira KHAN"})

    assert answer.status_code == 409
    assert amira["id"] in problem(answer)["detail"]
    assert names(api, name="bil") == ["Bilal Khan"]
