from __future__ import annotations

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Refused
from scheduler.domain.delivery.senders import Sender
from scheduler.domain.errors import Invalid
from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from tests.peers.twilio.stub import ACCOUNT, EMPTY_SERVICE, KEY, MESSAGES, NUMBER, SECRET, SERVICE, TOKEN, Stub
from tests.senders.twilio_sms.conftest import Connect
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, TO, a_text

FIRST = "SM" + "0" * 32
ASK = timedelta(seconds=10)


def test_a_text_goes_from_a_messaging_service(twilio: Stub, sender: TwilioSms) -> None:
    outcome = sender.send(a_text(body="Drink water – today."), timeout=TIMEOUT)

    assert outcome == Accepted(FIRST, parts=None, ask_after=ASK)
    assert [(post.path, post.form) for post in twilio.posts] == [
        (
            MESSAGES,
            {
                "To": TO,
                "Body": "Drink water – today.",
                "MessagingServiceSid": SERVICE,
                "ValidityPeriod": "28800",
                "MessageIntent": "notifications",
            },
        )
    ]


def test_a_text_goes_from_a_number_and_its_parts_are_known_at_once(twilio: Stub, account: TwilioAccount) -> None:
    sender = TwilioSms(account, utc_now=lambda: NOON, from_number=NUMBER)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert outcome == Accepted(FIRST, parts=1, ask_after=ASK)
    assert twilio.posts[0].form["From"] == NUMBER
    assert "MessagingServiceSid" not in twilio.posts[0].form


def test_without_a_public_address_no_callback_is_asked_for_and_we_ask_instead(twilio: Stub, sender: TwilioSms) -> None:
    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Accepted)
    assert outcome.ask_after == ASK
    assert "StatusCallback" not in twilio.posts[0].form


@pytest.mark.parametrize(
    ("public_url", "attempt_id", "expected"),
    [
        ("https://care.example", "a-7", "https://care.example/webhooks/twilio/status?a=a-7#rc=3&rp=all"),
        ("https://care.example/", "a-7", "https://care.example/webhooks/twilio/status?a=a-7#rc=3&rp=all"),
        ("https://example.org/care", "a-7", "https://example.org/care/webhooks/twilio/status?a=a-7#rc=3&rp=all"),
        ("https://care.example", "a&b=c#d", "https://care.example/webhooks/twilio/status?a=a%26b%3Dc%23d#rc=3&rp=all"),
    ],
)
def test_the_callback_brings_the_attempt_back_and_is_tried_again_whatever_fails(
    twilio: Stub, account: TwilioAccount, public_url: str, attempt_id: str, expected: str
) -> None:
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE, public_url=public_url)

    sender.send(a_text(attempt_id), timeout=TIMEOUT)

    assert twilio.posts[0].form["StatusCallback"] == expected


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(seconds=5), "5"),
        (timedelta(seconds=5.999), "5"),
        (timedelta(minutes=1), "60"),
        (timedelta(hours=10), "36000"),
        (timedelta(hours=10, seconds=1), "36000"),
        (timedelta(days=3), "36000"),
    ],
)
def test_twilio_gives_up_when_the_time_for_the_text_is_over(
    twilio: Stub, sender: TwilioSms, left: timedelta, seconds: str
) -> None:
    sender.send(a_text(until=NOON + left), timeout=TIMEOUT)

    assert twilio.posts[0].form["ValidityPeriod"] == seconds


