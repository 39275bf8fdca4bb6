from __future__ import annotations

from typing import Any

import pytest

from scheduler.domain.people.roles import Act, Role, may, refusal
from scheduler.web.acts import ACTS
from tests.project.routes import Route, routes
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, a_body, a_patient, problem

API_ROUTES = [route for route in routes() if route.scopes]


def name_of(route: Route) -> str:
    return str(route.operation["operationId"])


def ask(api: Api, route: Route) -> Any:  # noqa: ANN401  the answer, of whichever client
    """Ask a route for something that isn't there, with the body of its example."""
    path = route.path.replace("{patient_id}", "none").replace("{session_id}", "none")
    path = path.replace("{reminder_id}", "none").replace("{override_id}", "none").replace("{todo_id}", "none")
    match route.method:
        case "GET":
            return api.get(path)
        case "DELETE":
            return api.delete(path)
        case "PATCH":
            return api.patch(path, route.example_body)
    return api.post(path, route.example_body)


def test_every_route_of_the_api_stands_in_the_table_of_acts() -> None:
    assert set(ACTS) == {name_of(route) for route in API_ROUTES}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_in_the_api_what_the_one_table_says(untouched_api: Api, role: Role) -> None:
    person = untouched_api.of_person(role)

    for route in API_ROUTES:
        act = ACTS[name_of(route)]
        answer = ask(person, route)
        if may(role, act):
            refused = problem(answer)["detail"] if answer.status_code == 403 else ""
            assert "flags" in refused or answer.status_code != 403, (str(route), refused)
        else:
            assert answer.status_code == 403, str(route)
            assert problem(answer)["detail"] == refusal(role, act)


def test_a_program_may_do_what_its_scopes_say(untouched_api: Api) -> None:
    refused = {name_of(route) for route in API_ROUTES if ask(untouched_api, route).status_code == 403}

    assert refused == {"override_topic", "withdraw_override"}  # these need somebody who answers for them


@pytest.mark.parametrize("role", Role)
def test_a_safety_text_is_cancelled_by_who_may_skip_one(api: Api, role: Role) -> None:
    reminders = api.register()["reminders"]
    safety = next(one["id"] for one in reminders if one["kind"] == "safety")
    other = next(one["id"] for one in reminders if one["kind"] != "safety")
    person, why = api.of_person(role), {"reason": "They know."}

    said = person.post(f"{REMINDERS}/{safety}/cancel", why)

    if may(role, Act.SKIP_SAFETY):
        assert said.status_code == 200, said.text
    else:
        assert (said.status_code, problem(said)["detail"]) == (403, refusal(role, Act.SKIP_SAFETY))
    assert person.post(f"{REMINDERS}/{other}/cancel", why).status_code == 200


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.TREATMENT])
def test_flags_are_set_by_who_may_flag(api: Api, role: Role) -> None:
    flagged = a_patient(flags=["herpes"])
    patient_id = api.register()["patient_id"]
    person = api.of_person(role)

    said = [
        person.post(SESSIONS, a_body(patient=flagged)),
        person.post(PATIENTS, flagged),
        person.patch(f"{PATIENTS}/{patient_id}", {"flags": []}),
    ]

    if may(role, Act.FLAG):
        assert [one.status_code for one in said] == [201, 201, 200], [one.text for one in said]
    else:
        assert {problem(one)["detail"] for one in said} == {refusal(role, Act.FLAG)}
    assert person.patch(f"{PATIENTS}/{patient_id}", {"private": True}).status_code == 200
