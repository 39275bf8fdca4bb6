from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.clinics.hours import DEFAULT_SENDING_HOURS, Span, WeekHours
from scheduler.domain.delivery.gate import Because, Go, Standing, Stay, judge
from scheduler.domain.delivery.reminders import MOVES, Kind, Status
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel, Patient
from tests.domain.care.builders import LANDLINE, MAILBOX, MOBILE, YES, a_clinic, a_patient, said, utc, wall

NOON = wall("2026-03-04T12:00")
NIGHT = wall("2026-03-04T22:00")
MORNING = wall("2026-03-05T08:00")
NEVER = WeekHours(((),) * 7)
NINE_TO_FIVE = WeekHours(((Span(time(9), time(17)),),) * 5 + ((),) * 2)


def a_standing(**changes: object) -> Standing:
    """A reminder that may go at noon; `changes` name fields of the standing, the patient or the clinic."""
    standing = Standing(
        kind=Kind.INSTRUCT,
        channels=(Channel.SMS, Channel.EMAIL),
        useful_until=wall("2026-03-06T00:00"),
        voided=False,
        patient=a_patient(),
        clinic=a_clinic(),
    )
    return replace(standing, **changes)  # type: ignore[arg-type]  # which field it is, its name says


def worst() -> dict[Because, dict[str, object]]:
    """What brings each "no" about, in the order in which the first one counts."""
    stopped = a_patient(consents=(*YES, said(Word.STOPPED), said(Word.STOPPED, Channel.EMAIL)))
    return {
        Because.VOIDED: {"voided": True},
        Because.ERASED: {"patient": a_patient(erased=True)},
        Because.STOPPED: {"patient": stopped},
        Because.NO_CONSENT: {"patient": a_patient(consents=())},
        Because.CLINIC_PAUSED: {"clinic": a_clinic(paused=True)},
        Because.PATIENT_PAUSED: {"patient": a_patient(paused=True)},
        Because.NOT_USEFUL: {"useful_until": NOON},
        Because.OUTSIDE_HOURS: {"clinic": a_clinic(sending_hours=NEVER)},
        Because.FORBIDDEN: {"forbidden_until": wall("2026-03-06T00:00")},
        Because.NO_CONTACT: {"patient": a_patient(contacts=())},
        Because.LANDLINE: {"patient": a_patient(contacts=(LANDLINE,))},
    }


VERDICTS = {
    Because.VOIDED: Status.CANCELLED,
    Because.ERASED: Status.CANCELLED,
    Because.STOPPED: Status.CANCELLED,
    Because.NO_CONSENT: Status.CANCELLED,
    Because.CLINIC_PAUSED: Status.HELD,
    Because.PATIENT_PAUSED: Status.HELD,
    Because.NOT_USEFUL: Status.EXPIRED,
    Because.OUTSIDE_HOURS: Status.EXPIRED,
    Because.FORBIDDEN: Status.CANCELLED,
    Because.NO_CONTACT: Status.FAILED,
    Because.LANDLINE: Status.FAILED,
}


def judged(standing: Standing, now: datetime = NOON) -> Stay:
    verdict = judge(standing, now)
    assert isinstance(verdict, Stay)
    return verdict


def test_a_message_with_nothing_against_it_goes_to_the_number() -> None:
    assert judge(a_standing(), NOON) == Go(Channel.SMS, MOBILE)


def test_every_no_has_a_test_here() -> None:
    assert list(worst()) == list(VERDICTS)
    assert set(VERDICTS) == set(Because)


@pytest.mark.parametrize("because", list(VERDICTS))
def test_each_no_has_its_verdict(because: Because) -> None:
    verdict = judged(a_standing(**worst()[because]))

    assert (verdict.status, verdict.because, verdict.next_at) == (VERDICTS[because], because, None)


@pytest.mark.parametrize("because", list(VERDICTS))
def test_every_verdict_is_a_move_that_a_claimed_reminder_may_make(because: Because) -> None:
    assert VERDICTS[because] in MOVES[Status.CLAIMED]


