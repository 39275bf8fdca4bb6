from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.care.fitting import fitting
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import (
    MAILBOX,
    MOBILE,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_version,
    words,
)
from tests.domain.care.plans import a_plan

WITH_EMAIL = a_patient(contacts=(MOBILE, MAILBOX))


@pytest.mark.parametrize(
    ("channel", "letters", "fits"),
    [(Channel.SMS, 60, True), (Channel.SMS, 200, False), (Channel.EMAIL, 2000, True)],
)
def test_texts_go_as_one_within_two_parts_and_emails_however_long(
    channel: Channel,
    letters: int,
    fits: bool,  # noqa: FBT001  a column
) -> None:
    protocol = a_protocol(a_rule("one", channels=(channel,)), a_rule("two", channels=(channel,)))
    version = a_version(
        protocol,
        messages=[
            words("bundle", sms="((lines))", email="((lines))"),
            *(replace(words(name, sms="x", email="y" * letters), line="x" * letters) for name in ("one", "two")),
        ],
    )
    both = a_plan(protocol, patient=WITH_EMAIL).reminders

    fit = fitting(WITH_EMAIL, a_clinic(), [a_session()], {("microneedling", 1): version})

    assert fit(both) is fits
