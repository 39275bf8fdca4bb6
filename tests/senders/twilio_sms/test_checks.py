from __future__ import annotations

import socket

import pytest

from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from tests.peers.twilio import faults
from tests.peers.twilio.stub import ACCOUNT, EMPTY_SERVICE, NUMBER, SERVICE, TOKEN, Stub
from tests.senders.twilio_sms.conftest import Connect
from tests.senders.twilio_sms.postings import NOON, TIMEOUT

GONE = "MG" + "0" * 32


def faults_found(account: TwilioAccount, *, service: str | None = None, number: str | None = None) -> list[str]:
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=service, from_number=number)
    found = sender.check(timeout=TIMEOUT)
    assert all(finding.mend for finding in found)
    return [finding.fault for finding in found]


@pytest.mark.parametrize(("service", "number"), [(SERVICE, None), (None, NUMBER), (None, "Clinic")])
def test_a_good_set_up_has_no_fault(account: TwilioAccount, service: str | None, number: str | None) -> None:
    assert faults_found(account, service=service, number=number) == []


def test_a_check_sends_nothing(twilio: Stub, account: TwilioAccount) -> None:
    faults_found(account, service=SERVICE)

    assert twilio.posts == []


@pytest.mark.parametrize(
    ("service", "number", "fault"),
    [
        (GONE, None, f"The Twilio account has no messaging service {GONE}."),
        (EMPTY_SERVICE, None, f"The messaging service {EMPTY_SERVICE} has no sender: nothing can go out."),
        (None, "+12025550199", "The Twilio account doesn't own the number +12025550199."),
    ],
)
def test_what_texts_come_from_must_be_there(
    account: TwilioAccount, service: str | None, number: str | None, fault: str
) -> None:
    assert faults_found(account, service=service, number=number) == [fault]


def test_a_suspended_account_and_one_on_trial_are_told(twilio: Stub, account: TwilioAccount) -> None:
    twilio.account |= {"status": "suspended", "type": "Trial"}

    assert faults_found(account, service=SERVICE) == [
        "The Twilio account is suspended.",
        "The Twilio account is on trial: it texts verified numbers only.",
    ]


def test_a_wrong_password_is_told_and_not_shown(twilio: Stub) -> None:
    account = TwilioAccount(Credentials(account_sid=ACCOUNT, auth_token="wrong"), threads=1, base_url=twilio.url)

    found = faults_found(account, service=SERVICE)
    account.close()

    assert found == ["Twilio refuses the credentials: Twilio answered 401, code 20003."]
    assert len(twilio.asked) == 1


def test_an_account_of_another_id_is_told(twilio: Stub) -> None:
    credentials = Credentials(account_sid="AC" + "9" * 32, api_key="SK" + "b" * 32, api_secret="the-secret")
    account = TwilioAccount(credentials, threads=1, base_url=twilio.url)

    found = faults_found(account, service=SERVICE)
    account.close()

    assert found == ["Twilio knows no account of this SID."]
    assert TOKEN not in str(found)


def test_a_restricted_key_is_told_what_it_needs(twilio: Stub, account: TwilioAccount) -> None:
    twilio.then(faults.refuse(70051, 403))

    found = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE).check(timeout=TIMEOUT)

    assert [finding.fault for finding in found] == ["Twilio refuses the credentials: Twilio answered 403, code 70051."]
    assert "a restricted key must be allowed to read" in found[0].mend


@pytest.mark.parametrize("fault", [faults.refuse(20500, 500), faults.say(200, b"<html>", accept=False)])
def test_a_twilio_that_makes_no_sense_is_told(twilio: Stub, account: TwilioAccount, fault: faults.Fault) -> None:
    twilio.then(fault)

    assert [found.partition(":")[0] for found in faults_found(account, service=SERVICE)] == ["Twilio can't be asked"]


def test_a_twilio_that_is_not_there_is_told(connect: Connect) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        account = connect(f"http://127.0.0.1:{nobody.getsockname()[1]}")

        found = faults_found(account, service=SERVICE)

    assert [one.partition(":")[0] for one in found] == ["Twilio can't be asked"]
