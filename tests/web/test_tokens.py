from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from httpx2 import Response

from scheduler.domain.people.roles import Role
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services.needing import need_person
from scheduler.services.tokens import SCOPES
from scheduler.storage.tokens import find_token, revoke_token
from tests.builders import NOW, a_clinic
from tests.project.routes import Route, routes
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, a_body, problem

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
AN_END = {"topic": "acids", "length": "2d", "reason": "The skin has closed."}
UNDER_API = [route for route in routes() if route.path.startswith("/api/v1")]
WITH_IDS = [route for route in UNDER_API if "{" in route.path]
every_route = pytest.mark.parametrize("route", UNDER_API, ids=str)


def call(api: Api, route: Route, *, ids: Mapping[str, str] | None = None, body: object = None) -> Response:
    """The route's answer, with these ids in its path, or one that nothing has, and the body of its example."""
    path = re.sub(r"\{(\w+)\}", lambda name: (ids or {}).get(name[1], UNKNOWN_ID), route.path)
    return api.client.request(route.method, path, json=body or route.example_body)


def a_named_patient(api: Api, name: str) -> str:
    """The id of a patient who has nothing yet."""
    patient_id: str = api.post(PATIENTS, {"name": name}).json()["id"]
    return patient_id


def a_thing_of_each(api: Api, session: dict[str, Any]) -> dict[str, str]:
    """Ids of a patient, of their session, and of all that hangs on it, as paths name them."""
    path = f"{PATIENTS}/{session['patient_id']}/overrides"
    override = api.of_person(Role.TREATMENT).post(path, {**AN_END, "session_id": session["id"]}).json()
    todo = Todo(kind=TodoKind.MAYBE_NOT_ARRIVED, details={"rule": "check"}, session_id=session["id"])
    with api.database.write(api.clinic.id) as db:
        todo_id = need_person(db, todo, now=NOW)
    return {
        "session_id": session["id"],
        "reminder_id": next(item["id"] for item in session["reminders"] if item["rule"] == "no-actives"),
        "patient_id": session["patient_id"],
        "override_id": override["id"],
        "todo_id": str(todo_id),
    }


@pytest.fixture
def api(untouched_api: Api) -> Api:
    return untouched_api


@every_route
def test_without_a_token_nothing_is_answered(api: Api, route: Route) -> None:
    before = api.rows()

    answer = call(api.with_token(None), route)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem(answer)
    assert api.rows() == before


@every_route
def test_a_token_that_may_do_all_but_this_is_refused(api: Api, route: Route) -> None:
    others = api.with_token(api.a_token(*(scope for scope in SCOPES if scope != route.scope)))
    before = api.rows()

    answer = call(others, route)

    assert answer.status_code == 403
    assert problem(answer)["detail"] == f"This token may not do this: it needs the scope {route.scope}."
    assert api.rows() == before


@every_route
def test_a_token_that_may_do_just_this_is_let_in(api: Api, route: Route) -> None:
    answer = call(api.with_token(api.a_persons_token(Role.APPROVER, route.scope)), route)

    assert answer.status_code not in {401, 403}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_of_one_scope_opens_the_routes_of_that_scope_and_no_other(api: Api, scope: str) -> None:
    narrow = api.with_token(api.a_persons_token(Role.APPROVER, scope))

    opened = {str(route) for route in UNDER_API if call(narrow, route).status_code != 403}

    assert opened == {str(route) for route in UNDER_API if route.scope == scope}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nobody's", "Basic YTpi", "act_x", "Bearer \xff", "Bearer a b"]
)
def test_what_is_no_token_is_not_let_in(api: Api, header: str) -> None:
    answer = api.with_token(None).client.get(REMINDERS, headers={b"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_not_let_in_from_then_on(api: Api) -> None:
    revoked = api.with_token(api.a_token())
    assert revoked.get(REMINDERS).status_code == 200
    with api.database.write(api.clinic.id) as db:
        token = find_token(db, revoked.token or "")
        assert token
        revoke_token(db, token.id, now=NOW)
    before = api.rows()

    answer = revoked.post(SESSIONS, a_body())

    assert answer.status_code == 401
    assert "revoked" in problem(answer)["detail"]
    assert api.rows() == before


@pytest.mark.parametrize("route", WITH_IDS, ids=str)
def test_what_belongs_to_another_clinic_is_answered_as_unknown(api: Api, route: Route) -> None:
    # A patient of its own: what another test did to a shared one, say cancel it, could stand in the way.
    phone = f"+447911123{WITH_IDS.index(route):03}"
    session = api.register(patient={"name": "Ada Byrne", "phone": phone, "consent": {"sms": True}})
    known = a_thing_of_each(api, session)
    named = {
        "merge": {"into": a_named_patient(api, "Amira Kahn")},
        "split": {"name": "Bilal Khan", "sessions": [session["id"]]},
        "overrides": {**AN_END, "session_id": session["id"]},
    }
    body = named.get(route.path.rpartition("/")[2])
    stranger = api.of_clinic(a_clinic(api.database, name="Other")).of_person(Role.TREATMENT)
    before = api.rows()

    unknown = call(stranger, route, body=body)
    of_other_clinic = call(stranger, route, ids=known, body=body)

    assert unknown.status_code == of_other_clinic.status_code == 404
    assert unknown.text == re.sub("|".join(known.values()), UNKNOWN_ID, of_other_clinic.text)
    assert api.rows() == before
    person = api.of_person(Role.TREATMENT)
    assert call(person, route, ids=known, body=body).status_code < 300 or route.path.endswith("restore")


def test_lists_hold_the_own_clinics_reminders_only(api: Api) -> None:
    session = api.register()
    stranger = api.of_clinic(a_clinic(api.database, name="Other"))

    pages: list[dict[str, Any]] = [
        stranger.get(REMINDERS).json(),
        stranger.get(REMINDERS, session_id=session["id"]).json(),
        stranger.get(REMINDERS, patient_id=session["patient_id"]).json(),
    ]

    assert pages == [{"items": [], "next": None}] * 3
