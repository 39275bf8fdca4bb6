from __future__ import annotations

import pytest

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel, ContactPoint
from scheduler.domain.people.reach import NoReach, first_reach, reach
from tests.domain.care.builders import LANDLINE, MAILBOX, MOBILE, YES, a_patient, said

BOTH = (Channel.SMS, Channel.EMAIL)
STOP = said(Word.STOPPED)
EMAIL_STOP = said(Word.STOPPED, Channel.EMAIL)


@pytest.mark.parametrize(
    ("contacts", "consents", "found"),
    [
        ((MOBILE,), YES, MOBILE),
        ((MOBILE,), (), NoReach.NO_CONSENT),
        ((MOBILE,), (*YES, said(Word.REFUSED)), NoReach.NO_CONSENT),
        ((MOBILE,), (*YES, STOP), NoReach.STOPPED),
        ((MOBILE,), (STOP, said(Word.GIVEN)), MOBILE),
        ((LANDLINE,), YES, NoReach.LANDLINE),
        ((LANDLINE,), (), NoReach.LANDLINE),
        ((), YES, NoReach.NO_CONTACT),
        ((), (*YES, STOP), NoReach.STOPPED),
        ((LANDLINE,), (*YES, STOP), NoReach.STOPPED),
        ((MAILBOX,), YES, NoReach.NO_CONTACT),
    ],
)
def test_a_number_is_reached_with_consent_or_there_is_a_reason(
    contacts: tuple[ContactPoint, ...], consents: tuple[Consent, ...], found: ContactPoint | NoReach
) -> None:
    assert reach(a_patient(contacts=contacts, consents=consents), Channel.SMS, Purpose.CARE) == found


def test_consent_to_care_is_none_to_marketing() -> None:
    patient = a_patient()

    assert reach(patient, Channel.SMS, Purpose.MARKETING) is NoReach.NO_CONSENT
    assert reach(patient, Channel.SMS, Purpose.CARE) == MOBILE


@pytest.mark.parametrize(
    ("channels", "found"),
    [
        (BOTH, (Channel.SMS, MOBILE)),
        ((Channel.EMAIL, Channel.SMS), (Channel.EMAIL, MAILBOX)),
        ((Channel.EMAIL,), (Channel.EMAIL, MAILBOX)),
        ((), NoReach.NO_CONTACT),
    ],
)
def test_the_first_channel_of_the_rule_that_is_open_is_used(
    channels: tuple[Channel, ...], found: tuple[Channel, ContactPoint] | NoReach
) -> None:
    assert first_reach(a_patient(contacts=(MOBILE, MAILBOX)), channels, Purpose.CARE) == found


@pytest.mark.parametrize(
    ("contacts", "consents", "reason"),
    [
        ((), YES, NoReach.NO_CONTACT),
        ((LANDLINE,), YES, NoReach.LANDLINE),
        ((MAILBOX,), (*YES, EMAIL_STOP), NoReach.STOPPED),
        ((MOBILE,), (), NoReach.NO_CONSENT),
        ((LANDLINE, MAILBOX), (*YES, EMAIL_STOP), NoReach.LANDLINE),
        ((MAILBOX,), (), NoReach.NO_CONSENT),
    ],
)
def test_where_no_channel_is_open_the_reason_says_more_than_that_one_is_missing(
    contacts: tuple[ContactPoint, ...], consents: tuple[Consent, ...], reason: NoReach
) -> None:
    assert first_reach(a_patient(contacts=contacts, consents=consents), BOTH, Purpose.CARE) is reason
