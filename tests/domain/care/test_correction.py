from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduler.domain.care.changes import diff
from scheduler.domain.care.history import History, KnownReminder, ToldDate
from scheduler.domain.care.needs import Need
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import CareProtocol, ReminderRule
from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    on_clock,
    on_days,
    wall,
    words,
)
from tests.domain.care.plans import ONE, a_plan, history_of, planned, rows_of

CORRECTION = words("correction", email="It is now until after ((until))")
NOW = wall("2026-03-05T12:00")
OLD, NEW = "2026-03-09T00:00", "2026-03-14T00:00"
LONGER = (a_window(until="10d"), a_window("acids", "10d"), a_window("makeup", "2d"))
"""As corrected on day 2: 10 days, where messages had told 5."""


def told(topic: str, until: str, *, at: str = "2026-03-04T10:00") -> ToldDate:
    return ToldDate(topic=topic, until=wall(until), told_at=wall(at))


THREE = (told("retinoid_otc", OLD), told("acids", OLD), told("makeup", "2026-03-06T00:00"))


def corrected(
    *rules: ReminderRule,
    dates: Iterable[ToldDate] = THREE,
    rows: Iterable[KnownReminder] = (),
    sessions: Iterable[TreatmentSession] | None = None,
    patient: Patient | None = None,
    messages: Iterable[MessageTemplate] = (),
    now: datetime = NOW,
    protocol: CareProtocol | None = None,
) -> Plan:
    return a_plan(
        protocol or a_protocol(*rules, windows=LONGER),
        sessions=list(sessions) if sessions else None,
        patient=patient,
        history=history_of(*rows, told=dates),
        now=now,
        messages=[CORRECTION, *messages],
    )


def test_a_told_date_earlier_than_a_topics_new_end_gets_one_correction_text() -> None:
    (text,) = corrected().reminders

    assert text.identity == Identity("s-1", "correction", 0)
    assert (text.kind, text.template, text.bundled_into) == (Kind.CORRECTION, "correction", None)
    assert {topic: on_clock(end) for topic, end in text.topic_ends.items()} == {
        "retinoid_otc": "2026-03-14 00:00",
        "acids": "2026-03-14 00:00",
    }


def test_it_goes_at_once_and_is_useful_until_the_new_end() -> None:
    (text,) = corrected().reminders

    assert (text.due_at, text.useful_until) == (NOW, wall(NEW))
    assert sentence(text.reasons[0]) == "A message told the patient an earlier end of retinoid_otc, acids."


def test_it_is_what_diff_corrects_with() -> None:
    plan = corrected()

    changes = diff(plan, (), NOW)

    assert (changes.correct, changes.add) == (plan.reminders, ())
    assert not changes.empty


def test_it_keeps_the_sending_hours() -> None:
    (text,) = corrected(now=wall("2026-03-05T21:00")).reminders

    assert on_clock(text.due_at) == "2026-03-06 08:00"


@pytest.mark.parametrize("until", [NEW, "2026-03-20T00:00"])
def test_a_told_date_that_is_not_too_early_needs_none(until: str) -> None:
    assert corrected(dates=[told("retinoid_otc", until)]).reminders == ()


def test_what_was_told_last_counts() -> None:
    dates = [told("acids", NEW, at="2026-03-04T12:00"), told("acids", OLD)]
    later = [told("acids", OLD, at="2026-03-04T12:00"), told("acids", NEW)]

    assert corrected(dates=dates).reminders == ()
    assert [reminder.template for reminder in corrected(dates=later).reminders] == ["correction"]


def test_a_date_told_for_an_earlier_stretch_is_not_wrong_now() -> None:
    dates = [told("acids", "2026-03-01T00:00", at="2026-02-20T10:00")]

    assert corrected(dates=dates).reminders == ()


def test_a_stretch_that_is_over_needs_none() -> None:
    assert corrected(now=wall("2026-03-14T00:00")).reminders == ()
    assert len(corrected(now=wall("2026-03-13T12:00")).reminders) == 1


def test_the_newest_live_session_carries_it() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-04T12:00"))]

    assert corrected(sessions=sessions).reminders[0].identity.session_id == "s-2"


ANEW = a_rule("flaking", send=on_days(3), topics=("retinoid_otc",))


