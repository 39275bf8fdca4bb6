from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from scheduler.domain.care.changes import Change, Changes, diff
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import After, AtWindowEnd
from scheduler.domain.care.timing import Intent
from scheduler.domain.delivery.reminders import DONE, OPEN, WITH_PROVIDER, Kind, Status
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    MOBILE,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    lasts,
    on_days,
    utc,
)
from tests.domain.care.plans import a_plan, history_of, only_reminder, stored

NOW = ENDED + timedelta(minutes=1)
MAY_COME_BACK = (Status.CANCELLED, Status.EXPIRED, Status.FAILED)
SETTLED = sorted((DONE | WITH_PROVIDER) - set(MAY_COME_BACK))
PROTOCOL = a_protocol(a_rule(send=on_days(3)))
PLAN = a_plan(PROTOCOL)
PLANNED = only_reminder(PLAN)
EMPTY = a_plan(a_protocol())
LATER = timedelta(hours=1)


def changes(plan: Plan, *rows: KnownReminder, now: datetime = NOW) -> Changes:
    return diff(plan, rows, now)


def moved(row: KnownReminder) -> KnownReminder:
    """The row as it stood when the plan meant an earlier time."""
    return replace(row, due_at=row.due_at - LATER)


def test_what_is_planned_and_not_stored_is_added() -> None:
    assert changes(PLAN) == Changes(add=(PLANNED,))


def test_what_is_stored_as_planned_is_kept() -> None:
    row = stored(PLANNED)

    found = changes(PLAN, row)

    assert found == Changes(keep=(row,))
    assert found.empty


@pytest.mark.parametrize(
    "difference",
    [
        {"due_at": PLANNED.due_at + LATER},
        {"useful_until": PLANNED.useful_until + LATER},
        {"channel": Channel.EMAIL},
        {"intent": Intent(day=PLANNED.due_at.date(), at=time(10), zone="Europe/Paris")},
        {"intent": None},
        {"topic_ends": {"retinoid_otc": PLANNED.useful_until + LATER}},
        {"topic_ends": {}},
        {"reasons": ()},
    ],
    ids=["due_at", "useful_until", "channel", "zone", "no intent", "an end", "no ends", "why"],
)
@pytest.mark.parametrize("status", sorted(OPEN))
def test_what_is_stored_otherwise_is_changed(difference: dict[str, object], status: Status) -> None:
    row = replace(stored(PLANNED, status), **difference)  # type: ignore[arg-type]  # which field, its name says

    found = changes(PLAN, row)

    assert found == Changes(change=(Change(row=row, planned=PLANNED),))
    assert not found.empty


@pytest.mark.parametrize("status", sorted(OPEN))
def test_what_is_stored_and_planned_no_more_is_cancelled(status: Status) -> None:
    row = stored(PLANNED, status)

    assert changes(EMPTY, row) == Changes(cancel=(row,))


@pytest.mark.parametrize("plan", [PLAN, EMPTY], ids=["planned otherwise", "planned no more"])
@pytest.mark.parametrize("status", SETTLED)
def test_what_was_sent_is_on_its_way_or_was_skipped_stays(status: Status, plan: Plan) -> None:
    row = moved(stored(PLANNED, status))

    assert changes(plan, row) == Changes(keep=(row,))


@pytest.mark.parametrize("plan", [PLAN, EMPTY], ids=["planned otherwise", "planned no more"])
@pytest.mark.parametrize("status", list(Status))
def test_what_a_person_touched_stays(status: Status, plan: Plan) -> None:
    row = moved(stored(PLANNED, status, touched=True))

    assert changes(plan, row) == Changes(keep=(row,))


def test_what_re_planning_cancelled_revives_at_the_same_time_or_another() -> None:
    same = stored(PLANNED, Status.CANCELLED)

    assert changes(PLAN, same) == Changes(change=(Change(row=same, planned=PLANNED),))
    assert changes(PLAN, moved(same)) == Changes(change=(Change(row=moved(same), planned=PLANNED),))


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.FAILED])
def test_what_could_not_go_revives_only_with_a_later_time(status: Status) -> None:
    same = stored(PLANNED, status)
    later = replace(same, due_at=same.due_at + LATER)

    assert changes(PLAN, moved(same)) == Changes(change=(Change(row=moved(same), planned=PLANNED),))
    assert changes(PLAN, same) == Changes(keep=(same,))
    assert changes(PLAN, later) == Changes(keep=(later,))


