from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.changes import diff
from scheduler.domain.care.history import NOTHING_YET, History, KnownReminder
from scheduler.domain.care.needs import Need
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import Advice, CareProtocol, ReminderRule, ToldBy
from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.clinics import Clinic, Limits
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.patients import Channel, Patient
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    MOBILE,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_topic,
    a_window,
    lasts,
    on_clock,
    on_days,
    wall,
    words,
)
from tests.domain.care.plans import ONE, a_plan, history_of, planned, rows_of

TOPICS = (
    a_topic("retinoid_otc"),
    a_topic("heat"),
    a_topic("swim", told_by=ToldBy.SHEET),
    a_topic("cream", Advice.DO),
)
WINDOWS = (a_window(), a_window("heat", "3d"), a_window("swim", "9d"), a_window("cream", "9d"))
WORDS = (words("catch-up", email="Read it until after ((until))"),)
NAMES_HEAT = a_rule("heat", topics=("heat",))


def a_care_plan(
    *rules: ReminderRule,
    sessions: Iterable[TreatmentSession] | None = None,
    patient: Patient | None = None,
    clinic: Clinic | None = None,
    history: History = NOTHING_YET,
    now: datetime | None = None,
    fits: Fits | None = None,
    protocol: CareProtocol | None = None,
) -> Plan:
    return a_plan(
        protocol or a_protocol(*rules, windows=WINDOWS),
        sessions=None if sessions is None else list(sessions),
        patient=patient,
        clinic=clinic,
        history=history,
        now=now,
        fits=fits,
        topics=TOPICS,
        messages=WORDS,
    )


def caught_up(plan: Plan) -> set[str]:
    """The topics of the catch-up text."""
    return {topic for reminder in plan.reminders if reminder.template == "catch-up" for topic in reminder.topic_ends}


def test_topics_to_avoid_that_no_reminder_names_get_one_text_at_once() -> None:
    plan = a_care_plan()

    (text,) = plan.reminders
    assert text.identity == Identity("s-1", "catch-up", 0)
    assert (text.kind, text.template, text.channel) == (Kind.INSTRUCT, "catch-up", Channel.SMS)
    assert {topic: on_clock(end) for topic, end in text.topic_ends.items()} == {
        "retinoid_otc": "2026-03-09 00:00",
        "heat": "2026-03-07 00:00",
    }
    assert (text.due_at, text.useful_until) == (ENDED, wall("2026-03-09T00:00"))
    assert plan.todos == ()


def test_it_says_why() -> None:
    (text,) = a_care_plan(NAMES_HEAT).reminders[1:]

    assert [sentence(reason) for reason in text.reasons] == [
        "No other message tells the patient of the retinoid_otc while it holds."
    ]


def test_what_a_planned_reminder_names_needs_none() -> None:
    assert caught_up(a_care_plan(a_rule(), NAMES_HEAT)) == set()
    assert caught_up(a_care_plan(NAMES_HEAT)) == {"retinoid_otc"}


def test_only_topics_to_avoid_that_are_told_by_text_are_looked_for() -> None:
    assert not caught_up(a_care_plan()) & {"swim", "cream"}


def test_what_is_named_only_after_its_end_or_only_permitted_is_not_told() -> None:
    resume = a_rule("resume", kind=Kind.RESUME, send=on_days(5), topics=("heat",))
    after = a_rule("after", kind=Kind.CHECK, send=on_days(6), topics=("heat",))

    assert caught_up(a_care_plan(a_rule(), resume, after)) == {"heat"}


def test_what_has_ended_needs_none() -> None:
    session = a_session(known_at=wall("2026-03-07T09:00"))

    assert caught_up(a_care_plan(sessions=[session])) == {"retinoid_otc"}
    assert caught_up(a_care_plan(sessions=[a_session(known_at=wall("2026-03-09T00:00"))])) == set()


