from __future__ import annotations

from tests.project.routes import routes

LINKED = {
    "register_session": {"session_id": "/id", "patient_id": "/patient_id", "reminder_id": "/reminders/0/id"},
    "add_patient": {"patient_id": "/id"},
    "list_patients": {"patient_id": "/items/0/id"},
    "list_reminders": {"reminder_id": "/items/0/id"},
}


def test_each_answer_with_an_id_links_to_every_operation_that_takes_it() -> None:
    for route in routes():
        found = {
            link["operationId"]: link["parameters"]
            for answer in route.operation["responses"].values()
            for link in answer.get("links", {}).values()
        }
        assert found == {
            other.operation["operationId"]: {parameter: f"$response.body#{pointer}"}
            for parameter, pointer in LINKED.get(route.operation["operationId"], {}).items()
            for other in routes()
            if f"{{{parameter}}}" in other.path
        }, str(route)