@pytest.mark.parametrize("status", MAY_COME_BACK)
@pytest.mark.parametrize(("left", "revives"), [(1, True), (0, False), (-1, False)])
def test_nothing_revives_from_the_end_of_its_use_on(status: Status, left: int, *, revives: bool) -> None:
    row = moved(stored(PLANNED, status))

    found = changes(PLAN, row, now=PLANNED.useful_until - timedelta(seconds=left))

    assert bool(found.change) is revives
    assert found.keep == (() if revives else (row,))


@pytest.mark.parametrize("status", MAY_COME_BACK)
def test_what_is_over_and_planned_no_more_stays_as_it_is(status: Status) -> None:
    row = stored(PLANNED, status)

    assert changes(EMPTY, row) == Changes(keep=(row,))


def test_each_row_meets_the_reminder_of_its_own_identity() -> None:
    protocol = a_protocol(a_rule("a"), a_rule("b"), a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4), topics=()))
    plan = a_plan(protocol)
    a, b, day_2, day_4 = plan.reminders
    gone = stored(PLANNED)

    found = changes(plan, stored(a), moved(stored(day_2)), gone, stored(day_4, Status.SENT))

    assert found == Changes(
        add=(b,),
        change=(Change(row=moved(stored(day_2)), planned=day_2),),
        cancel=(gone,),
        keep=(stored(a), stored(day_4, Status.SENT)),
    )


def test_only_what_is_left_alone_makes_no_changes() -> None:
    assert Changes().empty
    assert Changes(keep=(stored(PLANNED),)).empty
    assert not Changes(correct=(PLANNED,)).empty


EVERY_WAY = a_protocol(
    a_rule("start", send=After(lasts("1h"))),
    a_rule("evening", send=on_days(0, at="21:00")),
    a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4, 7), topics=()),
    a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10))),
)


@pytest.mark.parametrize("days_later", [0, 1, 3, 5, 30])
@pytest.mark.parametrize("known_after", [0, 1, 4])
def test_planning_twice_changes_nothing(days_later: int, known_after: int) -> None:
    known_at = ENDED + timedelta(days=known_after)
    sessions = [a_session("s-1", known_at=known_at), a_session("s-2", ended_at=utc("2026-03-05T10:00"))]
    first = a_plan(EVERY_WAY, sessions=sessions, now=known_at)
    rows = [stored(reminder, planned_at=known_at) for reminder in first.reminders]
    now = known_at + timedelta(days=days_later)

    again = a_plan(EVERY_WAY, sessions=sessions, history=history_of(*rows), now=now)

    assert diff(again, rows, now) == Changes(keep=tuple(rows))


def test_planning_twice_changes_nothing_of_a_rule_that_was_enabled_late() -> None:
    enabled = ENDED + timedelta(days=1, hours=1)
    rows = [stored(reminder, planned_at=enabled) for reminder in a_plan(PROTOCOL, now=enabled).reminders]
    both = a_protocol(a_rule(send=on_days(3)), a_rule("late", send=on_days(1)))
    rows += [stored(reminder, planned_at=enabled) for reminder in a_plan(both, now=enabled).reminders[1:]]
    later = enabled + timedelta(hours=5)

    again = a_plan(both, history=history_of(*rows), now=later)

    assert diff(again, rows, later).empty


def test_voiding_a_session_cancels_its_own_and_replans_what_waited_for_it() -> None:
    protocol = a_protocol(
        a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10))), a_rule("plain", topics=(), useful_for="5h")
    )
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-05T14:30"))]
    planned = a_plan(protocol, sessions=sessions, now=ENDED).reminders
    first, plain, second = (stored(reminder) for reminder in planned)

    voided = a_plan(
        protocol,
        sessions=[sessions[0], replace(sessions[1], voided=True)],
        history=history_of(first, plain),
        now=ENDED,
    )
    found = changes(voided, first, plain, second)

    assert [change.row for change in found.change] == [first]
    assert found.change[0].planned.due_at == utc("2026-03-09T10:00")
    assert found.cancel == (second,)


def test_a_new_channel_changes_what_waits() -> None:
    row = stored(only_reminder(a_plan(PROTOCOL, patient=a_patient(contacts=(MAILBOX,)))))

    found = changes(a_plan(PROTOCOL, patient=a_patient(contacts=(MOBILE, MAILBOX))), row)

    assert [change.planned.channel for change in found.change] == [Channel.SMS]


def test_a_patient_who_stopped_has_nothing_planned_and_all_that_waits_cancelled() -> None:
    row = stored(PLANNED)

    assert changes(a_plan(PROTOCOL, patient=a_patient(consents=())), row) == Changes(cancel=(row,))
