from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.delivery.aftermath import (
    Next,
    Once,
    Posted,
    after_answer,
    after_failure,
    after_silence,
    elsewhere,
)
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Failure
from scheduler.domain.delivery.reminders import MOVES, Kind, Status
from scheduler.domain.people.patients import Channel
from tests.builders import NOW

HOUR = timedelta(hours=1)
POSTED = Posted(
    reminder_id="r-1",
    kind=Kind.INSTRUCT,
    channel=Channel.SMS,
    tries=1,
    resends=0,
    useful_until=NOW + 24 * HOUR,
    stop_asked=False,
)
OFF = Failure(fault=Fault.TEMPORARY, code="30003", reason="off", resend_after=timedelta(minutes=30))
LANDLINE = Failure(fault=Fault.PERMANENT, code="30006", reason="a landline")
STOP = Failure(fault=Fault.OPTED_OUT, code="21610", reason="stopped")
OUTCOMES: dict[str, Outcome] = {
    "accepted": Accepted("SM1"),
    "unknown": Unknown("lost"),
    "permanent": Refused(Fault.PERMANENT, "21211", "no number"),
    "temporary": Refused(Fault.TEMPORARY, "21611", "queue full"),
    "config": Refused(Fault.CONFIG, "20003", "wrong token"),
    "opted out": Refused(Fault.OPTED_OUT, "21610", "stopped"),
    "not sent": NotSent("20429", "busy"),
}


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=list(OUTCOMES))
@pytest.mark.parametrize("tries", [1, 8])
@pytest.mark.parametrize("useful_for", [timedelta(seconds=1), 24 * HOUR])
@pytest.mark.parametrize("stop_asked", [False, True])
def test_an_answer_moves_a_reminder_only_as_the_table_allows(
    outcome: Outcome, tries: int, useful_for: timedelta, *, stop_asked: bool
) -> None:
    posted = replace(POSTED, tries=tries, useful_until=NOW + useful_for, stop_asked=stop_asked)

    following = after_answer(posted, outcome, NOW)

    assert following.status in MOVES[Status.SENDING]
    assert not (following.otherwise and stop_asked), "what somebody stopped goes no other way either"
    if following.next_at is not None:
        assert NOW < following.next_at < posted.useful_until


def test_only_what_was_certainly_not_sent_goes_again() -> None:
    again = {
        name for name, outcome in OUTCOMES.items() if after_answer(POSTED, outcome, NOW).status is Status.SCHEDULED
    }

    assert again == {"temporary", "config", "not sent"}


def test_a_broken_sender_leaves_a_reminder_its_place_in_the_order() -> None:
    following = after_answer(POSTED, OUTCOMES["config"], NOW)

    assert following == Next(status=Status.SCHEDULED, reason="sender held 20003", counts=False)


@pytest.mark.parametrize(
    ("name", "tries", "status", "otherwise"),
    [
        ("permanent", 1, Status.FAILED, True),
        ("not sent", 7, Status.SCHEDULED, False),
        ("not sent", 8, Status.SCHEDULED, True),
        ("temporary", 8, Status.SCHEDULED, True),
    ],
)
def test_where_a_channel_is_of_no_use_another_may_be_tried(
    name: str, tries: int, status: Status, *, otherwise: bool
) -> None:
    following = after_answer(replace(POSTED, tries=tries), OUTCOMES[name], NOW)

    assert (following.status, following.otherwise) == (status, otherwise)


def test_when_the_next_try_would_be_too_late_another_channel_may_still_be_in_time() -> None:
    late = replace(POSTED, useful_until=NOW + timedelta(seconds=20))

    following = after_answer(late, OUTCOMES["not sent"], NOW)

    assert (following.status, following.otherwise) == (Status.EXPIRED, True)


def test_what_goes_another_way_says_why() -> None:
    failed = after_answer(POSTED, OUTCOMES["permanent"], NOW)

    assert elsewhere(failed) == Next(status=Status.SCHEDULED, reason="another way: refused 21211")


def test_a_code_is_stored_without_what_a_database_refuses() -> None:
    following = after_answer(POSTED, Refused(Fault.PERMANENT, "5\x0050" + "x" * 200, "odd"), NOW)

    assert following.reason == "refused 550" + "x" * 57


def test_a_phone_that_was_off_is_texted_once_more_after_half_an_hour_and_a_little() -> None:
    following = after_failure(POSTED, OFF, NOW)

    assert following is not None
    assert (following.status, following.reason, following.once) == (Status.SCHEDULED, "undelivered 30003", Once.RESEND)
    assert following.next_at is not None
    assert NOW + timedelta(minutes=30) <= following.next_at <= NOW + timedelta(minutes=36)


@pytest.mark.parametrize(
    "posted",
    [replace(POSTED, resends=1), replace(POSTED, useful_until=NOW + timedelta(minutes=30))],
    ids=["was texted again", "no time for it"],
)
def test_what_may_not_go_again_may_go_by_another_channel(posted: Posted) -> None:
    following = after_failure(posted, OFF, NOW)

    assert following == Next(status=Status.UNDELIVERED, reason="undelivered 30003", otherwise=True)


def test_what_can_not_arrive_there_may_go_by_another_channel_at_once() -> None:
    assert after_failure(POSTED, LANDLINE, NOW) == Next(
        status=Status.UNDELIVERED, reason="undelivered 30006", otherwise=True
    )


@pytest.mark.parametrize(
    ("posted", "failure"),
    [
        (POSTED, STOP),
        (replace(POSTED, stop_asked=True), OFF),
        (replace(POSTED, stop_asked=True), LANDLINE),
        (replace(POSTED, useful_until=NOW), OFF),
        (replace(POSTED, useful_until=NOW), LANDLINE),
    ],
    ids=["the patient stopped", "staff stopped, off", "staff stopped, landline", "useless, off", "useless, landline"],
)
def test_nothing_follows_what_was_stopped_or_is_of_no_use(posted: Posted, failure: Failure) -> None:
    assert after_failure(posted, failure, NOW) is None


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("kind", list(Kind))
def test_without_news_only_a_safety_message_and_an_email_go_again(kind: Kind, channel: Channel) -> None:
    following = after_silence(replace(POSTED, kind=kind, channel=channel), NOW)

    if kind is Kind.SAFETY or channel is Channel.EMAIL:
        assert following == Next(status=Status.SCHEDULED, reason="no_answer", next_at=NOW, once=Once.REPEAT)
    else:
        assert following == Next(status=Status.UNKNOWN, reason="no_answer")


@pytest.mark.parametrize(
    "posted",
    [
        replace(POSTED, kind=Kind.SAFETY, useful_until=NOW),
        replace(POSTED, kind=Kind.SAFETY, stop_asked=True),
        replace(POSTED, kind=Kind.SAFETY, tries=8),
    ],
    ids=["useless", "stopped", "tried often"],
)
def test_without_news_what_may_not_go_again_is_unknown(posted: Posted) -> None:
    assert after_silence(posted, NOW).status is Status.UNKNOWN