def test_what_another_message_tells_anew_before_the_told_date_needs_none() -> None:
    plan = corrected(ANEW, messages=[words("flaking")])

    assert set(planned(plan, "correction").topic_ends) == {"acids"}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (ANEW, words("flaking", sms="Let flakes fall off")),
        (a_rule("flaking", send=on_days(6), topics=("retinoid_otc",)), words("flaking")),
        (a_rule("flaking", kind=Kind.CHECK, send=on_days(3), topics=("retinoid_otc",)), words("flaking")),
        (ANEW, words("other")),
    ],
    ids=["names no date", "comes after the told date", "does not instruct", "has no words"],
)
def test_what_does_not_tell_it_anew_in_time_does_not_stand_in(rule: ReminderRule, text: MessageTemplate) -> None:
    plan = corrected(rule, messages=[text])

    assert set(planned(plan, "correction").topic_ends) == {"retinoid_otc", "acids"}


def test_an_email_tells_it_anew_by_its_own_words() -> None:
    by_email = a_patient(contacts=(MAILBOX,))
    plain, dated = (words("flaking", email=text) for text in ("Let flakes fall off", "Until after ((until))"))

    assert len(planned(corrected(ANEW, messages=[plain], patient=by_email), "correction").topic_ends) == 2
    assert len(planned(corrected(ANEW, messages=[dated], patient=by_email), "correction").topic_ends) == 1


def test_a_message_that_went_already_does_not_tell_it_anew() -> None:
    plan = corrected(ANEW, messages=[words("flaking")])
    flaking = next(row for row in rows_of(plan, Status.SENT, planned_at=ENDED) if row.identity.rule == "flaking")

    again = corrected(ANEW, messages=[words("flaking")], rows=[flaking], now=wall("2026-03-06T12:00"))

    assert set(planned(again, "correction").topic_ends) == {"retinoid_otc", "acids"}


def test_planning_again_finds_the_same_text() -> None:
    rows = rows_of(corrected(), planned_at=NOW)

    for hours in (0, 1, 30, 300):
        now = NOW + timedelta(hours=hours)
        assert diff(corrected(rows=rows, now=now), rows, now).empty


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.EXPIRED, Status.SKIPPED])
def test_it_goes_once_for_a_new_end(status: Status) -> None:
    rows = rows_of(corrected(), status, planned_at=NOW)

    assert corrected(rows=rows, now=NOW + timedelta(hours=1)).reminders == ()


def test_an_end_that_moves_again_gets_another() -> None:
    rows = rows_of(corrected(), Status.SENT, planned_at=NOW)
    later = a_protocol(windows=[a_window(until="12d"), a_window("acids", "12d")])

    (text,) = corrected(rows=rows, protocol=later).reminders

    assert text.identity.occurrence == 1
    assert on_clock(text.topic_ends["acids"]) == "2026-03-16 00:00"


def test_it_is_exempt_from_limits() -> None:
    rules = [a_rule(f"r-{day}", send=on_days(2, at="12:00"), topics=(), useful_for="5h") for day in range(2)]

    plan = a_plan(
        a_protocol(*rules, windows=LONGER),
        history=History(told=THREE),
        now=ENDED,
        messages=[CORRECTION],
        fits=ONE,
    )

    assert planned(plan, "correction").due_at == ENDED


def test_what_can_not_be_texted_becomes_a_todo() -> None:
    plan = corrected(patient=a_patient(contacts=()))

    assert plan.reminders == ()
    (need,) = plan.todos
    assert (need.kind, need.session_id, need.rule, need.occurrence) == (Need.CORRECTION, "s-1", "correction", 0)
    assert (need.topics, need.reason.code) == (("retinoid_otc", "acids"), Why.NO_CONTACT)
    assert need.sentence == (
        "Tell the patient that dates have moved (retinoid_otc, acids); no message does: "
        "there is no number or address to send it to."
    )


def test_correction_after_three_texts_gives_one_correction_text() -> None:
    rules = [a_rule(f"text-{day}", send=on_days(day), topics=("retinoid_otc",)) for day in (0, 1, 2)]
    before = a_plan(a_protocol(*rules), now=ENDED)
    sent = rows_of(before, Status.DELIVERED, planned_at=ENDED)
    dates = [ToldDate(topic="retinoid_otc", until=wall(OLD), told_at=row.due_at) for row in sent]

    plan = corrected(*rules, rows=sent, dates=dates)

    assert [reminder.identity.rule for reminder in plan.reminders if reminder.kind is Kind.CORRECTION] == ["correction"]
    assert [reminder.template for reminder in diff(plan, sent, NOW).correct] == ["correction"]
    assert diff(plan, sent, NOW).add == ()


def test_a_patient_whose_sessions_are_all_void_gets_none() -> None:
    assert corrected(sessions=[replace(a_session(), voided=True)]).reminders == ()
