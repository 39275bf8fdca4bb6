from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain.people.roles import Role
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services.needing import need_person
from tests.builders import NOW, drain_at
from tests.fakes import AcceptingSender
from tests.web.api_client import SESSIONS, TODOS, Api, a_patient, problem, problems


def a_todo(api: Api, session: dict[str, Any], *, topic: str = "acids", minutes: int = 0) -> str:
    todo = Todo(
        kind=TodoKind.NOT_TOLD,
        details={"sentence": f"Tell the patient of {topic}."},
        patient_id=session["patient_id"],
        session_id=session["id"],
        topic=topic,
    )
    with api.database.write(api.clinic.id) as db:
        made = need_person(db, todo, now=NOW + timedelta(minutes=minutes))
    assert made is not None
    return made


def ids(api: Api, **query: str | int) -> list[str]:
    answer = api.get(TODOS, **query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_the_list_holds_what_is_open_the_oldest_first(api: Api) -> None:
    session = api.register()
    late, early = a_todo(api, session, topic="heat", minutes=5), a_todo(api, session)

    [first, _] = api.get(TODOS).json()["items"]

    assert ids(api) == [early, late]
    assert first == {
        "id": early,
        "kind": "not_told",
        "sentence": "Tell the patient of acids.",
        "patient_id": session["patient_id"],
        "session_id": session["id"],
        "reminder_id": None,
        "topic": "acids",
        "created_at": "2026-03-03T14:35:00Z",
        "done_at": None,
        "done_by": None,
        "note": None,
    }


def test_the_list_is_narrowed_by_what_is_asked(api: Api) -> None:
    amira, bilal = api.register(), api.register(patient=a_patient(name="Bilal Khan"))
    hers, his = a_todo(api, amira), a_todo(api, bilal)
    done = a_todo(api, amira, topic="heat", minutes=1)
    assert api.post(f"{TODOS}/{done}/done").status_code == 200

    assert set(ids(api)) == set(ids(api, state="open")) == {hers, his}
    assert ids(api, state="done") == [done]
    assert set(ids(api, state="all")) == {hers, his, done}
    assert ids(api, patient_id=amira["patient_id"]) == [hers]
    assert ids(api, kind="voided") == []
    assert problems(api.get(TODOS, state="closed"))["state"].startswith("use one of")


def test_pages_hold_each_to_do_once(api: Api) -> None:
    session = api.register()
    made = [a_todo(api, session, topic=f"topic-{place}", minutes=place // 2) for place in range(5)]

    found, page = [], api.get(TODOS, limit=2).json()
    while page["next"]:
        found += page["items"]
        page = api.get(TODOS, limit=2, after=page["next"]).json()

    assert sorted(item["id"] for item in [*found, *page["items"]]) == sorted(made)
    assert problems(api.get(TODOS, after="x"))["after"].startswith("no list gave this")


def test_a_to_do_is_done_under_the_name_of_the_person_whose_token_it_is(api: Api) -> None:
    todo_id = a_todo(api, api.register())

    answer = api.of_person(Role.FRONT_DESK).post(f"{TODOS}/{todo_id}/done", {"note": "Called her; she knows."})

    assert answer.status_code == 200
    assert (answer.json()["done_by"], answer.json()["note"]) == ("Ada Osei", "Called her; she knows.")
    assert answer.json() == api.get(TODOS, state="done").json()["items"][0]


def test_a_to_do_that_somebody_did_stays_as_they_left_it(api: Api) -> None:
    todo_id = a_todo(api, api.register())
    first = api.post(f"{TODOS}/{todo_id}/done", {"note": "Called her."}, key="k")

    again = api.post(f"{TODOS}/{todo_id}/done", {"note": "Me too."})
    repeated = api.post(f"{TODOS}/{todo_id}/done", {"note": "Called her."}, key="k")

    assert again.status_code == 409
    assert problem(again)["detail"] == "This was done already, by token tablet."
    assert repeated.json() == first.json()
    assert api.get(TODOS, state="done").json()["items"] == [first.json()]


@pytest.mark.parametrize(("body", "field"), [({"note": "x"}, "note"), ({"note": 1}, "note"), ({"notes": ""}, "notes")])
def test_what_cannot_be_a_note_is_refused(api: Api, body: object, field: str) -> None:
    todo_id = a_todo(api, api.register())

    assert field in problems(api.post(f"{TODOS}/{todo_id}/done", body))
    assert ids(api) == [todo_id]


def test_voiding_a_session_of_which_a_text_went_out_makes_one(api: Api) -> None:
    session = api.register()
    drain_at(api.database, AcceptingSender(), NOW + timedelta(hours=1))

    api.delete(f"{SESSIONS}/{session['id']}")

    [todo] = api.get(TODOS).json()["items"]
    assert (todo["kind"], todo["session_id"]) == ("voided", session["id"])
    assert "voided when 1 of its messages" in todo["sentence"]
