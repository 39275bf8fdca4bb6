from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.services.views import session_view
from scheduler.storage import reminders
from tests.builders import NOW, a_planned, add_reminders
from tests.web.api_client import LEFT_OUT, REMINDERS, SESSIONS, Api, a_patient, problem, problems

REASON = {"reason": "The patient was called instead."}


def rule_of(session: dict[str, Any], rule: str) -> dict[str, Any]:
    """A session's reminder of a rule."""
    found: dict[str, Any] = next(reminder for reminder in session["reminders"] if reminder["rule"] == rule)
    return found


def act(api: Api, reminder: dict[str, Any], action: str, body: object = None) -> dict[str, Any]:
    """The reminder as it is answered after an action."""
    answer = api.post(f"{REMINDERS}/{reminder['id']}/{action}", body)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


def pages(api: Api, limit: int) -> list[list[dict[str, Any]]]:
    """All pages of the list."""
    found = []
    page = api.get(REMINDERS, limit=limit).json()
    while page["next"]:
        found.append(page["items"])
        page = api.get(REMINDERS, limit=limit, after=page["next"]).json()
    return [*found, page["items"]]


def hand_over(api: Api, reminder: dict[str, Any]) -> None:
    """As if a worker were posting it right now."""
    with api.database.write(api.clinic.id) as db:
        for status in (Status.CLAIMED, Status.SENDING):
            assert reminders.move(db, {reminder["id"]}, status, reason=None, now=NOW)


def test_the_list_holds_each_reminder_once_by_due_time(api: Api) -> None:
    first = api.register()
    second = api.register(patient=a_patient(name="Bilal Khan"))  # due at the very same times

    listed = pages(api, limit=3)

    ids = [item["id"] for page in listed for item in page]
    assert sorted(ids) == sorted(reminder["id"] for reminder in first["reminders"] + second["reminders"])
    assert [len(page) for page in listed[:-1]] == [3] * (len(listed) - 1)
    due = [item["due_at"] for page in listed for item in page]
    assert due == sorted(due)


def test_a_page_that_is_just_full_is_the_last(api: Api) -> None:
    count = len(api.register()["reminders"])

    assert [len(page) for page in pages(api, limit=count)] == [count]


def test_a_listed_reminder_is_the_sessions_with_its_owners(api: Api) -> None:
    session = api.register(patient=a_patient(zone="Asia/Kolkata"))

    listed = {item["id"]: item for item in api.get(REMINDERS).json()["items"]}

    owners = {"session_id": session["id"], "patient_id": session["patient_id"], "reason": None, "sent_at": None}
    assert listed == {reminder["id"]: {**reminder, **owners} for reminder in session["reminders"]}


def test_the_list_is_narrowed_by_what_is_asked(api: Api) -> None:
    amira, bilal = api.register(), api.register(patient=a_patient(name="Bilal Khan"))
    skipped = act(api, rule_of(amira, "start"), "skip", REASON)

    def found(**query: str) -> set[str]:
        return {item["id"] for item in api.get(REMINDERS, **query).json()["items"]}

    def ids(session: dict[str, Any]) -> set[str]:
        return {reminder["id"] for reminder in session["reminders"]}

    assert found(status="skipped") == {skipped["id"]}
    assert found(patient_id=bilal["patient_id"]) == found(session_id=bilal["id"]) == ids(bilal)
    assert found(session_id=amira["id"], status="scheduled") == ids(amira) - {skipped["id"]}
    assert found(patient_id="nobody") == set()


def test_due_from_is_inclusive_and_due_before_is_not(api: Api) -> None:
    session = api.register()
    start, shade = rule_of(session, "start"), rule_of(session, "shade")

    listed = api.get(REMINDERS, due_from=start["due_at"], due_before=shade["due_at"]).json()["items"]

    assert [item["rule"] for item in listed] == ["start"]


def test_an_instant_of_another_zone_is_the_same_instant(api: Api) -> None:
    session = api.register()
    due_at = datetime.fromisoformat(rule_of(session, "start")["due_at"])

    asked = f"{(due_at + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat()}+05:30"
    listed = api.get(REMINDERS, due_from=asked, limit=1).json()["items"]

    assert [item["rule"] for item in listed] == ["start"]


