from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.people.roles import Role
from scheduler.storage.audit import AuditRow
from scheduler.storage.claims import claim
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, statuses
from tests.web.api_client import LEFT_OUT, PATIENTS, SESSIONS, Api, a_patient, problem, problems

HEALED = "Seen today; the skin has closed."


@pytest.fixture
def clinician(api: Api) -> Api:
    """The API as somebody meets it who treats patients."""
    return api.of_person(Role.TREATMENT)


@pytest.fixture
def session(api: Api) -> dict[str, Any]:
    """A session of Tuesday 3 March, 14:30: no retinoids or acids until after Sunday 8 March."""
    return api.register()


def overrides(session: dict[str, Any]) -> str:
    return f"{PATIENTS}/{session['patient_id']}/overrides"


def an_end(session: dict[str, Any], **changes: object) -> dict[str, object]:
    body = {"session_id": session["id"], "topic": "retinoid_otc", "until_local": "2026-03-06", "reason": HEALED}
    return {name: value for name, value in {**body, **changes}.items() if value is not LEFT_OUT}


def shorten(api: Api, session: dict[str, Any], **changes: object) -> dict[str, Any]:
    answer = api.post(overrides(session), an_end(session, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def plan(api: Api, session: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATIENTS}/{session['patient_id']}/plan").json()
    return found


def window(api: Api, session: dict[str, Any], topic: str = "retinoid_otc") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in plan(api, session)["windows"] if one["topic"] == topic)
    return found


def due(api: Api, session: dict[str, Any], rule: str) -> str:
    found: str = next(one["due_local"] for one in plan(api, session)["reminders"] if one["rule"] == rule)
    return found


def told(api: Api) -> list[tuple[str, str]]:
    """(who, words) of the audit of overrides."""
    with api.database.read(api.clinic.id) as db:
        rows = db.scalars(
            select(AuditRow).where(AuditRow.action.startswith("patient.override")).order_by(AuditRow.action)
        )
        return [(row.actor, db.keys.open(row.sentence_sealed, "audit.sentence")) for row in rows]


def test_an_override_shortens_one_topic_of_one_session_by_name(
    api: Api, clinician: Api, session: dict[str, Any]
) -> None:
    before = {one["topic"]: one["until"] for one in plan(api, session)["windows"]}

    made = shorten(clinician, session)

    assert {name: made[name] for name in ("until", "until_local", "by", "reason", "topic")} == {
        "until": "2026-03-07T00:00:00Z",
        "until_local": "2026-03-06",
        "by": "Ada Osei",
        "reason": HEALED,
        "topic": "retinoid_otc",
    }
    after = {one["topic"]: one["until"] for one in plan(api, session)["windows"]}
    assert after == {**before, "retinoid_otc": "2026-03-07T00:00:00Z"}


def test_the_plan_says_who_set_the_end_and_why(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    made = shorten(clinician, session)

    assert f"set by Ada Osei: {HEALED}" in window(api, session)["because"]
    assert plan(api, session)["overrides"] == [made]
    [(who, words)] = told(api)
    assert who == "Ada Osei"
    assert words.startswith("Overrode retinol until after Friday 6 March, not Sunday 8 March, for Microneedling of ")
    assert words.endswith(HEALED)


def test_the_text_that_permits_goes_when_all_its_topics_are_over(
    api: Api, clinician: Api, session: dict[str, Any]
) -> None:
    (first, *others) = ("exfoliate", "retinoid_otc", "acids", "vit_c", "alcohol_toner")

    shorten(clinician, session, topic=first)
    not_yet = due(api, session, "resume-actives")
    for topic in others:
        if window(api, session, topic)["until"] > "2026-03-07T00:00:00Z":
            shorten(clinician, session, topic=topic)

    assert (not_yet, due(api, session, "resume-actives")) == ("2026-03-11T10:00:00", "2026-03-07T10:00:00")


@pytest.mark.parametrize(
    ("length", "until"),
    [("2d", "2026-03-06T00:00:00Z"), ("36h", "2026-03-05T02:30:00Z"), ("1d", "2026-03-05T00:00:00Z")],
)
def test_a_length_counts_from_the_end_of_the_session_as_protocols_do(
    api: Api, clinician: Api, session: dict[str, Any], length: str, until: str
) -> None:
    made = shorten(clinician, session, until_local=LEFT_OUT, length=length)

    assert (made["until"], window(api, session)["until"]) == (until, until)


def test_the_last_day_is_the_patients_own(api: Api, clinician: Api) -> None:
    session = api.register(patient=a_patient(zone="Asia/Kolkata"))

    made = shorten(clinician, session)

    assert (made["until"], made["until_local"]) == ("2026-03-06T18:30:00Z", "2026-03-06")


def test_a_later_override_replaces_the_one_before(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    shorten(clinician, session, until_local="2026-03-05")

    last = shorten(clinician, session, until_local="2026-03-07", reason="Not quite yet.")

    assert plan(api, session)["overrides"] == [last]
    assert window(api, session)["until_local"] == "2026-03-07"


def test_an_override_that_is_withdrawn_gives_the_rules_their_end_back(
    api: Api, clinician: Api, session: dict[str, Any]
) -> None:
    before = plan(api, session)
    made = shorten(clinician, session)

    answer = clinician.delete(f"{overrides(session)}/{made['id']}")
    again = clinician.delete(f"{overrides(session)}/{made['id']}")

    assert (answer.status_code, again.status_code) == (204, 404)
    assert plan(api, session) == before
    assert told(api)[1][1].startswith("Withdrew the override of retinol for Microneedling of ")


def test_a_message_that_a_worker_holds_is_made_anew(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    at = NOW + timedelta(days=1)
    with api.database.write(ALL_CLINICS) as db:
        claimed = claim(db, now=at, lease_until=at + timedelta(minutes=1), limit=100)

    shorten(clinician, session)

    assert claimed
    assert {statuses(api.database, api.clinic)[one.id] for one in claimed} == {"scheduled"}


# Who may


def test_a_programs_token_is_told_to_come_as_a_person(api: Api, session: dict[str, Any]) -> None:
    before = api.rows()

    answer = api.post(overrides(session), an_end(session))

    assert answer.status_code == 403
    assert "aftercare token add --staff EMAIL" in problem(answer)["detail"]
    assert api.rows() == before


@pytest.mark.parametrize("role", Role)
def test_clinicians_may_and_nobody_else(api: Api, session: dict[str, Any], role: Role) -> None:
    person = api.of_person(role)

    answer = person.post(overrides(session), an_end(session))
    gone = person.delete(f"{overrides(session)}/{answer.json().get('id')}")

    if role in {Role.TREATMENT, Role.APPROVER}:
        assert (answer.status_code, gone.status_code) == (201, 204)
    else:
        assert (answer.status_code, gone.status_code) == (403, 403)
        assert "Ask somebody who treats, or an approver." in problem(answer)["detail"]


# What cannot be


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"topic": "retinoid_ot"}, "topic", "the session has no window of this topic; did you mean retinoid_otc?"),
        ({"until_local": "2026-03-08"}, "until_local", "by the rules the topic ends after Sunday 8 March"),
        ({"until_local": "2026-03-30"}, "until_local", "only shortens"),
        ({"until_local": "2026-03-02"}, "until_local", "over already"),
        ({"until_local": "6 March"}, "until_local", "as in 1990-04-30"),
        ({"length": "3d"}, "until_local", "not both"),
        ({"until_local": LEFT_OUT}, "until_local", "not neither"),
        ({"until_local": LEFT_OUT, "length": "5d"}, "length", "only shortens"),
        ({"until_local": LEFT_OUT, "length": "0h"}, "length", "more than nothing"),
        ({"until_local": LEFT_OUT, "length": "soon"}, "length", 'such as "48h"'),
        ({"until_local": LEFT_OUT, "length": "-3d"}, "length", "write a number and a unit"),
        ({"until_local": LEFT_OUT, "length": "9999999d"}, "length", "366"),
        ({"until_local": LEFT_OUT, "length": "3x"}, "length", "use s, m, h or d"),
        ({"reason": ""}, "reason", "say why in 3 to 500 letters"),
        ({"reason": LEFT_OUT}, "reason", "required"),
        ({"sessions": "x"}, "sessions", "did you mean session_id?"),
    ],
)
def test_an_end_that_cannot_be_is_refused_with_its_mend(
    api: Api, clinician: Api, session: dict[str, Any], changes: dict[str, object], field: str, words: str
) -> None:
    before = api.rows()

    found = problems(clinician.post(overrides(session), an_end(session, **changes)))

    assert words in found[field], found
    assert api.rows() == before