@pytest.mark.parametrize("left", [timedelta(seconds=4.999), timedelta(0), timedelta(hours=-1)])
def test_a_text_with_less_than_five_seconds_left_is_not_sent(twilio: Stub, sender: TwilioSms, left: timedelta) -> None:
    outcome = sender.send(a_text(until=NOON + left), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "no_time_left"
    assert twilio.asked == []


@pytest.mark.parametrize(
    ("credentials", "login"),
    [
        (Credentials(account_sid=ACCOUNT, auth_token=TOKEN), (ACCOUNT, TOKEN)),
        (Credentials(account_sid=ACCOUNT, api_key=KEY, api_secret=SECRET), (KEY, SECRET)),
        (Credentials(account_sid=ACCOUNT, auth_token=TOKEN, api_key=KEY, api_secret=SECRET), (KEY, SECRET)),
    ],
)
def test_an_api_key_logs_in_before_the_auth_token(
    twilio: Stub, credentials: Credentials, login: tuple[str, str]
) -> None:
    account = TwilioAccount(credentials, threads=1, base_url=twilio.url)
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)

    outcome = sender.send(a_text(), timeout=TIMEOUT)
    account.close()

    assert isinstance(outcome, Accepted)
    assert twilio.posts[0].headers["Authorization"] == f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(account_sid=ACCOUNT),
        Credentials(account_sid="", auth_token=TOKEN),
        Credentials(account_sid="", api_key=KEY, api_secret=SECRET),
        Credentials(account_sid=ACCOUNT, auth_token=TOKEN, api_key=KEY),
        Credentials(account_sid=ACCOUNT, auth_token=TOKEN, api_secret=SECRET),
        Credentials(account_sid=ACCOUNT, auth_token=""),
    ],
)
def test_half_credentials_are_refused_before_anything_is_sent(credentials: Credentials) -> None:
    with pytest.raises(Invalid):
        TwilioAccount(credentials, threads=1)


@pytest.mark.parametrize(("service", "number"), [(SERVICE, NUMBER), (None, None), ("", "")])
def test_texts_come_from_a_service_or_from_a_number(
    account: TwilioAccount, service: str | None, number: str | None
) -> None:
    with pytest.raises(Invalid, match="not both"):
        TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=service, from_number=number)


def test_secrets_are_not_shown(account: TwilioAccount) -> None:
    credentials = Credentials(account_sid=ACCOUNT, auth_token=TOKEN, api_key=KEY, api_secret=SECRET)

    assert TOKEN not in repr(credentials)
    assert SECRET not in repr(credentials)
    assert TOKEN not in repr(account.client)


def test_two_clinics_share_the_connections_of_an_account(twilio: Stub, account: TwilioAccount) -> None:
    first = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)
    second = TwilioSms(account, utc_now=lambda: NOON, from_number=NUMBER)

    first.send(a_text("a-1"), timeout=TIMEOUT)
    second.send(a_text("a-2"), timeout=TIMEOUT)

    assert [post.form.get("MessagingServiceSid") for post in twilio.posts] == [SERVICE, None]


def test_many_threads_get_an_answer_each(twilio: Stub, connect: Connect) -> None:
    sender = TwilioSms(connect(twilio.url, threads=4), utc_now=lambda: NOON, messaging_service_sid=SERVICE)

    def send(number: int) -> tuple[str, str]:
        outcome = sender.send(a_text(f"a-{number}", body=f"text {number}"), timeout=TIMEOUT)
        assert isinstance(outcome, Accepted)
        return f"text {number}", outcome.provider_id

    with ThreadPoolExecutor(8) as pool:
        answered = dict(pool.map(send, range(120)))

    assert answered == {str(message["body"]): sid for sid, message in twilio.ledger.items()}


def test_a_wrong_password_holds_the_sender(twilio: Stub) -> None:
    account = TwilioAccount(Credentials(account_sid=ACCOUNT, auth_token="wrong"), threads=1, base_url=twilio.url)

    outcome = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE).send(a_text(), timeout=TIMEOUT)
    account.close()

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "20003")


@pytest.mark.parametrize(
    ("service", "number", "code"),
    [(EMPTY_SERVICE, None, "21703"), ("MG" + "0" * 32, None, "21705"), (None, "+12025550199", "21660")],
)
def test_a_sender_that_the_account_has_not_is_held(
    account: TwilioAccount, service: str | None, number: str | None, code: str
) -> None:
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=service, from_number=number)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, code)


def test_a_patient_who_texted_stop_to_twilio_has_opted_out(twilio: Stub, sender: TwilioSms) -> None:
    twilio.stopped.add(TO)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.OPTED_OUT


def test_neither_reason_nor_log_tells_the_number(
    twilio: Stub, sender: TwilioSms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    outcome = sender.send(a_text(to="+44"), timeout=TIMEOUT)
    sender.send(a_text(), timeout=TIMEOUT)
    sender.list_to(TO, since=NOON)

    assert isinstance(outcome, Refused)
    assert "+44" not in outcome.reason
    assert twilio.asked[-1].query["To"] == TO
    assert TO.removeprefix("+") not in caplog.text


def test_it_fits_the_port(sender: TwilioSms) -> None:
    port: Sender = sender

    assert isinstance(port.send(a_text(), timeout=TIMEOUT), Accepted)