def test_a_skipped_reminder_tells_why_and_can_be_restored(api: Api) -> None:
    reminder = rule_of(api.register(), "no-actives")

    skipped = act(api, reminder, "skip", REASON)
    restored = act(api, reminder, "restore", {})

    assert (skipped["status"], skipped["reason"]) == ("skipped", "The patient was called instead.")
    assert restored["status"] == "scheduled"


@pytest.mark.parametrize("body", [LEFT_OUT, {}, None], ids=["none", "empty", "null"])
def test_restoring_needs_no_body(api: Api, body: object) -> None:
    reminder = rule_of(api.register(), "no-actives")
    act(api, reminder, "cancel", REASON)
    path = f"{REMINDERS}/{reminder['id']}/restore"

    answer = api.post(path) if body is LEFT_OUT else api.post(path, body)

    assert (answer.status_code, answer.json()["status"]) == (200, "scheduled")


def test_a_moved_reminder_goes_then(api: Api) -> None:
    reminder = rule_of(api.register(), "no-actives")

    moved = act(api, reminder, "move", {"to": "2026-03-04T17:00:00+01:00"})

    assert (moved["due_at"], moved["due_local"]) == ("2026-03-04T16:00:00Z", "2026-03-04T16:00:00")
    assert moved["status"] == "scheduled"


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("2026-03-04T16:00:00", "with its zone"),
        ("2026-03-03T14:00:00Z", "in the past"),
        ("2026-05-04T16:00:00Z", "of no use"),
        (1772640000, "in quotes"),
    ],
)
def test_a_time_that_will_not_do_is_refused(api: Api, to: object, words: str) -> None:
    reminder = rule_of(api.register(), "no-actives")
    before = api.rows()

    found = problems(api.post(f"{REMINDERS}/{reminder['id']}/move", {"to": to}))

    assert words in found["to"]
    assert api.rows() == before


@pytest.mark.parametrize("action", ["skip", "cancel"])
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "reason"), ({"reason": " x "}, "reason"), ({"reason": "x" * 201}, "reason"), ({"because": "x"}, "because")],
)
def test_an_end_without_a_reason_is_refused(api: Api, action: str, body: object, field: str) -> None:
    reminder = rule_of(api.register(), "no-actives")
    before = api.rows()

    found = problems(api.post(f"{REMINDERS}/{reminder['id']}/{action}", body))

    assert field in found
    assert api.rows() == before


def test_a_safety_text_cannot_be_skipped(api: Api) -> None:
    reminder = rule_of(api.register(), "danger")
    before = api.rows()

    answer = api.post(f"{REMINDERS}/{reminder['id']}/skip", REASON)

    assert answer.status_code == 409
    assert "safety" in problem(answer)["detail"]
    assert api.rows() == before
    assert act(api, reminder, "cancel", REASON)["status"] == "cancelled"


@pytest.mark.parametrize(("action", "body"), [("skip", REASON), ("move", {"to": "2026-03-04T16:00:00Z"})])
def test_what_is_on_its_way_stays_as_it_is(api: Api, action: str, body: object) -> None:
    reminder = rule_of(api.register(), "no-actives")
    hand_over(api, reminder)

    answer = api.post(f"{REMINDERS}/{reminder['id']}/{action}", body)

    assert answer.status_code == 409
    assert "on its way" in problem(answer)["detail"]


def test_what_is_on_its_way_is_told_to_be_when_it_is_cancelled(api: Api) -> None:
    reminder = rule_of(api.register(), "no-actives")
    hand_over(api, reminder)

    assert act(api, reminder, "cancel", REASON)["status"] == "sending"


def test_what_belongs_to_a_voided_session_cannot_be_restored(api: Api) -> None:
    session = api.register()
    api.client.delete(f"{SESSIONS}/{session['id']}")

    answer = api.post(f"{REMINDERS}/{session['reminders'][0]['id']}/restore")

    assert answer.status_code == 409
    assert "voided" in problem(answer)["detail"]


def test_a_page_may_hold_200_and_holds_50_unless_asked(api: Api) -> None:
    session = api.register()
    with api.database.read(api.clinic.id) as db:
        view = session_view(db, session["id"], now=NOW)
    add_reminders(
        api.database, api.clinic, view, [a_planned(session["id"], occurrence=number) for number in range(200)]
    )

    assert len(api.get(REMINDERS).json()["items"]) == 50
    assert len(api.get(REMINDERS, limit=200).json()["items"]) == 200
