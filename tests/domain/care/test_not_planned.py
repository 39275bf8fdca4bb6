from __future__ import annotations

import pytest

from scheduler.domain.care.conditions import Missing, Not, OneOf, Test, Value, Within
from scheduler.domain.care.protocols import Band, FactType
from scheduler.domain.care.reasons import Reason, Why, sentence
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel, Patient
from tests.domain.care.builders import (
    LANDLINE,
    MAILBOX,
    MOBILE,
    YES,
    a_clinic,
    a_fact,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    on_days,
    said,
    utc,
    when,
)
from tests.domain.care.plans import a_plan, only_refusal, only_reminder

FACTS = (
    a_fact(),
    a_fact("modality", FactType.CHOICE, "Device"),
    a_fact("adjuncts", FactType.LIST, "Put on the skin"),
)


def refused(patient: Patient | None = None, kind: Kind = Kind.INSTRUCT, *channels: Channel) -> Why:
    rule = a_rule(kind=kind, channels=channels or (Channel.SMS, Channel.EMAIL))
    return only_refusal(a_plan(a_protocol(rule), patient=patient)).reason.code


@pytest.mark.parametrize(
    ("test", "facts", "because"),
    [
        (Within(over=1.5), {"needle_mm": 0.5}, "longest needle 0.5 mm is not over 1.5 mm"),
        (Within(over=1.5), {}, "longest needle is not recorded"),
        (Not(Within(over=1.5)), {}, "longest needle is not recorded"),
        (Missing(missing=True), {"needle_mm": 0.5}, "longest needle is recorded"),
    ],
)
def test_a_condition_that_is_not_true_names_the_fact(test: Test, facts: dict[str, Value], because: str) -> None:
    protocol = a_protocol(a_rule("deep-check", condition=when(needle_mm=test)), facts=FACTS)

    refusal = only_refusal(a_plan(protocol, sessions=[a_session(facts=facts)]))

    assert (refusal.session_id, refusal.rule, refusal.reason.code) == ("s-1", "deep-check", Why.CONDITION)
    assert sentence(refusal.reason) == because


def test_a_condition_names_the_first_test_that_fails() -> None:
    condition = when(modality="rf", needle_mm=Within(over=1.5), adjuncts="prp")
    protocol = a_protocol(a_rule(condition=condition), facts=FACTS)

    refusal = only_refusal(a_plan(protocol, sessions=[a_session(facts={"modality": "rf", "needle_mm": 1.0})]))

    assert sentence(refusal.reason) == "longest needle 1 mm is not over 1.5 mm"


def test_a_condition_names_why_each_alternative_fails() -> None:
    condition = when(when(session_number=1.0), when(days_since_last=Within(over=180.0)))
    sessions = [
        a_session("s-0", ended_at=utc("2026-02-01T10:00"), procedure="peel"),
        a_session("s-2", procedure="peel"),
    ]

    plan = a_plan(a_protocol(a_rule(condition=condition), procedure="peel"), sessions=sessions)

    refusal = next(left for left in plan.not_planned if left.session_id == "s-2")
    assert sentence(refusal.reason) == (
        "the session's number is 2, not 1 and days since the last session 30 is not over 180"
    )


def test_a_flag_that_is_needed_and_not_set_is_named() -> None:
    protocol = a_protocol(a_rule(condition=when(flags=OneOf(("herpes", "keloid")))))

    refusal = only_refusal(a_plan(protocol, patient=a_patient(flags=["melasma"])))

    assert sentence(refusal.reason) == "herpes or keloid is not among the patient's flags"


def test_a_flag_that_forbids_is_named_alone() -> None:
    protocol = a_protocol(a_rule(condition=when(flags=Not(OneOf(("pregnant", "breastfeeding"))))))

    refusal = only_refusal(a_plan(protocol, patient=a_patient(flags=["breastfeeding", "herpes"])))

    assert sentence(refusal.reason) == "breastfeeding is among the patient's flags"


def test_a_rule_about_the_band_is_read_with_it() -> None:
    bands = [Band(id="D0", when=when(needle_mm=Within(max=0.3))), Band(id="D1")]
    protocol = a_protocol(a_rule(condition=when(band="D0")), bands=bands)

    refusal = only_refusal(a_plan(protocol, sessions=[a_session(facts={"needle_mm": 0.5})]))
    planned = a_plan(protocol, sessions=[a_session(facts={"needle_mm": 0.25})])

    assert sentence(refusal.reason) == "the band is D1, not D0"
    assert len(planned.reminders) == 1


