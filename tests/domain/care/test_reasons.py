from __future__ import annotations

import json
from datetime import datetime, time

import pytest

from scheduler.domain.care.conditions import Equal, FactTest, Missing, Not, OneOf, Test, Value, Within
from scheduler.domain.care.protocols import After, AtWindowEnd, Band, Fact, FactType, SendTime
from scheduler.domain.care.reasons import (
    Reason,
    Why,
    day_and_time,
    from_stored,
    sentence,
    sentences,
    to_stored,
    told_test,
)
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Word
from tests.domain.care.builders import (
    MAILBOX,
    MOBILE,
    YES,
    a_fact,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    lasts,
    on_days,
    said,
    utc,
    when,
)
from tests.domain.care.plans import a_plan, only_reminder

RULE: dict[str, str | int] = {
    "title": "Microneedling",
    "version": 3,
    "band": ", band D1",
    "rule": "no-actives",
    "when": "day 1 at 10:00",
}
EXAMPLES: dict[Why, tuple[dict[str, str | int], str]] = {
    Why.RULE: (RULE, "Microneedling, version 3, band D1: rule no-actives, day 1 at 10:00."),
    Why.MATCHED: ({"facts": "device is rf"}, "It applies because device is rf."),
    Why.MERGED: (
        {"sessions": "Peel of Saturday 7 March"},
        "Its topics end with Peel of Saturday 7 March.",
    ),
    Why.OVERRIDDEN: ({"by": "Dr Okafor", "topics": "acids, vit_c"}, "Dr Okafor set when acids, vit_c ends."),
    Why.TOLD: (
        {"day": "Saturday 21 March"},
        "A message told the patient until after Saturday 21 March, so it waits for that, too.",
    ),
    Why.LATE: ({}, "Its time was over when it was planned, so it goes as soon as it may."),
    Why.HOURS: (
        {"before": "3 March, 21:00", "after": "4 March, 08:00"},
        "Moved from 3 March, 21:00 to 4 March, 08:00: outside the hours in which this may go.",
    ),
    Why.FREED: (
        {"since": "2026-03-16T12:00:00+00:00", "at": "16 March, 12:00"},
        "What held it back ended by a change on 16 March, 12:00, and its use counts from then.",
    ),
    Why.AGAINST: (
        {"before": "5 March, 09:00", "after": "5 March, 18:00"},
        "Moved from 5 March, 09:00 to 5 March, 18:00: until then a session of the patient says the opposite.",
    ),
    Why.CHANNEL: (
        {"channel": "email", "preferred": "text", "refusal": "the patient stopped these messages"},
        "By email, not text: the patient stopped these messages.",
    ),
    Why.LEADS: (
        {"others": "spf-sun, check", "at": "5 March, 09:00"},
        "Goes as one message with spf-sun, check, at 5 March, 09:00.",
    ),
    Why.FOLLOWS: (
        {"others": "heat", "at": "5 March, 09:00"},
        "Goes as one message with heat, at 5 March, 09:00.",
    ),
    Why.DAY_MOVED: (
        {"before": "5 March, 09:00", "after": "6 March, 09:00", "most": 1},
        "Moved from 5 March, 09:00 to 6 March, 09:00: the day had as many messages as the clinic allows, 1.",
    ),
    Why.APART: (
        {"before": "3 March, 18:00", "after": "3 March, 18:30", "minutes": 60},
        "Moved from 3 March, 18:00 to 3 March, 18:30: messages to one patient keep 60 minutes apart.",
    ),
    Why.CATCH_UP: ({"topics": "heat"}, "No other message tells the patient of heat while it holds."),
    Why.CORRECTION: ({"topics": "heat"}, "A message told the patient an earlier end of heat."),
    Why.CONDITION: ({"facts": "device is pen, not rf"}, "device is pen, not rf"),
    Why.NO_WINDOW: ({}, "none of its topics has a window in this session"),
    Why.NO_CONTACT: ({}, "there is no number or address to send it to"),
    Why.LANDLINE: ({}, "the number is a landline, which is kept for calls and gets no texts"),
    Why.NO_CONSENT: ({}, "the patient has not agreed to messages of this kind on this channel"),
    Why.STOPPED: ({}, "the patient stopped these messages"),
    Why.TOO_LATE: ({"until": "9 March, 00:00"}, "it could not go before 9 March, 00:00, when its use is over"),
    Why.NEVER_OPEN: ({}, "there is no hour in the coming days in which it may go"),
    Why.FORBIDDEN: (
        {"until": "9 March, 00:00"},
        "a session of the patient says the opposite until 9 March, 00:00, when its use is over",
    ),
    Why.PREGNANT: ({"flags": "pregnant"}, "it permits retinoids, and pregnant is among the patient's flags"),
    Why.SAME_DAY: (
        {"other": "danger", "day": "4 March"},
        "danger says the same on 4 March, and one a day is enough",
    ),
    Why.DAY_LIMIT: ({}, "each day on which it is of use has as many messages as the clinic allows"),
    Why.COURSE_LIMIT: ({"most": 9}, "the session has as many messages as the clinic allows, 9"),
    Why.NO_WORDING: ({}, "the protocol's version has no words for it"),
}
"""An example of each code, and the sentence it becomes."""


