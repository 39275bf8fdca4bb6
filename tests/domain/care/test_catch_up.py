from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.care.changes import diff
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.reasons import sentence
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    MOBILE,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    lasts,
    on_clock,
    on_days,
    wall,
)
from tests.domain.care.caught_up import NAMES_HEAT, WINDOWS, a_care_plan, caught_up
from tests.domain.care.plans import ONE, history_of, rows_of


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
