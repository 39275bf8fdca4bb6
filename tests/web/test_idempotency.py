from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import text

from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic
from tests.web.api_client import LEFT_OUT, PREVIEW, REMINDERS, SESSIONS, Api, a_body, a_patient, problems

KEY = "6f1c2f0e-5d0b-4d1b-9d5c-3f0f0b7a1c55"
REASON = {"reason": "The patient was called instead."}
AT_ONCE = 6


def is_replayed(answer: Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


def post_at_once(api: Api, path: str, bodies: list[object], *, key: str | None = None) -> list[Response]:
    """The answers to POSTs that are sent at the same moment, each by a thread of its own."""
    assert api.get(REMINDERS).status_code == 200
    start = threading.Barrier(len(bodies), timeout=30)

    def post(body: object) -> Response:
        mine = api.with_token(api.token)
        start.wait()
        return mine.post(path, body, key=key)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(post, bodies))


def test_the_same_request_again_is_answered_the_same_and_does_nothing(api: Api) -> None:
    first = api.post(SESSIONS, a_body(), key=KEY)
    before = api.rows()

    again = api.post(SESSIONS, a_body(), key=KEY)

    assert not is_replayed(first)
    assert is_replayed(again)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert api.rows() == before


def test_another_body_under_the_key_is_refused(api: Api) -> None:
    api.post(SESSIONS, a_body(), key=KEY)
    before = api.rows()

    answer = api.post(SESSIONS, a_body(patient=a_patient(name="Bilal Khan")), key=KEY)

    assert "another body" in problems(answer)["Idempotency-Key"]
    assert api.rows() == before


@pytest.mark.parametrize(("later", "replayed"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False)])
def test_an_answer_is_kept_for_24_hours(api: Api, later: timedelta, replayed: bool) -> None:  # noqa: FBT001  the example
    first = api.post(SESSIONS, a_body(), key=KEY)
    api.clock.now = NOW + later

    again = api.post(SESSIONS, a_body(), key=KEY)

    assert is_replayed(again) is replayed
    assert again.json()["id"] == first.json()["id"]  # of itself the same session is stored once


def test_an_action_that_could_not_be_done_twice_is_answered_the_same(api: Api) -> None:
    path = f"{REMINDERS}/{api.register()['reminders'][0]['id']}/skip"
    first = api.post(path, REASON, key=KEY)

    again, without_key = api.post(path, REASON, key=KEY), api.post(path, REASON)

    assert (again.status_code, again.content) == (200, first.content)
    assert without_key.status_code == 409


def test_a_refused_request_may_be_mended_and_use_its_key_again(api: Api) -> None:
    before = api.rows()

    refused = api.post(SESSIONS, a_body(procedure="x"), key=KEY)
    unknown = api.post(SESSIONS, a_body(patient=LEFT_OUT, patient_id="x"), key=KEY)
    assert api.rows() == before
    mended = api.post(SESSIONS, a_body(), key=KEY)

    assert [refused.status_code, unknown.status_code, mended.status_code] == [422, 404, 201]
    assert not is_replayed(mended)


def test_a_key_counts_for_its_address_only(api: Api) -> None:
    first, second, *_ = api.register()["reminders"]

    answers = [api.post(f"{REMINDERS}/{reminder['id']}/skip", REASON, key=KEY) for reminder in (first, second)]

    assert [answer.json()["id"] for answer in answers] == [first["id"], second["id"]]


def test_a_key_counts_for_its_clinic_only(api: Api) -> None:
    first = api.post(SESSIONS, a_body(), key=KEY)

    second = api.of_clinic(a_clinic(api.database, name="Other")).post(SESSIONS, a_body(), key=KEY)

    assert second.status_code == 201
    assert not is_replayed(second)
    assert second.json()["id"] != first.json()["id"]


def test_a_preview_with_a_key_stores_its_answer_and_nothing_else(api: Api) -> None:
    before = api.rows()

    first, again = (api.post(PREVIEW, a_body(), key=KEY) for _ in range(2))

    assert (is_replayed(first), is_replayed(again)) == (False, True)
    assert first.content == again.content
    assert api.rows() == {**before, "kept_answers": before["kept_answers"] + 1}


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tin it", "Schlüssel"])
@pytest.mark.parametrize("path", [SESSIONS, PREVIEW])
def test_a_key_that_will_not_do_is_refused(api: Api, path: str, key: str) -> None:
    before = api.rows()

    answer = api.client.post(path, json=a_body(), headers={b"Idempotency-Key": key.encode("latin-1")})

    assert "printable" in problems(answer)["Idempotency-Key"]
    assert api.rows() == before


def test_a_key_of_255_characters_will_do(api: Api) -> None:
    assert api.post(SESSIONS, a_body(), key="~" * 255).status_code == 201


def test_requests_with_one_key_at_once_are_done_once(api: Api) -> None:
    before = api.rows()

    answers = post_at_once(api, SESSIONS, [a_body()] * AT_ONCE, key=KEY)

    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.content for answer in answers}) == 1
    assert sum(is_replayed(answer) for answer in answers) == AT_ONCE - 1
    assert api.rows()["sessions"] == before["sessions"] + 1
    assert api.rows()["audit"] == before["audit"] + 1


def test_a_session_that_is_registered_twice_at_once_is_stored_once(api: Api) -> None:
    answers = post_at_once(api, SESSIONS, [a_body()] * AT_ONCE)

    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.json()["id"] for answer in answers}) == 1
    rows = api.rows()
    assert (rows["patients"], rows["sessions"]) == (1, 1)
    assert rows["reminders"] == len(answers[0].json()["reminders"])


def test_sessions_of_one_person_at_once_are_of_one_patient(api: Api) -> None:
    bodies: list[object] = [a_body(ended_at=f"2026-02-2{day}T10:00:00Z") for day in range(AT_ONCE)]

    answers = post_at_once(api, SESSIONS, bodies)

    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.json()["patient_id"] for answer in answers}) == 1
    rows = api.rows()
    assert (rows["patients"], rows["sessions"]) == (1, AT_ONCE)


def test_kept_answers_are_sealed(api: Api, database: Database) -> None:
    api.post(SESSIONS, a_body(), key=KEY)

    with database.read(api.clinic.id) as db:
        (sealed,) = db.execute(text("SELECT answer_sealed FROM kept_answers")).one()

    assert b"microneedling" not in bytes(sealed)
