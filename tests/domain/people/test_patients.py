from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.people.patients import Channel, ContactPoint, Line
from tests.domain.care.builders import LANDLINE, MAILBOX, MOBILE, a_patient

NEW_MOBILE = replace(MOBILE, id="c-9", value="+447700900999")
NEW_LANDLINE = replace(LANDLINE, id="c-8", value="+442079469999")


@pytest.mark.parametrize(
    ("contacts", "used"),
    [
        ((), None),
        ((MOBILE,), MOBILE),
        ((MOBILE, NEW_MOBILE), NEW_MOBILE),
        ((NEW_MOBILE, MAILBOX, MOBILE), MOBILE),
        ((MOBILE, NEW_LANDLINE), MOBILE),
        ((LANDLINE, NEW_LANDLINE), NEW_LANDLINE),
        ((MAILBOX,), None),
    ],
)
def test_the_newest_point_of_a_channel_that_takes_messages_is_used(
    contacts: tuple[ContactPoint, ...], used: ContactPoint | None
) -> None:
    assert a_patient(contacts=contacts).contact(Channel.SMS) == used


def test_an_address_is_used_for_email_and_a_number_for_texts() -> None:
    patient = a_patient(contacts=(MAILBOX, MOBILE))

    assert patient.contact(Channel.EMAIL) == MAILBOX
    assert patient.contact(Channel.SMS) == MOBILE


@pytest.mark.parametrize(("line", "takes"), [(Line.MOBILE, True), (Line.LANDLINE, False), (Line.EMAIL, True)])
def test_only_a_landline_takes_no_messages(line: Line, *, takes: bool) -> None:
    assert replace(MOBILE, line=line).takes_messages is takes