PATIENTS: dict[Because, dict[str, object]] = {
    Because.ERASED: {"erased": True},
    Because.STOPPED: {"consents": (said(Word.STOPPED), said(Word.STOPPED, Channel.EMAIL))},
    Because.NO_CONSENT: {"consents": ()},
    Because.PATIENT_PAUSED: {"paused": True},
    Because.NO_CONTACT: {"contacts": ()},
    Because.LANDLINE: {"contacts": (LANDLINE,)},
}
CLINICS: dict[Because, dict[str, object]] = {
    Because.CLINIC_PAUSED: {"paused": True},
    Because.OUTSIDE_HOURS: {"sending_hours": NEVER},
}


def with_all(*wrong: Because) -> Standing:
    """A standing in which all of this is wrong at once."""
    patient = {name: value for because in wrong for name, value in PATIENTS.get(because, {}).items()}
    clinic = {name: value for because in wrong for name, value in CLINICS.get(because, {}).items()}
    return a_standing(
        voided=Because.VOIDED in wrong,
        forbidden_until=wall("2026-03-06T00:00") if Because.FORBIDDEN in wrong else None,
        useful_until=NOON if Because.NOT_USEFUL in wrong else wall("2026-03-06T00:00"),
        patient=replace(a_patient(), **patient),  # type: ignore[arg-type]  # as above
        clinic=replace(a_clinic(), **clinic),  # type: ignore[arg-type]  # as above
    )


def both(first: Because, second: Because) -> bool:
    """Whether both can be wrong at once."""
    return {first, second} not in (
        {Because.STOPPED, Because.NO_CONSENT},  # the last word is one of the two
        {Because.NO_CONTACT, Because.LANDLINE},
        {Because.NO_CONSENT, Because.NO_CONTACT},  # nowhere to send: nothing that consent was missing for
        {Because.NO_CONSENT, Because.LANDLINE},
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (first, second)
        for place, first in enumerate(VERDICTS)
        for second in list(VERDICTS)[place + 1 :]
        if both(first, second)
    ],
)
def test_of_two_noes_the_first_of_the_design_counts(first: Because, second: Because) -> None:
    assert judged(with_all(second, first)).because is first


@pytest.mark.parametrize(("seconds_left", "goes"), [(0, False), (-1, False), (1, True)])
def test_from_the_end_of_its_use_on_a_message_expires(seconds_left: int, *, goes: bool) -> None:
    standing = a_standing(useful_until=NOON + timedelta(seconds=seconds_left))

    assert isinstance(judge(standing, NOON), Go) is goes


@pytest.mark.parametrize(("now", "goes"), [("07:59:59", False), ("08:00", True), ("19:59:59", True), ("20:00", False)])
def test_sending_hours_are_half_open(now: str, *, goes: bool) -> None:
    assert isinstance(judge(a_standing(), wall(f"2026-03-04T{now}")), Go) is goes


def test_outside_the_hours_a_message_waits_for_the_next_opening() -> None:
    assert judge(a_standing(), NIGHT) == Stay(Status.SCHEDULED, Because.OUTSIDE_HOURS, MORNING)


@pytest.mark.parametrize("useful_until", [MORNING, MORNING - timedelta(hours=1)])
def test_a_message_whose_use_ends_by_the_next_opening_expires_at_once(useful_until: datetime) -> None:
    assert judge(a_standing(useful_until=useful_until), NIGHT) == Stay(Status.EXPIRED, Because.OUTSIDE_HOURS)


def test_hours_are_on_the_patients_clock() -> None:
    in_tokyo = a_standing(patient=a_patient(zone="Asia/Tokyo"))

    assert isinstance(judge(in_tokyo, utc("2026-03-04T10:59")), Go)
    assert judged(in_tokyo, utc("2026-03-04T11:00")).next_at == utc("2026-03-04T23:00")


