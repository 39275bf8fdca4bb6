from __future__ import annotations

import pytest

from scheduler.domain.people.roles import MAY, Act, Role, may, refusal

EVERYBODYS = (Act.READ, Act.REGISTER, Act.SKIP, Act.MOVE, Act.SEND_NOW, Act.PAUSE, Act.CONSENT, Act.CONTACT, Act.TODO)
WHO_MAY = {act: set(Role) for act in EVERYBODYS} | {
    Act.CORRECT: {Role.TREATMENT, Role.APPROVER},
    Act.VOID: {Role.TREATMENT, Role.APPROVER},
    Act.SKIP_SAFETY: {Role.TREATMENT, Role.APPROVER},
    Act.FLAG: {Role.TREATMENT, Role.APPROVER},
    Act.OVERRIDE: {Role.TREATMENT, Role.APPROVER},
    Act.MERGE: {Role.TREATMENT, Role.APPROVER},
    Act.EDIT: {Role.EDITOR, Role.APPROVER},
    Act.APPROVE: {Role.APPROVER},
    Act.PUBLISH: {Role.APPROVER},
    Act.EXPORT: {Role.MANAGER},
    Act.STAFF: {Role.MANAGER},
    Act.SETTINGS: {Role.MANAGER},
    Act.ERASE: {Role.MANAGER},
    Act.AUDIT: {Role.APPROVER, Role.MANAGER},
}


@pytest.mark.parametrize("act", Act)
def test_who_may_do_what_is_said_in_one_table(act: Act) -> None:
    assert {role for role in Role if may(role, act)} == WHO_MAY[act]
    assert {role for role in Role if act in MAY[role]} == WHO_MAY[act]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_who_may_not_is_told_what_and_whom_to_ask(role: Role, act: Act) -> None:
    if may(role, act):
        return

    said = refusal(role, act)

    assert "can't" in said
    assert said.count(". Ask ") == 1
    assert said.endswith(".")
    assert said[0].isupper()


def test_a_refusal_reads_as_a_sentence() -> None:
    told = "The front desk can't skip a safety text. Ask somebody who treats, or an approver."

    assert refusal(Role.FRONT_DESK, Act.SKIP_SAFETY) == told
    assert refusal(Role.TREATMENT, Act.EXPORT) == "Somebody who treats can't take lists out as a file. Ask a manager."