@pytest.mark.parametrize("status", [Status.SENT, Status.DELIVERED, Status.UNKNOWN, Status.SENDING, Status.IN_DOUBT])
def test_what_a_sent_reminder_named_needs_none_though_its_rule_is_gone(status: Status) -> None:
    rows = rows_of(a_care_plan(NAMES_HEAT), status, planned_at=ENDED)

    assert caught_up(a_care_plan(a_rule(), history=history_of(rows[0]))) == set()


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.UNDELIVERED, Status.CANCELLED])
def test_what_never_arrived_named_nothing(status: Status) -> None:
    protocol = a_protocol(a_rule(), NAMES_HEAT, windows=WINDOWS)
    rows = rows_of(a_care_plan(protocol=protocol), status, planned_at=ENDED)
    heat = rows[1]
    later = wall("2026-03-05T12:00")

    plan = a_care_plan(a_rule(), history=history_of(heat), now=later)

    assert caught_up(plan) >= {"heat"}


def test_what_expired_and_can_not_come_back_named_nothing() -> None:
    protocol = a_protocol(a_rule(), NAMES_HEAT, windows=WINDOWS)
    actives, heat = rows_of(a_care_plan(protocol=protocol), Status.SENT, planned_at=ENDED)

    plan = a_care_plan(
        protocol=protocol,
        history=history_of(actives, replace(heat, status=Status.EXPIRED)),
        now=wall("2026-03-05T12:00"),
    )

    assert caught_up(plan) == {"heat"}


def test_what_a_person_left_out_is_theirs_to_tell() -> None:
    protocol = a_protocol(a_rule(), NAMES_HEAT, windows=WINDOWS)
    actives, heat = rows_of(a_care_plan(protocol=protocol), planned_at=ENDED)
    skipped = replace(heat, status=Status.SKIPPED, touched=True)

    assert caught_up(a_care_plan(protocol=protocol, history=history_of(actives, skipped), now=ENDED)) == set()


def test_what_was_told_for_an_earlier_stretch_is_told_again() -> None:
    protocol = a_protocol(a_rule("actives", send=on_days(1)), windows=[a_window()])
    told = rows_of(a_care_plan(protocol=protocol), Status.SENT, planned_at=ENDED)
    silent = a_protocol(windows=[a_window()])
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-20T10:00"))]

    assert caught_up(a_care_plan(protocol=silent, sessions=sessions, history=history_of(*told))) == {"retinoid_otc"}


def test_the_newest_live_session_carries_it() -> None:
    sessions = [
        a_session("s-2", ended_at=wall("2026-03-04T10:00")),
        a_session("s-1"),
        a_session("s-3", ended_at=wall("2026-03-05T10:00"), voided=True),
    ]

    (text,) = a_care_plan(sessions=sessions).reminders

    assert text.identity.session_id == "s-2"


def test_a_patient_without_a_live_session_needs_none() -> None:
    assert a_care_plan(sessions=[a_session(voided=True)]) == a_care_plan(sessions=[])
    assert a_care_plan(sessions=[]).todos == ()


def test_it_waits_for_the_sending_hours() -> None:
    session = a_session(ended_at=wall("2026-03-03T21:30"))

    (text,) = a_care_plan(sessions=[session]).reminders

    assert on_clock(text.due_at) == "2026-03-04 08:00"


def test_an_email_goes_where_there_is_no_number() -> None:
    (text,) = a_care_plan(patient=a_patient(contacts=(MAILBOX,))).reminders

    assert text.channel is Channel.EMAIL


def needs(plan: Plan) -> list[tuple[Need, str, int, tuple[str, ...], Why]]:
    return [(need.kind, need.rule, need.occurrence, need.topics, need.reason.code) for need in plan.todos]


@pytest.mark.parametrize(
    ("patient", "clinic", "why"),
    [
        (a_patient(contacts=()), a_clinic(), Why.NO_CONTACT),
        (a_patient(consents=()), a_clinic(), Why.NO_CONSENT),
        (a_patient(), a_clinic(sending_hours=WeekHours(((),) * 7)), Why.NEVER_OPEN),
    ],
)
def test_what_can_not_be_texted_becomes_a_todo(patient: Patient, clinic: Clinic, why: Why) -> None:
    plan = a_care_plan(patient=patient, clinic=clinic)

    assert plan.reminders == ()
    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), why)]
    assert plan.todos[0].session_id == "s-1"