@pytest.mark.parametrize("kind", [Kind.CHECK, Kind.REBOOK])
def test_what_asks_for_a_call_waits_until_somebody_answers(kind: Kind) -> None:
    marketing = a_patient(consents=(*YES, said(Word.GIVEN, purpose=Purpose.MARKETING)))
    clinic = a_clinic(opening_hours=NINE_TO_FIVE, closed_days=["2026-03-05"])
    standing = a_standing(kind=kind, patient=marketing, clinic=clinic, useful_until=wall("2026-03-20T00:00"))

    assert isinstance(judge(standing, wall("2026-03-04T16:59")), Go)
    assert judged(standing, wall("2026-03-04T17:00")).next_at == wall("2026-03-06T09:00")


@pytest.mark.parametrize("kind", [Kind.SAFETY, Kind.CORRECTION, Kind.INSTRUCT, Kind.RESUME, Kind.REASSURE])
def test_nothing_else_waits_for_the_phone(kind: Kind) -> None:
    clinic = a_clinic(opening_hours=NINE_TO_FIVE, closed_days=["2026-03-04"])

    assert isinstance(judge(a_standing(kind=kind, clinic=clinic), wall("2026-03-04T19:00")), Go)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_rebook_needs_consent_to_marketing(kind: Kind) -> None:
    verdict = judge(a_standing(kind=kind), NOON)

    expected = Stay(Status.CANCELLED, Because.NO_CONSENT) if kind is Kind.REBOOK else Go(Channel.SMS, MOBILE)
    assert verdict == expected


@pytest.mark.parametrize(
    "patient",
    [
        a_patient(contacts=(MAILBOX,)),
        a_patient(contacts=(LANDLINE, MAILBOX)),
        a_patient(contacts=(MOBILE, MAILBOX), consents=(*YES, said(Word.STOPPED))),
        a_patient(contacts=(MOBILE, MAILBOX), consents=(said(Word.GIVEN, Channel.EMAIL),)),
    ],
    ids=["no number", "landline", "stopped", "no consent"],
)
def test_where_the_preferred_channel_is_closed_the_next_is_used(patient: Patient) -> None:
    assert judge(a_standing(patient=patient), NOON) == Go(Channel.EMAIL, MAILBOX)


def test_a_channel_that_the_rule_does_not_name_is_never_used() -> None:
    standing = a_standing(channels=(Channel.SMS,), patient=a_patient(contacts=(MAILBOX,)))

    assert judged(standing).because is Because.NO_CONTACT


@given(minute=st.integers(0, 60 * 24 * 14), left=st.integers(1, 60 * 24 * 4))
def test_what_goes_back_to_wait_is_asked_again_later_inside_the_hours_and_while_useful(minute: int, left: int) -> None:
    now = NOON + timedelta(minutes=minute)
    standing = a_standing(useful_until=now + timedelta(minutes=left))

    verdict = judge(standing, now)

    if isinstance(verdict, Stay) and verdict.status is Status.SCHEDULED:
        assert verdict.next_at is not None
        assert now < verdict.next_at < standing.useful_until
        assert DEFAULT_SENDING_HOURS.hold(verdict.next_at, "Europe/London")
        assert isinstance(judge(standing, verdict.next_at), Go)
    else:
        assert isinstance(verdict, Go) == DEFAULT_SENDING_HOURS.hold(now, "Europe/London")


def test_what_permits_a_topic_waits_until_no_session_forbids_it() -> None:
    verdict = judged(a_standing(kind=Kind.RESUME, forbidden_until=wall("2026-03-05T00:00")))

    assert verdict == Stay(Status.SCHEDULED, Because.FORBIDDEN, MORNING)


def test_what_is_permitted_again_may_be_said() -> None:
    assert judge(a_standing(kind=Kind.RESUME, forbidden_until=NOON), NOON) == Go(Channel.SMS, MOBILE)