@pytest.mark.parametrize("code", list(Why))
def test_each_code_has_its_plain_sentence(code: Why) -> None:
    details, plain = EXAMPLES[code]

    assert sentence(Reason(code, details)) == plain


def test_several_reasons_are_told_one_after_the_other() -> None:
    reasons = (Reason(Why.RULE, RULE), Reason(Why.LATE))

    assert sentences(reasons) == (
        "Microneedling, version 3, band D1: rule no-actives, day 1 at 10:00. "
        "Its time was over when it was planned, so it goes as soon as it may."
    )
    assert sentences(()) == ""


def test_reasons_are_stored_and_read_back() -> None:
    reasons = tuple(Reason(code, details) for code, (details, _) in EXAMPLES.items())

    stored = json.loads(json.dumps(to_stored(reasons)))

    assert from_stored(stored) == reasons
    assert stored[0] == {"code": "rule", **RULE}


@pytest.mark.parametrize("text", ["{x}", "100 %s {}", "{0.__class__}"])
def test_a_detail_is_never_read_as_a_pattern(text: str) -> None:
    assert sentence(Reason(Why.CONDITION, {"facts": text})) == text


@pytest.mark.parametrize(
    ("at", "told"), [("2026-03-04T10:00", "4 March, 10:00"), ("2026-12-25T08:05", "25 December, 08:05")]
)
def test_a_moment_is_told_as_day_month_and_time(at: str, told: str) -> None:
    assert day_and_time(datetime.fromisoformat(at)) == told


NEEDLE = a_fact()
DEVICE = a_fact("modality", FactType.CHOICE, "Device")
AREAS = a_fact("areas", FactType.LIST, "Areas")
WEEPING = a_fact("weeping", FactType.YES_NO, "Weeping when the session ended")


@pytest.mark.parametrize(
    ("fact", "test", "value", "told"),
    [
        (NEEDLE, Within(over=1.5), 2.0, "longest needle 2 mm is over 1.5 mm"),
        (NEEDLE, Within(over=1.5), 0.5, "longest needle 0.5 mm is not over 1.5 mm"),
        (NEEDLE, Not(Within(over=1.5)), 0.5, "longest needle 0.5 mm is not over 1.5 mm"),
        (NEEDLE, Within(over=0.3, max=0.5), 0.5, "longest needle 0.5 mm is over 0.3 mm and at most 0.5 mm"),
        (NEEDLE, Within(min=0.3, under=0.5), 0.5, "longest needle 0.5 mm is not at least 0.3 mm and under 0.5 mm"),
        (NEEDLE, Equal(0.5), 0.5, "longest needle is 0.5 mm"),
        (NEEDLE, OneOf((0.25, 1.0)), 0.5, "longest needle is 0.5 mm, not 0.25 or 1 mm"),
        (NEEDLE, Missing(missing=True), None, "longest needle is not recorded"),
        (NEEDLE, Missing(missing=False), 0.5, "longest needle is recorded"),
        (NEEDLE, Within(over=1.5), None, "longest needle is not recorded"),
        (DEVICE, Equal("rf"), "rf", "device is rf"),
        (DEVICE, Equal("rf"), "pen", "device is pen, not rf"),
        (DEVICE, Not(Equal("rf")), "pen", "device is pen"),
        (DEVICE, Not(Equal("rf")), "rf", "device is rf"),
        (DEVICE, OneOf(("rf", "pen")), "roller", "device is roller, not rf or pen"),
        (AREAS, Equal("neck"), ("face", "neck"), "areas includes neck"),
        (AREAS, Equal("neck"), (), "areas does not include neck"),
        (AREAS, Not(OneOf(("neck", "chest"))), ("face",), "areas does not include neck or chest"),
        (WEEPING, Equal(value=True), False, "weeping when the session ended is no, not yes"),
        (WEEPING, Equal(value=True), True, "weeping when the session ended is yes"),
    ],
)
def test_a_test_is_told_in_the_facts_own_words(fact: Fact, test: Test, value: Value | None, told: str) -> None:
    assert told_test(FactTest(fact.id, test), fact, value) == told


