from __future__ import annotations

from itertools import product

import pytest

from scheduler.domain.delivery.reminders import (
    DONE,
    MOVES,
    OPEN,
    WITH_PROVIDER,
    Identity,
    Kind,
    Status,
    WrongMove,
    check_move,
    sources,
)
from scheduler.domain.errors import SchedulerError

MAY_BECOME = {
    "scheduled": "claimed scheduled held skipped cancelled expired",
    "held": "scheduled held skipped cancelled expired",
    "claimed": "sending scheduled held skipped cancelled expired failed",
    "sending": "sent delivered undelivered scheduled failed cancelled expired in_doubt",
    "in_doubt": "sent delivered undelivered scheduled failed cancelled expired unknown",
    "unknown": "sent delivered undelivered scheduled",
    "sent": "delivered undelivered",
    "undelivered": "scheduled",
    "expired": "scheduled",
    "failed": "scheduled",
    "skipped": "scheduled",
    "cancelled": "scheduled",
    "delivered": "",
}
"""The table of design section 4."""
ALLOWED = {(Status(before), Status(after)) for before, words in MAY_BECOME.items() for after in words.split()}


def test_the_table_of_moves_is_the_designs() -> None:
    moves = {(before, after) for before, ways in MOVES.items() for after in ways}

    assert moves == ALLOWED
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_an_allowed_move_passes(before: Status, after: Status) -> None:
    check_move(before, after)


@pytest.mark.parametrize(("before", "after"), sorted(set(product(Status, repeat=2)) - ALLOWED))
def test_any_other_move_is_refused_in_words(before: Status, after: Status) -> None:
    with pytest.raises(WrongMove) as error:
        check_move(before, after)

    assert str(error.value) == f"A reminder that is {before.value} can't become {after.value}."
    assert (error.value.before, error.value.after) == (before, after)
    assert isinstance(error.value, SchedulerError)


def test_every_status_can_be_reached_from_scheduled() -> None:
    reached = {Status.SCHEDULED}
    while more := {after for before in reached for after in MOVES[before]} - reached:
        reached |= more

    assert reached == set(Status)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DELIVERED}))
def test_every_status_but_delivered_has_a_way_on(status: Status) -> None:
    assert set(MOVES[status]) - {status}


def test_delivered_is_an_end() -> None:
    assert MOVES[Status.DELIVERED] == {}


def test_every_move_says_who_makes_it() -> None:
    assert all(who.strip() for ways in MOVES.values() for who in ways.values())


def test_the_table_cannot_be_changed() -> None:
    table: object = MOVES

    with pytest.raises(TypeError):
        table[Status.DELIVERED] = {}  # type: ignore[index]  # that it can't be done is the promise
    with pytest.raises(TypeError):
        MOVES[Status.DELIVERED][Status.SENT] = "x"  # type: ignore[index]  # as above


@pytest.mark.parametrize("after", sorted(Status))
def test_the_sources_of_a_status_are_all_that_may_become_it(after: Status) -> None:
    assert sources(after) == {before for before, allowed in ALLOWED if allowed is after}


def test_a_reminder_is_open_with_the_provider_or_done() -> None:
    assert {Status.SCHEDULED, Status.HELD, Status.CLAIMED} == OPEN
    assert {Status.SENDING, Status.IN_DOUBT} == WITH_PROVIDER
    assert set(Status) == OPEN | WITH_PROVIDER | DONE
    assert not OPEN & DONE
    assert not WITH_PROVIDER & DONE


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_person_always_wins_while_a_reminder_is_open(status: Status) -> None:
    assert {Status.SKIPPED, Status.CANCELLED} <= set(MOVES[status])


@pytest.mark.parametrize("status", sorted(WITH_PROVIDER))
def test_nobody_skips_what_is_on_its_way(status: Status) -> None:
    assert Status.SKIPPED not in MOVES[status]
    assert Status.HELD not in MOVES[status]


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CLAIMED}))
def test_nothing_is_handed_over_without_a_claim(status: Status) -> None:
    assert Status.SENDING not in MOVES[status]


def test_kinds_rank_from_safety_to_rebook() -> None:
    ranked = sorted(Kind, key=lambda kind: kind.rank)

    assert [kind.value for kind in ranked] == [
        "safety",
        "correction",
        "instruct",
        "check",
        "resume",
        "reassure",
        "rebook",
    ]
    assert [kind.rank for kind in ranked] == [0, 1, 2, 3, 4, 5, 6]


def test_only_safety_repeats_in_doubt() -> None:
    assert [kind for kind in Kind if kind.repeats_in_doubt] == [Kind.SAFETY]


def test_only_what_asks_for_a_call_keeps_opening_hours() -> None:
    assert [kind for kind in Kind if kind.keeps_opening_hours] == [Kind.CHECK, Kind.REBOOK]


def test_an_identity_is_its_session_rule_and_occurrence() -> None:
    one = Identity("s-1", "blisters", 2)

    assert one == Identity("s-1", "blisters", 2)
    assert len({one, Identity("s-2", "blisters", 2), Identity("s-1", "danger", 2), Identity("s-1", "blisters", 4)}) == 4
