from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.reminders import Status
from tests.torture.checker import Taken, Target, Verdict, check

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def target(
    number: int = 0, *, status: Status = Status.SENT, due: datetime = NINE, repeats: bool = False, body: str = "No sun."
) -> Target:
    return Target(
        id=f"r{number}",
        number=f"+4479111{number:05}",
        body=body,
        due=due,
        until=due + 5 * MINUTE,
        status=status,
        repeats=repeats,
    )


def taken(of: Target, after: timedelta = MINUTE, *, name: str = "m", body: str | None = None) -> Taken:
    return Taken(id=f"{name}-{of.id}", number=of.number, body=body or of.body, at=of.due + after)


def words(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    return {name: ids for name in Verdict.__dataclass_fields__ if (ids := getattr(verdict, name))}


def test_one_message_in_time_for_each_reminder_is_all_there_is_to_ask() -> None:
    targets = [target(0), target(1, status=Status.DELIVERED), target(2, status=Status.UNDELIVERED)]

    verdict = check(targets, [taken(one) for one in targets])

    assert words(verdict) == {}
    assert verdict.kept


@pytest.mark.parametrize("after", [timedelta(), 5 * MINUTE])
def test_both_ends_of_the_time_belong_to_it(after: timedelta) -> None:
    assert words(check([target()], [taken(target(), after)])) == {}


@pytest.mark.parametrize(
    ("status", "found", "kept"),
    [
        (Status.SENT, {"missed": ("r0",)}, False),
        (Status.DELIVERED, {"missed": ("r0",)}, False),
        (Status.SCHEDULED, {"missed": ("r0",), "open": ("r0",)}, False),
        (Status.IN_DOUBT, {"missed": ("r0",), "open": ("r0",)}, False),
        (Status.UNKNOWN, {"unknown": ("r0",)}, True),
        (Status.EXPIRED, {"expired": ("r0",)}, True),
        (Status.CANCELLED, {"stopped": ("r0",)}, True),
        (Status.FAILED, {"stopped": ("r0",)}, True),
    ],
)
def test_one_that_was_never_taken_is_missed_unless_the_product_says_so(
    status: Status, found: dict[str, tuple[str, ...]], *, kept: bool
) -> None:
    verdict = check([target(status=status)], [])

    assert words(verdict) == found
    assert verdict.kept is kept


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (Status.EXPIRED, {"denied": ("r0",)}),
        (Status.FAILED, {"denied": ("r0",)}),
        (Status.CANCELLED, {"denied": ("r0",)}),
        (Status.SENDING, {"open": ("r0",)}),
        (Status.UNKNOWN, {"unknown": ("r0",)}),
    ],
)
def test_one_that_was_taken_must_not_be_said_not_to_have_gone(
    status: Status, found: dict[str, tuple[str, ...]]
) -> None:
    assert words(check([target(status=status)], [taken(target())])) == found


def test_a_second_message_is_extra_and_of_a_kind_that_may_repeat_is_told_of() -> None:
    once, more = target(0), target(1, repeats=True)
    twice = [taken(one, MINUTE * place, name=f"m{place}") for one in (once, more) for place in (1, 2)]

    verdict = check([once, more], twice)

    assert words(verdict) == {"extra": ("m2-r0",), "repeated": ("m2-r1",)}
    assert not verdict.kept


def test_other_words_or_another_number_are_a_miss_and_an_extra() -> None:
    reworded = check([target()], [taken(target(), body="Sun is fine.")])
    elsewhere = check([target()], [taken(target(1))])

    assert words(reworded) == {"missed": ("r0",), "extra": ("m-r0",)}
    assert words(elsewhere) == {"missed": ("r0",), "extra": ("m-r1",)}


def test_early_and_late_are_told_apart_and_only_early_breaks_a_promise() -> None:
    early = check([target()], [taken(target(), -timedelta(microseconds=1))])
    late = check([target()], [taken(target(), 5 * MINUTE + timedelta(microseconds=1))])

    assert (words(early), early.kept) == ({"early": ("r0",)}, False)
    assert (words(late), late.kept) == ({"late": ("r0",)}, True)


