from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.delivery.doings import BY_A_PERSON, HOLD, Doing, Standing, doings
from scheduler.domain.delivery.reminders import OPEN, Kind, Status
from tests.builders import NOW

SKIP, RESTORE, MOVE, SEND_NOW = Doing.SKIP, Doing.RESTORE, Doing.MOVE, Doing.SEND_NOW


def standing(
    status: Status, *, reason: str | None = None, useful_for: timedelta = timedelta(days=1), voided: bool = False
) -> Standing:
    return Standing(
        kind=Kind.INSTRUCT, status=status, status_reason=reason, useful_until=NOW + useful_for, voided=voided
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.SCHEDULED, {SKIP, MOVE, SEND_NOW}),
        (Status.CLAIMED, {SKIP, MOVE, SEND_NOW}),
        (Status.HELD, {SKIP, MOVE}),
        (Status.FAILED, {SEND_NOW}),
        (Status.UNDELIVERED, {SEND_NOW}),
        (Status.UNKNOWN, {SEND_NOW}),
        (Status.EXPIRED, {SEND_NOW}),
        (Status.SENDING, set()),
        (Status.IN_DOUBT, set()),
        (Status.SENT, set()),
        (Status.DELIVERED, set()),
    ],
)
def test_what_may_be_done_follows_from_where_it_is(status: Status, expected: set[Doing]) -> None:
    assert doings(standing(status), NOW) == expected


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.CANCELLED])
def test_only_what_a_person_left_out_is_offered_again(status: Status) -> None:
    assert doings(standing(status, reason=BY_A_PERSON), NOW) == {RESTORE}
    assert doings(standing(status, reason="replanned"), NOW) == frozenset()


def test_of_what_is_of_no_use_any_more_only_the_rest_can_be_left_out() -> None:
    over = timedelta()

    assert doings(standing(Status.SCHEDULED, useful_for=over), NOW) == {SKIP}
    assert doings(standing(Status.FAILED, useful_for=over), NOW) == frozenset()
    assert doings(standing(Status.SKIPPED, reason=BY_A_PERSON, useful_for=over), NOW) == frozenset()


def test_what_would_be_of_no_use_after_the_hold_is_not_sent_now() -> None:
    assert SEND_NOW not in doings(standing(Status.SCHEDULED, useful_for=HOLD), NOW)
    assert SEND_NOW in doings(standing(Status.SCHEDULED, useful_for=HOLD + timedelta(microseconds=1)), NOW)


@pytest.mark.parametrize("status", sorted(Status))
def test_nothing_can_be_done_with_what_a_voided_session_had(status: Status) -> None:
    assert doings(standing(status, reason=BY_A_PERSON, voided=True), NOW) == frozenset()


def test_a_person_can_always_leave_out_what_is_not_handed_over() -> None:
    assert all(SKIP in doings(standing(status), NOW) for status in OPEN)
