from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain.people.roles import Role
from scheduler.services.audit_chain import seal_all
from scheduler.storage import audit
from tests.builders import NOW, a_clinic
from tests.web.api_client import SESSIONS, Api, problem, problems

AUDIT = "/api/v1/audit"
LATER = NOW + timedelta(days=2)


def note(api: Api, count: int, *, actor: str = "Ada Osei") -> None:
    with api.database.write(api.clinic.id) as db:
        for place in range(count):
            at = LATER + timedelta(minutes=place // 2)
            sentence = f"Did {place}."
            audit.record(db, at=at, actor=actor, action="test.note", subject=f"test {place}", sentence=sentence)


def items(api: Api, **query: str | int) -> list[dict[str, Any]]:
    answer = api.get(AUDIT, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_the_newest_stands_first_with_its_place_in_the_chain(api: Api) -> None:
    session = api.register()
    api.clock.now = LATER
    api.delete(f"{SESSIONS}/{session['id']}")
    [voided, *_] = items(api)
    seal_all(api.database, api.clock)

    assert voided | {"id": None} == {
        "id": None,
        "at": "2026-03-05T14:35:00Z",
        "actor": "token tablet",
        "action": "session.void",
        "subject": f"session {session['id']}",
        "sentence": "Voided the session.",
        "sequence": None,
    }
    found = items(api)
    assert found[0] == voided | {"sequence": len(found)}


def test_the_list_is_narrowed_by_what_is_asked(api: Api) -> None:
    note(api, 4)
    note(api, 1, actor="Bea Lund")

    assert {one["sentence"] for one in items(api, actor="Ada Osei")} == {"Did 0.", "Did 1.", "Did 2.", "Did 3."}
    assert [one["actor"] for one in items(api, subject="test 0", actor="Bea Lund")] == ["Bea Lund"]
    second = (LATER + timedelta(minutes=1)).isoformat()
    assert {one["subject"] for one in items(api, **{"from": second})} == {"test 2", "test 3"}
    assert {one["subject"] for one in items(api, **{"from": LATER.isoformat(), "to": second})} == {"test 0", "test 1"}
    assert items(api, actor="Nobody") == []


def test_pages_hold_each_entry_once(api: Api) -> None:
    note(api, 5)

    found, page = [], api.get(AUDIT, limit=2).json()
    while page["next"]:
        found += page["items"]
        page = api.get(AUDIT, limit=2, after=page["next"]).json()
    found += page["items"]

    assert found == items(api, limit=200)
    assert len({one["id"] for one in found}) == len(found) > 5
    assert problems(api.get(AUDIT, after="x"))["after"].startswith("no list gave this")


def test_a_clinic_sees_its_own_entries_alone(api: Api) -> None:
    note(api, 3)
    other = api.of_clinic(a_clinic(api.database, name="Birch"))

    assert not [one for one in items(other, limit=200) if one["action"] == "test.note"]


@pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.APPROVER, 200), (Role.FRONT_DESK, 403)])
def test_who_may_read_it_is_said_by_role_and_scope(api: Api, role: Role, status: int) -> None:
    assert api.of_person(role).get(AUDIT).status_code == status
    refused = api.with_token(api.a_token("patients:read")).get(AUDIT)
    assert (refused.status_code, "audit:read" in problem(refused)["detail"]) == (403, True)
