from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.audit import AuditRow
from tests.builders import NOW, drain_at, stored
from tests.fakes import AcceptingSender
from tests.web.api_client import SESSIONS, Api, problem, problems


def correct(api: Api, session: dict[str, Any], **correction: object) -> dict[str, Any]:
    answer = api.patch(f"{SESSIONS}/{session['id']}", correction)
    assert answer.status_code == 200, answer.text
    corrected: dict[str, Any] = answer.json()
    return corrected


def until_of(session: dict[str, Any]) -> str:
    return str(next(window["until_local"] for window in session["windows"] if window["topic"] == "retinoid_otc"))


def told(api: Api, action: str) -> list[str]:
    """What the audit says of an action."""
    with api.database.read(api.clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.at))
        return [db.keys.open(row.sentence_sealed, "audit.sentence") for row in rows]


def test_a_corrected_fact_gives_the_plan_that_it_would_have_given(api: Api) -> None:
    session = api.register()

    corrected = correct(api, session, facts={"needle_mm": 1.0})

    assert (session["band"], corrected["band"]) == ("D1", "D2")
    assert (until_of(session), until_of(corrected)) == ("2026-03-08", "2026-03-10")
    assert corrected["facts"] == {
        "needle_mm": 1.0,
        "modality": "pen",
        "areas": ["face"],
        "adjuncts": [],
        "weeping": False,
    }
    assert corrected == api.get(f"{SESSIONS}/{session['id']}").json()


def test_every_reminder_says_why_by_the_corrected_facts(api: Api) -> None:
    corrected = correct(api, api.register(), facts={"needle_mm": 1.0})

    assert {"band D2" in reminder["because"] for reminder in corrected["reminders"]} == {True}


def test_null_removes_a_fact(api: Api) -> None:
    corrected = correct(api, api.register(), facts={"needle_mm": None, "adjuncts": None})

    assert corrected["band"] == "D4"
    assert "needle_mm" not in corrected["facts"]
    assert corrected["facts"]["adjuncts"] == []  # the protocol's default
    assert corrected["notices"] == ["No needle length recorded: planned as the deepest."]


def test_a_corrected_time_fixes_day_0_anew(api: Api) -> None:
    session = api.register()

    corrected = correct(api, session, ended_at="2026-03-02T10:00:00+00:00")

    assert corrected["ended_at"] == "2026-03-02T10:00:00Z"
    assert until_of(corrected) == "2026-03-07"


def test_what_was_sent_stays(api: Api) -> None:
    session = api.register()
    drain_at(api.database, AcceptingSender(), NOW + timedelta(hours=1))
    sent = [record for record in stored(api.database, api.clinic) if record.status is Status.SENT]
    assert sent

    correct(api, session, ended_at="2026-03-02T10:00:00+00:00")

    assert [record for record in stored(api.database, api.clinic) if record.status is Status.SENT] == sent


def test_the_audit_says_before_and_after(api: Api) -> None:
    correct(api, api.register(), facts={"needle_mm": 1.0}, ended_at="2026-03-03T14:00:00+00:00")

    (sentence,) = told(api, "session.correct")
    assert sentence == (
        "Corrected a session of Microneedling: it ended at 2026-03-03T14:00:00+00:00, not at "
        "2026-03-03T14:30:00+00:00; Longest needle is 1, not 0.5."
    )


def test_the_same_correction_again_changes_nothing(api: Api) -> None:
    session = api.register()
    first = correct(api, session, facts={"needle_mm": 1.0})
    before = api.rows()

    again = correct(api, session, facts={"needle_mm": 1.0}, ended_at="2026-03-03T15:30:00+01:00")

    assert again == first
    assert api.rows() == before


def test_a_voided_session_cannot_be_corrected(api: Api) -> None:
    session = api.register()
    api.client.delete(f"{SESSIONS}/{session['id']}")

    answer = api.patch(f"{SESSIONS}/{session['id']}", {"facts": {"needle_mm": 1.0}})

    assert answer.status_code == 409
    assert "voided" in problem(answer)["detail"]


def test_a_session_cannot_become_another_ones_twin(api: Api) -> None:
    api.register()
    other = api.register(ended_at="2026-03-02T10:00:00+00:00")
    before = api.rows()

    answer = api.patch(f"{SESSIONS}/{other['id']}", {"ended_at": "2026-03-03T14:30:00+00:00"})

    assert answer.status_code == 409
    assert "void one of the two" in problem(answer)["detail"]
    assert api.rows() == before


def test_an_old_session_can_have_its_facts_corrected(api: Api) -> None:
    session = api.register()
    api.clock.now = NOW + timedelta(days=70)

    assert correct(api, session, facts={"needle_mm": 1.0})["band"] == "D2"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "facts", "what to correct"),
        ({"facts": {}, "ended_at": None}, "facts", "what to correct"),
        ({"facts": {"needel_mm": 1}}, "facts.needel_mm", "did you mean needle_mm?"),
        ({"facts": {"needel_mm": None}}, "facts.needel_mm", "did you mean needle_mm?"),
        ({"facts": {"needle_mm": 9}}, "facts.needle_mm", "up to 3.5 mm"),
        ({"facts": {"modality": None}}, "facts.modality", "Device is required"),
        ({"facts": None}, "facts", "an object in braces"),
        ({"ended_at": "2026-03-03T14:30:00"}, "ended_at", "with its zone"),
        ({"ended_at": (NOW + timedelta(minutes=6)).isoformat()}, "ended_at", "in the future"),
        ({"ended_at": (NOW - timedelta(days=61)).isoformat()}, "ended_at", "60 days ago"),
        ({"procedure": "peel"}, "procedure", "no such field"),
    ],
)
def test_a_correction_that_cannot_be_meant_is_refused(api: Api, body: object, field: str, words: str) -> None:
    session = api.register()
    before = api.rows()

    found = problems(api.patch(f"{SESSIONS}/{session['id']}", body))

    assert words in found[field], found
    assert api.rows() == before


def test_every_problem_of_a_correction_is_told_at_once(api: Api) -> None:
    session = api.register()
    body = {"facts": {"needle_mm": 9}, "ended_at": (NOW + timedelta(days=1)).isoformat()}

    assert sorted(problems(api.patch(f"{SESSIONS}/{session['id']}", body))) == ["ended_at", "facts.needle_mm"]


def test_a_correction_lets_the_other_sessions_follow(api: Api) -> None:
    early = api.register(ended_at="2026-02-20T10:00:00+00:00")
    late = api.register()

    correct(api, late, facts={"needle_mm": 1.6})

    ends = {window["topic"]: window["until"] for window in api.get(f"{SESSIONS}/{early['id']}").json()["windows"]}
    again = {window["topic"]: window["until"] for window in api.get(f"{SESSIONS}/{late['id']}").json()["windows"]}
    assert ends["home_roller"] == again["home_roller"]
    assert datetime.fromisoformat(ends["home_roller"]) > NOW
