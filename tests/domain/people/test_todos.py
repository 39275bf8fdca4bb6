from __future__ import annotations

import pytest

from scheduler.domain.people.todos import Todo, TodoKind, todo_sentence

DETAILS: dict[TodoKind, dict[str, str | int]] = {
    TodoKind.VOIDED: {"title": "Microneedling", "day": "Tuesday 3 March", "messages": 2},
    TodoKind.NOT_TOLD: {"sentence": "Tell the patient what to leave out."},
    TodoKind.NOT_CORRECTED: {"sentence": "Tell the patient that dates have moved."},
    TodoKind.SAFETY_NOT_PLANNED: {"sentence": "Tell the patient the warning signs."},
    TodoKind.SAFETY_NOT_SENT: {"rule": "danger", "because": "the patient stopped these messages"},
    TodoKind.MAYBE_NOT_ARRIVED: {"rule": "check"},
    TodoKind.NOT_ARRIVED: {"rule": "check", "because": "this number is not in use"},
}


@pytest.mark.parametrize("kind", TodoKind)
def test_every_to_do_says_in_one_sentence_what_is_to_be_done(kind: TodoKind) -> None:
    said = todo_sentence(kind, DETAILS[kind])

    assert said.endswith(".")
    assert "{" not in said
    assert all(str(detail) in said for detail in DETAILS[kind].values())


def test_what_a_sentence_needs_and_has_not_is_an_error_at_once() -> None:
    with pytest.raises(KeyError, match="day"):
        todo_sentence(TodoKind.VOIDED, {"title": "Microneedling", "messages": 2})


def test_a_to_do_about_another_session_topic_or_reminder_is_another_one() -> None:
    kind = TodoKind.NOT_TOLD
    different = [
        Todo(kind=kind, patient_id="p"),
        Todo(kind=kind, patient_id="p", topic="acids"),
        Todo(kind=kind, patient_id="p", session_id="s"),
        Todo(kind=kind, patient_id="p", session_id="s", topic="acids"),
        Todo(kind=kind, patient_id="p", session_id="s", topic="heat"),
        Todo(kind=kind, patient_id="p", session_id="s", reminder_id="r"),
        Todo(kind=kind, patient_id="p", session_id="s", rule="danger"),
    ]

    assert len({todo.subject for todo in different}) == len(different)


def test_a_to_do_about_a_session_stays_the_same_one_when_its_patient_is_merged() -> None:
    before, after = (Todo(kind=TodoKind.VOIDED, patient_id=patient, session_id="s") for patient in ("p", "q"))

    assert before.subject == after.subject


def test_what_each_planning_finds_anew_is_told_from_what_happened_once() -> None:
    assert {kind for kind in TodoKind if kind.planned} == {
        TodoKind.NOT_TOLD,
        TodoKind.NOT_CORRECTED,
        TodoKind.SAFETY_NOT_PLANNED,
    }
