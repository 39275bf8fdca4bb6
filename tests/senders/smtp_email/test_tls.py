from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Refused
from scheduler.domain.errors import Invalid
from scheduler.senders.smtp_email import MailServer, SmtpEmail, Tls
from tests.peers.smtp.authority import HOST, Authority, make_authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.peers.smtp.rude_server import Talk, rude_server
from tests.senders.smtp_email.postings import LOGIN, SENDER, TIMEOUT, a_plain_sender, a_sender, an_email


def test_tls_from_the_first_byte_is_spoken_too(authority: Authority) -> None:
    with post_office(implicit_tls=authority.server_context(), logins=dict([LOGIN])) as office:
        outcome = a_sender(office.port, authority, tls=Tls.IMPLICIT).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Accepted)
    assert [received.encrypted for received in office.received] == [True]


def test_a_certificate_of_a_stranger_holds_the_sender(office: PostOffice) -> None:
    outcome = a_sender(office.port, authority=None).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "certificate")
    assert office.heard == {}


def test_only_the_given_authority_is_trusted(office: PostOffice, tmp_path: Path) -> None:
    outcome = a_sender(office.port, make_authority(tmp_path)).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.code == "certificate"


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize(
    ("name", "valid_for", "reason"),
    [("other.example", timedelta(days=1), "not valid for '127.0.0.1'"), (None, timedelta(hours=-1), "expired")],
)
def test_a_certificate_of_another_host_or_time_holds_the_sender(
    authority: Authority, tls: Tls, name: str | None, valid_for: timedelta, reason: str
) -> None:
    context = authority.server_context(name=name, valid_for=valid_for)
    starttls, implicit = (context, None) if tls is Tls.STARTTLS else (None, context)
    with post_office(starttls=starttls, implicit_tls=implicit, logins=dict([LOGIN])) as office:
        outcome = a_sender(office.port, authority, tls=tls).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "certificate")
    assert reason in outcome.reason
    assert office.heard == {}


def test_without_starttls_nothing_is_said(authority: Authority) -> None:
    with post_office() as office:
        outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "starttls")
    assert office.heard == {}


def test_a_password_never_goes_unencrypted(authority: Authority) -> None:
    with post_office(logins=dict([LOGIN])) as office:
        outcome = a_sender(office.port, authority, tls=Tls.OFF).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "no-tls")
    assert office.heard == {}


def test_without_tls_and_login_mail_goes_in_the_clear_where_that_was_asked_for() -> None:
    with post_office() as office:
        outcome = a_plain_sender(office.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Accepted)
    assert [received.encrypted for received in office.received] == [False]


def test_tls_where_none_is_spoken_is_not_sent(office: PostOffice, authority: Authority) -> None:
    outcome = a_sender(office.port, authority, tls=Tls.IMPLICIT).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "tls"


def test_what_was_slipped_in_before_tls_counts_for_nothing(authority: Authority) -> None:
    context = authority.server_context()

    def slip_in_an_answer(talk: Talk) -> None:
        talk.say(b"220 rude.example\r\n")
        talk.hear_line()
        talk.say(b"250-rude.example\r\n250 STARTTLS\r\n")
        talk.hear_line()
        talk.say(b"220 Go on\r\n250-slipped in\r\n250 AUTH PLAIN\r\n")
        talk.encrypt(context)
        talk.hear_line()
        talk.say(b"250 rude.example\r\n")

    with rude_server(slip_in_an_answer) as server:
        outcome = a_sender(server.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.code == "auth"


def test_a_server_that_offers_no_login_is_a_fault_of_ours(authority: Authority) -> None:
    with post_office(starttls=authority.server_context(), offers_login=False) as office:
        outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "auth")


@pytest.mark.parametrize("login", [("zoë", "secret"), ("care", "gehe€im")])
def test_a_login_in_letters_that_cannot_be_sent_is_told(
    office: PostOffice, authority: Authority, login: tuple[str, str]
) -> None:
    outcome = a_sender(office.port, authority, login=login).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "login")
    assert office.heard["MAIL"] == 0


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_of_authorities_that_is_none_is_told_at_once(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(Invalid, match="ca_file"):
        SmtpEmail(MailServer(host=HOST, ca_file=file), sender=SENDER)