@pytest.mark.parametrize(
    ("name", "test", "value", "told"),
    [
        ("session_number", Equal(1.0), 1.0, "the session's number is 1"),
        ("session_number", Within(min=2.0), 1.0, "the session's number 1 is not at least 2"),
        ("days_since_last", Within(over=180.0), None, "days since the last session is not recorded"),
        ("ended_time", Within(under=time(16)), time(14, 30), "the end at 14:30 is before 16:00"),
        ("ended_time", Within(min=time(16)), time(14, 30), "the end at 14:30 is not at or after 16:00"),
        (
            "ended_time",
            Within(over=time(8), max=time(9, 5)),
            time(9),
            "the end at 09:00 is after 08:00 and at or before 09:05",
        ),
        ("band", Not(Equal("D0")), "D1", "the band is D1"),
        ("unheard_of", Equal("x"), "y", "unheard_of is y, not x"),
        ("flags", Equal("herpes"), ("herpes", "melasma"), "herpes is among the patient's flags"),
        ("flags", OneOf(("melasma", "dark_marks")), ("herpes", "melasma"), "melasma is among the patient's flags"),
        ("flags", OneOf(("melasma", "dark_marks")), (), "melasma or dark_marks is not among the patient's flags"),
        ("flags", Not(Equal("pregnant")), ("pregnant",), "pregnant is among the patient's flags"),
        ("flags", Not(Equal("pregnant")), (), "pregnant is not among the patient's flags"),
        ("flags", Not(Not(Equal("pregnant"))), (), "pregnant is not among the patient's flags"),
        ("flags", Missing(missing=True), (), "a list of flags is recorded"),
    ],
)
def test_what_the_planner_fills_in_is_told_in_words_too(name: str, test: Test, value: Value | None, told: str) -> None:
    assert told_test(FactTest(name, test), None, value) == told


@pytest.mark.parametrize(
    ("send", "told"),
    [
        (After(lasts("1h")), "1h after the session"),
        (on_days(1, at="10:00"), "day 1 at 10:00"),
        (AtWindowEnd(time(9, 5)), "at 09:05 once its topics are over"),
    ],
)
def test_a_reminder_tells_its_protocol_version_rule_and_time(send: SendTime, told: str) -> None:
    reminder = only_reminder(a_plan(a_protocol(a_rule(kind=Kind.CHECK, send=send))))

    assert sentences(reminder.reasons) == f"Microneedling, version 1: rule no-actives, {told}."


def test_each_of_several_days_tells_its_own() -> None:
    plan = a_plan(a_protocol(a_rule(send=on_days(1, 3))))

    assert [reminder.reasons[0].details["when"] for reminder in plan.reminders] == ["day 1 at 10:00", "day 3 at 10:00"]


def test_a_reminder_tells_the_band_and_the_facts_and_flags_that_made_it_apply() -> None:
    condition = when(when(session_number=Within(min=5.0)), when(flags="herpes"), needle_mm=Within(over=0.3))
    protocol = a_protocol(a_rule(condition=condition), facts=[NEEDLE], bands=[Band(id="D1")])

    reminder = only_reminder(
        a_plan(protocol, sessions=[a_session(facts={"needle_mm": 0.5})], patient=a_patient(flags=["herpes"]))
    )

    assert sentences(reminder.reasons) == (
        "Microneedling, version 1, band D1: rule no-actives, day 1 at 10:00. "
        "It applies because longest needle 0.5 mm is over 0.3 mm and herpes is among the patient's flags."
    )


def test_a_reminder_tells_every_move_in_the_order_in_which_it_was_made() -> None:
    session = a_session(known_at=utc("2026-03-05T21:00"))
    patient = a_patient(contacts=(MOBILE, MAILBOX), consents=(*YES, said(Word.STOPPED)))

    reminder = only_reminder(a_plan(a_protocol(a_rule()), sessions=[session], patient=patient))

    assert [reason.code for reason in reminder.reasons] == [Why.RULE, Why.LATE, Why.HOURS, Why.CHANNEL]
    assert reminder.reasons[2].details == {"before": "5 March, 21:00", "after": "6 March, 08:00"}


def test_moves_are_told_on_the_patients_clock() -> None:
    rule = a_rule(kind=Kind.SAFETY, send=on_days(0, at="21:00"), topics=())

    reminder = only_reminder(a_plan(a_protocol(rule), patient=a_patient(zone="America/New_York")))

    assert reminder.reasons[1] == Reason(Why.HOURS, {"before": "3 March, 21:00", "after": "4 March, 08:00"})


def test_reasons_of_a_plan_can_be_stored() -> None:
    windows = [a_window(), a_window("swim", condition=when(modality="rf"))]
    rules = [
        a_rule("a", condition=when(session_number=1.0)),
        a_rule("b", topics=("swim",)),
        a_rule("c", send=on_days(9)),
    ]

    plan = a_plan(a_protocol(*rules, windows=windows))

    told = [reminder.reasons for reminder in plan.reminders] + [(left.reason,) for left in plan.not_planned]
    assert [from_stored(to_stored(reasons)) for reasons in told] == told
    assert all(sentences(reasons) for reasons in told)
