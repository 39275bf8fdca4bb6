from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.care.changes import diff
from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.protocols import ReminderRule
from scheduler.domain.care.reasons import sentence
from scheduler.domain.clinics.clinics import Limits
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.clinics.hours_text import parse_week
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    MOBILE,
    YES,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    lasts,
    on_clock,
    on_days,
    said,
    wall,
)
from tests.domain.care.plans import ANY, ONE, a_plan, history_of, planned, room_for, rows_of, timetable

FREE = a_clinic(limits=Limits(day_0=99, per_day=99, per_course=99, apart=timedelta(0)))
"""A clinic whose limits never bind."""


def at(time: str, id: str, kind: Kind = Kind.INSTRUCT, *, useful_for: str | None = None) -> ReminderRule:  # noqa: A002  as the field
    return a_rule(id, kind=kind, send=on_days(2, at=time), topics=("retinoid_otc",), useful_for=useful_for)


def test_reminders_due_within_an_hour_go_as_one_message_at_the_latest_ones_time() -> None:
    plan = a_plan(a_protocol(at("09:00", "sun"), at("09:40", "heat")), clinic=FREE, fits=ANY)

    assert timetable(plan) == ["03-05 09:40 sun + heat"]
    assert {on_clock(reminder.due_at) for reminder in plan.reminders} == {"2026-03-05 09:40"}


@pytest.mark.parametrize(
    ("second", "expected"),
    [("10:00", ["03-05 10:00 sun + heat"]), ("10:01", ["03-05 09:00 sun", "03-05 10:01 heat"])],
)
def test_within_an_hour_means_an_hour_at_most(second: str, expected: list[str]) -> None:
    plan = a_plan(a_protocol(at("09:00", "sun"), at(second, "heat")), clinic=FREE, fits=ANY)

    assert timetable(plan) == expected


def test_the_hour_is_counted_from_the_first_and_not_from_one_to_the_next() -> None:
    rules = [at("09:00", "a"), at("09:50", "b"), at("10:40", "c")]

    assert timetable(a_plan(a_protocol(*rules), clinic=FREE, fits=ANY)) == ["03-05 09:50 a + b", "03-05 10:40 c"]


@pytest.mark.parametrize("kind", [Kind.SAFETY, Kind.REBOOK])
def test_safety_and_rebook_never_go_in_a_bundle(kind: Kind) -> None:
    agreed = a_patient(consents=(*YES, said(Word.GIVEN, purpose=Purpose.MARKETING)))

    plan = a_plan(a_protocol(at("09:00", "sun"), at("09:00", "alone", kind)), patient=agreed, clinic=FREE, fits=ANY)

    assert timetable(plan) == ["03-05 09:00 alone", "03-05 09:00 sun"]


def test_each_is_still_useful_at_the_time_of_the_bundle() -> None:
    brief, longer = (a_protocol(at("09:00", "a", useful_for=use), at("09:30", "b")) for use in ("30m", "31m"))

    assert timetable(a_plan(brief, clinic=FREE, fits=ANY)) == ["03-05 09:00 a", "03-05 09:30 b"]
    assert timetable(a_plan(longer, clinic=FREE, fits=ANY)) == ["03-05 09:30 a + b"]


def test_what_does_not_fit_goes_by_itself() -> None:
    rules = [at("09:00", name) for name in "abc"]

    plan = a_plan(a_protocol(*rules), clinic=FREE, fits=room_for(2))

    assert timetable(plan) == ["03-05 09:00 a + b", "03-05 09:00 c"]


def test_what_comes_later_may_fit_where_an_earlier_one_did_not() -> None:
    def fits(reminders: Sequence[PlannedReminder]) -> bool:
        return {"a", "b"} - {reminder.identity.rule for reminder in reminders} != set()

    plan = a_plan(a_protocol(*(at("09:00", name) for name in "abc")), clinic=FREE, fits=fits)

    assert timetable(plan) == ["03-05 09:00 a + c", "03-05 09:00 b"]


def test_who_fits_is_asked_of_the_lead_first() -> None:
    asked: list[list[str]] = []

    def fits(reminders: Sequence[PlannedReminder]) -> bool:
        asked.append([reminder.identity.rule for reminder in reminders])
        return True

    a_plan(a_protocol(at("09:00", "check", Kind.CHECK), at("09:30", "sun")), clinic=FREE, fits=fits)

    assert asked == [["sun", "check"]]


def test_the_lead_has_the_highest_rank_then_the_earliest_time_then_the_first_rule() -> None:
    rules = [at("09:00", "check", Kind.CHECK), at("09:30", "late"), at("09:10", "b"), at("09:10", "a")]

    plan = a_plan(a_protocol(*rules), clinic=FREE, fits=ANY)

    lead = Identity("s-1", "b", 0)
    assert [(reminder.identity.rule, reminder.bundled_into) for reminder in plan.reminders] == [
        ("check", lead),
        ("late", lead),
        ("b", None),
        ("a", lead),
    ]


