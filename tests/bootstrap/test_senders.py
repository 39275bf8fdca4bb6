from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from scheduler.bootstrap import build_senders, check_senders
from scheduler.bootstrap.senders import build_smtp_email
from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.senders import Provider, SenderIdentity, SenderInfo
from scheduler.domain.errors import Invalid
from scheduler.domain.people.patients import Channel
from scheduler.senders.sandbox import Sandbox
from scheduler.senders.smtp_email import SmtpEmail
from scheduler.senders.twilio_sms import TwilioSms
from scheduler.settings import Settings, Smtp, Twilio
from tests.peers.smtp.authority import HOST, Authority, make_authority
from tests.peers.smtp.post_office import post_office
from tests.senders.smtp_email.postings import LOGIN, an_email

CARE = "care@willow.example"
TWILIO = Twilio(account_sid="AC" + "0" * 32, auth_token=SecretStr("token"), messaging_service_sid="MG" + "0" * 32)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


def a_sender(provider: Provider, *, channel: Channel = Channel.SMS, number: str | None = None) -> SenderInfo:
    return SenderInfo(id="s", channel=channel, provider=provider, identity=SenderIdentity(from_number=number))


@pytest.mark.parametrize("channel", list(Channel))
def test_with_nothing_set_the_shared_senders_are_one_sandbox(channel: Channel) -> None:
    find = build_senders(Settings())

    trial, live = (find(a_sender(provider, channel=channel)) for provider in (Provider.SANDBOX, Provider.SETTINGS))

    assert isinstance(trial, Sandbox)
    assert trial is live


def test_a_sandbox_has_nothing_to_check() -> None:
    assert check_senders(Settings())(a_sender(Provider.SETTINGS)) == []


def test_a_provider_that_the_settings_do_not_choose_has_no_way_out() -> None:
    sender = a_sender(Provider.TWILIO, number="+447911123456")

    [found] = check_senders(Settings())(sender)

    assert build_senders(Settings())(sender) is None
    assert found.mend == "Set AFTERCARE_SMS=twilio and its account."


def test_with_smtp_the_emails_of_live_clinics_go_there_and_nothing_else() -> None:
    find = build_senders(Settings(email="smtp", smtp=Smtp(host=HOST, sender=CARE)))

    assert isinstance(find(a_sender(Provider.SETTINGS, channel=Channel.EMAIL)), SmtpEmail)
    assert isinstance(find(a_sender(Provider.SETTINGS)), Sandbox)
    assert isinstance(find(a_sender(Provider.SANDBOX, channel=Channel.EMAIL)), Sandbox)


def test_with_twilio_the_texts_of_live_clinics_go_there_and_nothing_else() -> None:
    find = build_senders(Settings(sms="twilio", twilio=TWILIO))

    assert isinstance(find(a_sender(Provider.SETTINGS)), TwilioSms)
    assert isinstance(find(a_sender(Provider.TWILIO, number="+447911123456")), TwilioSms)
    assert isinstance(find(a_sender(Provider.SETTINGS, channel=Channel.EMAIL)), Sandbox)
    assert isinstance(find(a_sender(Provider.SANDBOX)), Sandbox)


@pytest.mark.parametrize("implicit", [False, True])
def test_the_settings_of_a_mail_server_are_the_ones_used(authority: Authority, *, implicit: bool) -> None:
    starttls, first_byte = (None, authority.server_context()) if implicit else (authority.server_context(), None)
    with post_office(starttls=starttls, implicit_tls=first_byte, logins=dict([LOGIN])) as office:
        sender = build_smtp_email(
            Smtp(
                host=HOST,
                port=office.port,
                username=LOGIN[0],
                password=SecretStr(LOGIN[1]),
                implicit_tls=implicit,
                ca_file=authority.file,
                local_hostname="machine.example",
                sender=f"Willow <{CARE}>",
                reply_to="desk@willow.example",
            ),
            SenderIdentity(),
        )

        outcome = sender.send(an_email(), timeout=timedelta(seconds=20))

    assert isinstance(outcome, Accepted)
    [received] = office.received
    assert (received.introduced_as, received.login, received.sender) == ("machine.example", LOGIN[0], CARE)
    assert b"\r\nReply-To: desk@willow.example\r\n" in received.content


def test_what_cannot_be_used_is_told_by_its_variable() -> None:
    with pytest.raises(Invalid, match=r"^AFTERCARE_SMTP__SENDER: "):
        build_smtp_email(Smtp(host=HOST, sender="nobody"), SenderIdentity())


def test_an_email_sender_of_a_clinic_comes_from_its_own_address() -> None:
    with post_office() as office:
        smtp = Smtp(host=HOST, port=office.port, starttls=False, sender=CARE)

        outcome = build_smtp_email(smtp, SenderIdentity(from_address="Fern <hello@fern.example>")).send(
            an_email(), timeout=timedelta(seconds=20)
        )

    assert isinstance(outcome, Accepted)
    assert office.received[0].sender == "hello@fern.example"


@pytest.mark.parametrize("public_url", ["https://care.example/", None])
def test_an_email_carries_a_link_that_ends_emails_where_there_is_a_public_address(public_url: str | None) -> None:
    with post_office() as office:
        smtp = Smtp(host=HOST, port=office.port, starttls=False, sender=CARE)
        sender = build_smtp_email(smtp, SenderIdentity(), public_url=public_url)

        sender.send(an_email(), timeout=timedelta(seconds=20))

    link = f"List-Unsubscribe: <https://care.example/u/{an_email().attempt_id}>".encode()
    assert (link in office.received[0].content) is (public_url is not None)
    assert (b"List-Unsubscribe-Post" in office.received[0].content) is (public_url is not None)


def test_what_no_sender_can_be_made_of_is_a_finding() -> None:
    settings = Settings(email="smtp", smtp=Smtp(host=HOST, sender="nobody"))

    [found] = check_senders(settings)(a_sender(Provider.SETTINGS, channel=Channel.EMAIL))

    assert found.fault.startswith("AFTERCARE_SMTP__SENDER: ")
