from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.delivery.failures import Remedy
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.state_words import Shape, Tone, Word, state_of, statuses, told
from tests.domain.delivery.stored_reasons import stored_reasons

WORDS = {
    Status.SCHEDULED: "Planned",
    Status.HELD: "Held",
    Status.CLAIMED: "Sending",
    Status.SENDING: "Sending",
    Status.IN_DOUBT: "Sending",
    Status.SENT: "Delivered",
    Status.DELIVERED: "Delivered",
    Status.UNDELIVERED: "Not delivered",
    Status.FAILED: "Not delivered",
    Status.UNKNOWN: "Not delivered",
    Status.SKIPPED: "Skipped",
    Status.CANCELLED: "Stopped",
    Status.EXPIRED: "Stopped",
}


@pytest.mark.parametrize("status", Status)
def test_every_status_is_shown_by_one_of_the_seven_words(status: Status) -> None:
    assert state_of(status).word.label == WORDS[status]


def test_only_what_is_known_to_have_arrived_is_called_delivered() -> None:
    assert state_of(Status.DELIVERED).label == "Delivered"
    assert state_of(Status.SENT).label == "Sent, no receipt"


@pytest.mark.parametrize("reason", ["outside_hours", "forbidden", "no_money", "sender held 20003"])
def test_one_that_is_kept_back_until_later_is_held(reason: str) -> None:
    assert state_of(Status.SCHEDULED, reason).word is Word.HELD


@pytest.mark.parametrize("reason", [None, "lease", "person", "not sent 20429"])
def test_one_that_waits_for_its_turn_is_planned(reason: str | None) -> None:
    assert state_of(Status.SCHEDULED, reason).word is Word.PLANNED


def test_a_reason_changes_the_word_of_one_that_is_scheduled_alone() -> None:
    for status in set(Status) - {Status.SCHEDULED}:
        assert {state_of(status, reason) for reason in stored_reasons()} == {state_of(status)}


def test_red_and_the_mark_of_failure_are_for_what_did_not_arrive() -> None:
    shown = {status: state_of(status) for status in Status}

    assert {status for status, state in shown.items() if state.tone is Tone.BAD} == {
        Status.UNDELIVERED,
        Status.FAILED,
        Status.UNKNOWN,
    }
    assert all((state.shape is Shape.FAILED) is (state.tone is Tone.BAD) for state in shown.values())


def test_each_status_belongs_to_one_word_but_a_scheduled_one_that_may_be_held() -> None:
    found = [status for word in Word for status in statuses(word)]

    assert set(found) == set(Status)
    assert [status for status in Status if found.count(status) > 1] == [Status.SCHEDULED]


@pytest.mark.parametrize("status", Status)
def test_every_stored_reason_makes_a_whole_sentence_in_every_status(status: Status) -> None:
    for reason in (None, *stored_reasons(), "undelivered 30003", "refused 99999"):
        said = told(status, reason)
        if said is not None:
            assert said.why.endswith(".")
            assert "{" not in said.why


@pytest.mark.parametrize(
    ("status", "reason", "why"),
    [
        (Status.HELD, "patient_paused", "Held: the patient is paused."),
        (Status.HELD, "clinic_paused", "Held: the clinic is paused."),
        (Status.HELD, None, "Held."),
        (Status.SCHEDULED, "outside_hours", "Waiting until 8:00am."),
        (Status.SCHEDULED, "forbidden", "Waiting until 8:00am: until then another session says the opposite."),
        (Status.CANCELLED, "forbidden", "Stopped: another session of the patient says the opposite."),
        (Status.CANCELLED, "stopped", "Stopped: the patient stopped these messages."),
        (Status.CANCELLED, "person", "Stopped by staff: she moved away"),
        (Status.SKIPPED, "person", "Skipped by staff: she moved away"),
        (Status.UNDELIVERED, "undelivered 30005", "This number is not in use."),
        (Status.UNDELIVERED, None, "Not delivered. The network gave no reason."),
        (Status.FAILED, "no_contact", "There is no number or address to send it to."),
        (Status.IN_DOUBT, "no_answer", "We sent it and got no answer. It may have arrived."),
        (Status.UNKNOWN, "no_answer", "We sent it and never got an answer. It may have arrived."),
        (Status.SENT, None, "Sent. The network has not told us if it arrived."),
        (Status.EXPIRED, "not_useful", "Not sent: it was 26 hours late and the advice was out of date."),
        (
            Status.EXPIRED,
            "outside_hours",
            "Not sent: the advice would have been out of date by the next hour in which messages go.",
        ),
    ],
)
def test_the_reason_is_told_in_a_plain_sentence(status: Status, reason: str | None, why: str) -> None:
    said = told(status, reason, late=timedelta(hours=26, minutes=10), until="8:00am", note="she moved away")

    assert said is not None
    assert said.why == why


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (timedelta(minutes=1), "1 minute late"),
        (timedelta(minutes=59), "59 minutes late"),
        (timedelta(hours=1), "1 hour late"),
        (timedelta(hours=71), "71 hours late"),
        (timedelta(days=3), "3 days late"),
        (timedelta(seconds=30), "too late"),
        (timedelta(hours=-1), "too late"),
        (None, "too late"),
    ],
)
def test_lateness_is_told_in_the_unit_that_says_most(late: timedelta | None, words: str) -> None:
    said = told(Status.EXPIRED, "not_useful", late=late)

    assert said is not None
    assert f"it was {words} and" in said.why


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.CLAIMED, Status.SENDING, Status.DELIVERED])
def test_what_goes_its_way_has_nothing_to_tell(status: Status) -> None:
    assert told(status, None) is None


def test_one_that_is_tried_again_by_itself_asks_nobody_for_anything() -> None:
    waits = told(Status.SCHEDULED, "not sent 20429")
    ended = told(Status.UNDELIVERED, "undelivered 30001")

    assert waits is not None
    assert (waits.to_do, waits.remedies) == ("We try again by ourselves.", ())
    assert ended is not None
    assert (ended.to_do, ended.remedies) == ("Send it again.", (Remedy.SEND_AGAIN,))


def test_what_waits_or_ended_for_want_of_money_says_so() -> None:
    waits = told(Status.SCHEDULED, "no_money")
    ended = told(Status.EXPIRED, "no_money")

    assert waits is not None
    assert waits.why == "Held: this month's money for messages is used up."
    assert "next month" in waits.to_do
    assert ended is not None
    assert ended.why.startswith("Not sent: the month's money for messages was used up")
    assert ended.remedies == (Remedy.OPEN_PATIENT,)


def test_one_that_goes_another_way_says_what_was_wrong_with_the_first() -> None:
    said = told(Status.SCHEDULED, "another way: undelivered 30006")

    assert said is not None
    assert (said.why, said.to_do) == ("This is a landline. It cannot get texts.", "We send it another way.")