def test_all_that_is_wrong_is_told_at_once(clinician: Api, session: dict[str, Any]) -> None:
    body = an_end(session, topic="x", until_local="2026-03-02", reason=" ")

    assert set(problems(clinician.post(overrides(session), body))) == {"topic", "until_local", "reason"}


def test_a_voided_session_has_nothing_to_shorten(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    api.delete(f"{SESSIONS}/{session['id']}")

    answer = clinician.post(overrides(session), an_end(session))

    assert answer.status_code == 409
    assert "voided" in problem(answer)["detail"]


def test_a_session_of_another_patient_is_refused_and_one_of_nobody_unknown(
    api: Api, clinician: Api, session: dict[str, Any]
) -> None:
    other = api.register(patient=a_patient(name="Bilal Khan"))
    path = overrides(other)

    anothers = problems(clinician.post(path, an_end(session)))
    nobodys = clinician.post(path, an_end(session, session_id=other["patient_id"]))

    assert "another patient's session" in anothers["session_id"]
    assert nobodys.status_code == 404


def test_an_override_of_another_patient_is_not_found(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    made = shorten(clinician, session)
    other = api.register(patient=a_patient(name="Bilal Khan"))

    assert clinician.delete(f"{overrides(other)}/{made['id']}").status_code == 404
    assert plan(api, session)["overrides"] == [made]


def test_an_override_by_key_is_made_once(api: Api, clinician: Api, session: dict[str, Any]) -> None:
    first = clinician.post(overrides(session), an_end(session), key="k")
    before = api.rows()

    again = clinician.post(overrides(session), an_end(session), key="k")

    assert again.json() == first.json()
    assert first.headers["location"] == f"{overrides(session)}/{first.json()['id']}"
    assert api.rows() == before
