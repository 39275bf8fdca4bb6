from __future__ import annotations

from dataclasses import replace

from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.samples import Reach, Sample, plain_sample
from scheduler.domain.care.trials import Trial, made_up_clinic, try_out
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.patients import Channel
from tests.catalog.config_folder import microneedling, shipped
from tests.domain.care.builders import LONDON, on_clock

PLAIN = plain_sample(microneedling())


def tried(sample: Sample = PLAIN) -> Trial:
    catalog = shipped()
    version = ProtocolVersion(number=1, protocol=microneedling(), topics=catalog.topics, messages=catalog.messages)
    return try_out(version, sample, made_up_clinic(LONDON))


def times(trial: Trial) -> list[str]:
    return [f"{reminder.identity.rule} {on_clock(reminder.due_at)}" for reminder in trial.reminders]


def test_a_trial_has_the_reminders_of_its_session_by_time_and_why_the_others_are_not() -> None:
    trial = tried()

    assert trial.band == "D1"
    assert times(trial)[:3] == ["start 2026-03-03 15:30", "shade 2026-03-03 18:00", "no-actives 2026-03-04 10:00"]
    assert {left.reason.code for left in trial.not_planned} == {Why.CONDITION}


def test_only_the_first_text_of_a_patient_says_how_to_stop() -> None:
    first, *others = [message.body for _, message in tried().messages() if message]
    again = [message.body for _, message in tried(replace(PLAIN, number=2, days_since_last=30)).messages() if message]

    assert first.endswith("Text STOP to end texts.")
    assert not [body for body in (*others, *again) if "STOP" in body]


def test_a_patient_without_a_phone_gets_emails() -> None:
    trial = tried(replace(PLAIN, reach=Reach.NO_PHONE))

    assert {reminder.channel for reminder in trial.reminders} == {Channel.EMAIL}
    assert all(message and message.subject for _, message in trial.messages())


def test_a_patient_who_stopped_gets_nothing_and_is_told_why_not() -> None:
    trial = tried(replace(PLAIN, reach=Reach.STOPPED))

    assert trial.reminders == ()
    assert Why.STOPPED in {left.reason.code for left in trial.not_planned}


def test_a_session_weeks_after_another_is_a_repeat_and_shows_its_own_windows_only() -> None:
    trial = tried(replace(PLAIN, number=3, days_since_last=30))

    assert times(trial)[0] == "again 2026-03-03 18:00"
    assert len(trial.plan.courses) == 3
    assert {stretch.topic for stretch in trial.stretches()} == {window.topic for window in microneedling().windows}
    assert all(stretch.end > trial.session.ended_at for stretch in trial.stretches())


def test_what_went_before_the_session_is_history() -> None:
    trial = tried(replace(PLAIN, number=3, days_since_last=1))

    before = [one for one in trial.plan.reminders if one.due_at < trial.session.ended_at]

    assert sorted(f"{on_clock(one.due_at)[5:]} {one.identity.session_id} {one.identity.rule}" for one in before) == [
        "03-01 15:30 s-1 start",
        "03-01 18:00 s-1 shade",
        "03-02 10:00 s-1 no-actives",
        "03-02 17:00 s-1 danger",
        "03-02 18:00 s-2 again",
        "03-03 09:00 s-1 heat-exercise",
        "03-03 10:00 s-2 no-actives",
    ]


def test_two_sessions_of_one_day_are_a_minute_apart() -> None:
    trial = tried(replace(PLAIN, number=2, days_since_last=0))

    assert [on_clock(course.session.ended_at)[-5:] for course in trial.plan.courses.values()] == ["14:29", "14:30"]


def test_sessions_of_other_days_end_at_one_time_and_what_they_share_is_shown_too() -> None:
    trial = tried(replace(PLAIN, number=2, days_since_last=1))

    assert [on_clock(course.session.ended_at)[-5:] for course in trial.plan.courses.values()] == ["14:30", "14:30"]
    assert {stretch.topic for stretch in trial.stretches()} == {window.topic for window in microneedling().windows}


def test_a_template_without_words_for_a_channel_is_a_reminder_without_a_message() -> None:
    catalog = shipped()
    wordless = {key: message for key, message in catalog.messages.items() if key[0] != "danger"}
    version = ProtocolVersion(number=1, protocol=microneedling(), topics=catalog.topics, messages=wordless)

    found = {reminder.kind: words for reminder, words in try_out(version, PLAIN, made_up_clinic(LONDON)).messages()}

    assert found[Kind.SAFETY] is None
    assert found[Kind.INSTRUCT] is not None