def test_two_alike_are_matched_so_that_both_are_in_time() -> None:
    """Taking the first that fits would give the message of minute 3 to the later one, and leave that at 6 to nobody."""
    patient = target(0)
    long = replace(patient, id="long", until=NINE + 10 * MINUTE)
    short = replace(patient, id="short", until=NINE + 4 * MINUTE)

    verdict = check([long, short], [taken(patient, 3 * MINUTE, name="a"), taken(patient, 6 * MINUTE, name="b")])

    assert words(verdict) == {}


def test_what_is_printed_names_the_ids() -> None:
    lines = list(check([target(number) for number in range(12)], []).lines(most=2))

    assert lines[0] == "missed    12  r0, r1, …"
    assert lines[1] == "extra     0"


# Histories that nobody thought of

histories = st.lists(st.integers(0, 300), min_size=1, max_size=8).map(
    lambda seconds: [(target(place), timedelta(seconds=after)) for place, after in enumerate(seconds)]
)
Broken = Callable[[list[Taken], int], list[Taken]]


def dropped(history: list[Taken], place: int) -> list[Taken]:
    return history[:place] + history[place + 1 :]


def doubled(history: list[Taken], place: int) -> list[Taken]:
    return [*history, replace(history[place], id="again")]


def reworded(history: list[Taken], place: int) -> list[Taken]:
    return [replace(one, body=one.body + "!") if one is history[place] else one for one in history]


def hurried(history: list[Taken], place: int) -> list[Taken]:
    return [replace(one, at=NINE - MINUTE) if one is history[place] else one for one in history]


def invented(history: list[Taken], place: int) -> list[Taken]:
    return [*history, replace(history[place], id="invented", number="+4479119999")]


@given(histories)
def test_whole_histories_are_clean(history: list[tuple[Target, timedelta]]) -> None:
    assert words(check([one for one, _ in history], [taken(one, after) for one, after in history])) == {}


@given(history=histories, data=st.data())
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (dropped, {"missed"}),
        (doubled, {"extra"}),
        (reworded, {"missed", "extra"}),
        (hurried, {"early"}),
        (invented, {"extra"}),
    ],
)
def test_each_way_to_break_a_history_is_found_and_called_by_its_name(
    history: list[tuple[Target, timedelta]], data: st.DataObject, spoil: Broken, expected: set[str]
) -> None:
    messages = [taken(one, after) for one, after in history]
    place = data.draw(st.integers(0, len(messages) - 1))

    verdict = check([one for one, _ in history], spoil(messages, place))

    assert words(verdict).keys() == expected
    assert all(len(ids) == 1 for ids in words(verdict).values())
    assert not verdict.kept


minutes = st.integers(0, 12).map(lambda count: NINE + count * MINUTE)


@given(st.lists(st.tuples(minutes, minutes), max_size=5), st.lists(minutes, max_size=5))
def test_of_those_that_are_alike_the_most_are_matched_in_time(
    times: list[tuple[datetime, datetime]], came: list[datetime]
) -> None:
    """Held to trying every way to match them."""
    targets = [replace(target(), id=f"r{place}", due=min(of), until=max(of)) for place, of in enumerate(times)]
    messages = [replace(taken(target()), id=f"m{place}", at=at) for place, at in enumerate(came)]

    verdict = check(targets, messages)

    wrong = len(verdict.early) + len(verdict.late)
    assert min(len(targets), len(messages)) - wrong == most_in_time(targets, messages)
    assert len(verdict.missed) == max(len(targets) - len(messages), 0)
    assert len(verdict.extra) == max(len(messages) - len(targets), 0)


def most_in_time(targets: Sequence[Target], messages: Sequence[Taken]) -> int:
    if len(targets) < len(messages):
        return max(sum(map(fits, targets, order)) for order in permutations(messages, len(targets)))
    return max(sum(map(fits, order, messages)) for order in permutations(targets, len(messages)))


def fits(one: Target, message: Taken) -> bool:
    return one.due <= message.at <= one.until