def test_a_todo_is_one_plain_sentence() -> None:
    (need,) = a_care_plan(patient=a_patient(contacts=())).todos

    assert need.sentence == (
        "Tell the patient what to leave out (retinoid_otc, heat); no message does: "
        "there is no number or address to send it to."
    )


def test_a_version_without_the_words_makes_a_todo() -> None:
    plan = a_plan(a_protocol(windows=WINDOWS), topics=TOPICS)

    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), Why.NO_WORDING)]


def test_a_topic_that_ends_before_any_text_can_go_becomes_a_todo() -> None:
    windows = [a_window("heat", "4h"), a_window()]
    session = a_session(ended_at=wall("2026-03-03T21:30"))

    plan = a_care_plan(protocol=a_protocol(windows=windows), sessions=[session])

    assert caught_up(plan) == {"retinoid_otc", "heat"}
    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("heat",), Why.TOO_LATE)]


def test_all_topics_ending_before_any_text_can_go_become_a_todo() -> None:
    session = a_session(ended_at=wall("2026-03-03T21:30"))

    plan = a_care_plan(protocol=a_protocol(windows=[a_window("heat", "4h")]), sessions=[session])

    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("heat",), Why.TOO_LATE)]
    assert plan.todos[0].reason.details == {"until": "4 March, 01:30"}


def test_it_keeps_the_limits_and_becomes_a_todo_where_there_is_no_room() -> None:
    rules = [a_rule(f"r-{hour}", send=on_days(0, at=f"{hour}:00"), topics=(), useful_for="2h") for hour in (15, 17)]

    later, never = (
        a_care_plan(*rules, clinic=a_clinic(limits=limits), fits=ONE) for limits in (Limits(), Limits(per_course=2))
    )

    assert on_clock(planned(later, "catch-up").due_at) == "2026-03-04 14:30"
    assert needs(never) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), Why.COURSE_LIMIT)]


def test_what_the_limits_left_out_is_caught_up_with() -> None:
    brief = a_rule("brief", send=on_days(1, at="12:00"), topics=("heat",), useful_for="3h")
    rules = [a_rule(), brief]

    plan = a_care_plan(*rules, fits=ONE)

    assert caught_up(plan) == {"heat"}


def test_planning_again_finds_the_same_text() -> None:
    rows = rows_of(a_care_plan(NAMES_HEAT), planned_at=ENDED)

    for hours in (0, 1, 30, 90, 200):
        now = ENDED + timedelta(hours=hours)
        assert diff(a_care_plan(NAMES_HEAT, history=history_of(*rows), now=now), rows, now).empty


def ended(rows: list[KnownReminder], status: Status) -> list[KnownReminder]:
    return [replace(row, status=status) for row in rows]


def test_one_that_went_is_not_made_again() -> None:
    rows = ended(rows_of(a_care_plan(), planned_at=ENDED), Status.SENT)
    now = ENDED + timedelta(hours=5)

    again = a_care_plan(history=history_of(*rows), now=now)

    assert again.reminders == ()
    assert diff(again, rows, now).empty


def test_one_that_could_not_go_is_followed_by_another() -> None:
    rows = ended(rows_of(a_care_plan(), planned_at=ENDED), Status.EXPIRED)

    (text,) = a_care_plan(history=history_of(*rows), now=ENDED + timedelta(hours=2)).reminders

    assert (text.identity.occurrence, text.due_at) == (1, ENDED + timedelta(hours=2))


def test_a_window_that_begins_later_is_looked_for_too() -> None:
    windows = [a_window("heat", "9d", start=lasts("3d"))]

    assert caught_up(a_care_plan(protocol=a_protocol(windows=windows))) == {"heat"}


def test_all_contacts_are_asked_in_order() -> None:
    (text,) = a_care_plan(patient=a_patient(contacts=(MOBILE, MAILBOX))).reminders

    assert text.channels == (Channel.SMS, Channel.EMAIL)