def test_topics_without_a_window_in_this_session_give_nothing() -> None:
    rule = a_rule(topics=("makeup", "swim"))
    protocol = a_protocol(rule, windows=[a_window("acids"), a_window("swim", condition=when(modality="rf"))])

    assert only_refusal(a_plan(protocol)).reason == Reason(Why.NO_WINDOW)


def test_a_rule_without_topics_needs_no_window() -> None:
    protocol = a_protocol(a_rule("danger", kind=Kind.SAFETY, topics=()), windows=())

    assert only_reminder(a_plan(protocol)).topic_ends == {}


def test_a_patient_without_a_number_or_address_gets_nothing() -> None:
    assert refused(a_patient(contacts=())) is Why.NO_CONTACT


def test_a_landline_gets_no_texts() -> None:
    assert refused(a_patient(contacts=(LANDLINE,))) is Why.LANDLINE


def test_without_consent_nothing_is_planned() -> None:
    assert refused(a_patient(consents=())) is Why.NO_CONSENT
    assert refused(a_patient(consents=(*YES, said(Word.REFUSED)))) is Why.NO_CONSENT


def test_after_stop_nothing_is_planned() -> None:
    assert refused(a_patient(consents=(*YES, said(Word.STOPPED)))) is Why.STOPPED


def test_rebook_needs_consent_to_marketing() -> None:
    agreed = a_patient(consents=(*YES, said(Word.GIVEN, purpose=Purpose.MARKETING)))
    rule = a_rule("rebook", kind=Kind.REBOOK, send=on_days(30), topics=())

    assert refused(kind=Kind.REBOOK) is Why.NO_CONSENT
    assert only_reminder(a_plan(a_protocol(rule), patient=agreed)).kind is Kind.REBOOK


def test_a_channel_that_the_rule_does_not_name_is_not_used() -> None:
    assert refused(a_patient(contacts=(MAILBOX,)), Kind.INSTRUCT, Channel.SMS) is Why.NO_CONTACT


def test_the_next_channel_of_the_rule_is_used_and_told() -> None:
    stopped = a_patient(contacts=(MOBILE, MAILBOX), consents=(*YES, said(Word.STOPPED)))

    reminder = only_reminder(a_plan(a_protocol(a_rule()), patient=stopped))

    assert reminder.channel is Channel.EMAIL
    assert reminder.channels == (Channel.SMS, Channel.EMAIL)
    assert sentence(reminder.reasons[-1]) == "By email, not text: the patient stopped these messages."


def test_the_preferred_channel_needs_no_words() -> None:
    reminder = only_reminder(a_plan(a_protocol(a_rule()), patient=a_patient(contacts=(MOBILE, MAILBOX))))

    assert Why.CHANNEL not in {reason.code for reason in reminder.reasons}


def test_too_late_tells_until_when_it_was_of_use() -> None:
    refusal = only_refusal(a_plan(a_protocol(a_rule(send=on_days(9)))))

    assert refusal.reason == Reason(Why.TOO_LATE, {"until": "9 March, 00:00"})


def test_the_end_of_use_is_told_on_the_patients_clock() -> None:
    rule = a_rule(kind=Kind.SAFETY, send=on_days(0, at="23:00"), topics=(), useful_for="2h")

    refusal = only_refusal(a_plan(a_protocol(rule), patient=a_patient(zone="America/New_York")))

    assert refusal.reason.details == {"until": "4 March, 01:00"}


def test_no_hour_in_which_it_may_go_is_a_reason() -> None:
    shut = a_clinic(sending_hours=WeekHours(((),) * 7))

    assert only_refusal(a_plan(a_protocol(a_rule()), clinic=shut)).reason == Reason(Why.NEVER_OPEN)


def test_a_rule_on_several_days_tells_a_reason_once() -> None:
    rule = a_rule("blisters", send=on_days(2, 6, 7, 8))

    plan = a_plan(a_protocol(rule))

    assert [reminder.identity.occurrence for reminder in plan.reminders] == [2]
    assert [(left.rule, left.reason.code) for left in plan.not_planned] == [("blisters", Why.TOO_LATE)]


def test_every_rule_of_every_session_gives_a_reminder_or_a_reason() -> None:
    rules = [a_rule("plain"), a_rule("rf", condition=when(modality="rf")), a_rule("other", topics=("swim",))]
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-20T10:00"))]

    plan = a_plan(a_protocol(*rules), sessions=sessions)

    told = [(left.session_id, left.rule) for left in plan.not_planned]
    told += [(reminder.identity.session_id, reminder.identity.rule) for reminder in plan.reminders]
    assert sorted(told) == sorted((session.id, rule.id) for session in sessions for rule in rules)