def test_followers_keep_their_rule_reason_and_use_and_say_with_what_they_go() -> None:
    plan = a_plan(a_protocol(at("09:00", "sun"), at("09:40", "heat", useful_for="9h")), clinic=FREE, fits=ANY)
    alone = a_plan(a_protocol(at("09:00", "sun"), at("09:40", "heat", useful_for="9h")), clinic=FREE, fits=ONE)

    follower, by_itself = planned(plan, "heat"), planned(alone, "heat")
    assert replace(follower, bundled_into=None, reasons=by_itself.reasons) == by_itself
    assert follower.reasons[:-1] == by_itself.reasons
    assert sentence(follower.reasons[-1]) == "Goes as one message with sun, at 5 March, 09:40."
    assert sentence(planned(plan, "sun").reasons[-1]) == "Goes as one message with heat, at 5 March, 09:40."


def test_another_channel_is_another_message() -> None:
    rules = [at("09:00", "sun"), replace(at("09:00", "heat"), channels=(Channel.EMAIL,))]

    plan = a_plan(a_protocol(*rules), clinic=FREE, patient=a_patient(contacts=(MOBILE, MAILBOX)), fits=ANY)

    assert all(reminder.bundled_into is None for reminder in plan.reminders)


def test_what_keeps_opening_hours_is_not_taken_out_of_them_by_a_bundle() -> None:
    clinic = replace(FREE, opening_hours=parse_week("mon-fri 09:00-09:30"))
    rules = [at("09:15", "check", Kind.CHECK), at("09:45", "sun")]

    plan = a_plan(a_protocol(*rules), clinic=clinic, fits=ANY)

    assert timetable(plan) == ["03-05 09:15 check", "03-05 09:45 sun"]


def test_a_text_that_permits_is_not_taken_into_a_window_by_a_bundle() -> None:
    resume = a_rule("resume", kind=Kind.RESUME, send=on_days(2, at="09:00"), topics=("acids",))
    windows = [a_window("acids", "1d"), a_window(), a_window("acids", "3d", start=lasts("43h"))]

    plan = a_plan(a_protocol(resume, at("09:40", "sun"), windows=windows), clinic=FREE, fits=ANY)

    assert on_clock(plan.windows["acids"][1].start) == "2026-03-05 09:30"
    assert timetable(plan) == ["03-05 09:00 resume", "03-05 09:40 sun"]


def test_sessions_of_one_patient_share_bundles() -> None:
    needling, peel = a_protocol(at("09:00", "sun")), a_protocol(at("09:30", "acids"), procedure="peel")

    plan = a_plan(needling, peel, sessions=[a_session(), a_session("s-2", procedure="peel")], clinic=FREE, fits=ANY)

    assert timetable(plan) == ["03-05 09:30 sun + acids"]


def test_steps_that_are_late_together_go_together() -> None:
    rules = [a_rule("start", send=on_days(0, at="15:30")), a_rule("actives"), at("09:00", "sun")]

    plan = a_plan(a_protocol(*rules), sessions=[a_session(known_at=wall("2026-03-05T11:00"))], clinic=FREE, fits=ANY)

    assert timetable(plan) == ["03-05 11:00 start + actives + sun"]


def test_what_waits_for_the_night_to_pass_goes_together_in_the_morning() -> None:
    clinic = replace(FREE, sending_hours=WeekHours.daily(FREE.sending_hours.days[0][0].opens, None))
    rules = [a_rule("start", send=on_days(1, at="02:00")), a_rule("more", send=on_days(1, at="05:00"))]

    assert timetable(a_plan(a_protocol(*rules), clinic=clinic, fits=ANY)) == ["03-04 08:00 start + more"]


def test_what_was_sent_is_not_bundled_again() -> None:
    protocol = a_protocol(at("09:00", "sun"), at("09:40", "heat"))
    sun, heat = rows_of(a_plan(protocol, clinic=FREE, fits=ONE), planned_at=ENDED)
    went = replace(sun, status=Status.SENT)

    plan = a_plan(protocol, clinic=FREE, history=history_of(went, heat), fits=ANY)

    assert timetable(plan) == ["03-05 09:00 sun", "03-05 09:40 heat"]


def test_without_a_measure_nothing_is_bundled() -> None:
    plan = a_plan(a_protocol(at("09:00", "sun"), at("09:00", "heat")), clinic=FREE)

    assert all(reminder.bundled_into is None for reminder in plan.reminders)


def test_a_stored_reminder_with_another_lead_is_changed() -> None:
    protocol = a_protocol(at("09:00", "sun"), at("09:00", "heat"))
    together = a_plan(protocol, clinic=FREE, fits=ANY)
    rows = rows_of(together, planned_at=ENDED)
    apart = [replace(row, bundled_into=None) for row in rows]

    assert diff(together, rows, ENDED).empty
    assert [change.planned.identity.rule for change in diff(together, apart, ENDED).change] == ["heat"]
