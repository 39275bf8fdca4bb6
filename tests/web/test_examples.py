"""The examples of the OpenAPI document are what the application takes and gives."""

from __future__ import annotations

import json
from typing import Any

from scheduler.domain.people.roles import Role
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services.needing import need_person
from scheduler.services.tokens import SCOPES
from scheduler.web.examples import EXAMPLES
from scheduler.web.patient_examples import OTHER_PATIENT_ID
from scheduler.web.problem_schema import PROBLEM_EXAMPLES
from tests.builders import NOW
from tests.project.routes import Route, example, routes
from tests.web.api_client import PATIENTS, REMINDERS, SESSIONS, Api, a_body, problem


def shape(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Its names in their order, without its values; of a list of objects, those of the first.

    What differs by session or state is left out.
    """
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items() if name not in {"facts", "paused"}]
    return shape(value[0]) if isinstance(value, list) and value else None


def replaced(text: str, names: dict[str, str]) -> str:
    """The text with the ids of this test in place of the examples'."""
    for name, real in names.items():
        text = text.replace(name, real)
    return text


def is_merge(route: Route) -> bool:
    """Whether nothing can be done to the patient afterwards."""
    return route.path.endswith("/merge")


def test_every_example_of_a_body_is_taken_and_answered_like_the_example(api: Api) -> None:
    session = api.post(SESSIONS, EXAMPLES["SessionBody"]).json()
    reminder = next(reminder for reminder in session["reminders"] if reminder["rule"] == "no-actives")

    todo = Todo(kind=TodoKind.MAYBE_NOT_ARRIVED, details={"rule": "check"}, session_id=session["id"])
    with api.database.write(api.clinic.id) as db:
        todo_id = need_person(db, todo, now=NOW)
    other = api.post(PATIENTS, {"name": "Amira Kahn"}).json()
    real = {"session_id": session["id"], "reminder_id": reminder["id"], "patient_id": session["patient_id"]}
    real["todo_id"] = str(todo_id)
    person = api.of_person(Role.APPROVER)
    shown = {EXAMPLES["SessionAnswer"]["id"]: session["id"], OTHER_PATIENT_ID: other["id"]}

    for route in sorted((route for route in routes() if route.method != "DELETE"), key=is_merge):
        body = json.loads(replaced(json.dumps(route.example_body), shown))
        answer = person.client.request(route.method, route.path.format(**real), json=body)
        offered = route.operation["responses"][str(answer.status_code)]["content"]
        if route.path == "/metrics":
            assert set(offered) == {"text/plain"}, "it is for Prometheus, and has no example"
            continue
        content = offered["application/json"]
        assert shape(answer.json()) == shape(example(content)), route


def test_the_example_of_a_session_is_what_its_body_gives(api: Api) -> None:
    answered = api.post(SESSIONS, EXAMPLES["SessionBody"]).json()

    shown = json.loads(json.dumps(EXAMPLES["SessionAnswer"]))
    del shown["id"], shown["patient_id"], shown["reminders"][0]["id"]
    for reminder in answered["reminders"]:
        del reminder["id"]
    for name, value in shown.items():
        if isinstance(value, list):
            assert all(item in answered[name] for item in value), name
        else:
            assert answered[name] == value


def test_the_examples_of_problems_are_what_is_answered(api: Api) -> None:
    others = api.with_token(api.a_token(*(scope for scope in SCOPES if scope != "sessions:write")))

    answers = [
        api.with_token("act_x").get(REMINDERS),
        others.post(SESSIONS, a_body()),
        api.get(f"{SESSIONS}/5d1f1f0e-8a43-4b0e-9c1e-2a9e3f6f7b11"),
        api.post_raw(SESSIONS, b'{"patient" "Amira"}'),
        api.post_raw(SESSIONS, b" " * 70_000),
        api.post_raw(SESSIONS, b"{}", content_type="text/plain"),
        api.post(SESSIONS, a_body(ended_at="2026-03-03T14:30:00")),
    ]

    assert [problem(answer) for answer in answers] == [
        PROBLEM_EXAMPLES[status] for status in (401, 403, 404, 400, 413, 415, 422)
    ]
