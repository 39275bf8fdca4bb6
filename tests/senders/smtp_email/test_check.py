from __future__ import annotations

import socket

import pytest

from scheduler.senders.smtp_email import Tls
from tests.peers.smtp.authority import HOST, Authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.peers.smtp.rude_server import rude_server
from tests.senders.smtp_email.postings import LOGIN, SHORT, TIMEOUT, a_plain_sender, a_sender


def test_nothing_is_found_where_mail_could_go_and_none_is_sent(office: PostOffice, authority: Authority) -> None:
    assert a_sender(office.port, authority).check(timeout=TIMEOUT) == []
    assert office.heard == {"AUTH": 1}


def test_nothing_is_found_with_tls_from_the_first_byte(authority: Authority) -> None:
    with post_office(implicit_tls=authority.server_context(), logins=dict([LOGIN])) as office:
        assert a_sender(office.port, authority, tls=Tls.IMPLICIT).check(timeout=TIMEOUT) == []


def test_a_wrong_password_is_found_with_its_mend(office: PostOffice, authority: Authority) -> None:
    [finding] = a_sender(office.port, authority, login=(LOGIN[0], "wrong")).check(timeout=TIMEOUT)

    assert finding.fault.startswith("The mail server refused our user name or password.")
    assert "AFTERCARE_SMTP__PASSWORD" in finding.mend
    assert "wrong" not in f"{finding}"


def test_a_certificate_of_a_stranger_is_found_with_its_mend(office: PostOffice) -> None:
    [finding] = a_sender(office.port).check(timeout=TIMEOUT)

    assert "not trusted" in finding.fault
    assert "AFTERCARE_SMTP__CA_FILE" in finding.mend


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.OFF])
def test_tls_that_is_missing_is_found_with_its_mend(tls: Tls) -> None:
    with post_office() as office:
        [finding] = a_sender(office.port, tls=tls).check(timeout=TIMEOUT)

    assert "AFTERCARE_SMTP__STARTTLS" in finding.mend


def test_a_server_that_is_not_there_is_found_with_its_mend() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

    [finding] = a_plain_sender(port).check(timeout=TIMEOUT)

    assert "AFTERCARE_SMTP__PORT" in finding.mend


def test_a_name_that_has_no_server_is_found_with_its_mend() -> None:
    [finding] = a_sender(25, host="a..b").check(timeout=TIMEOUT)

    assert "AFTERCARE_SMTP__HOST" in finding.mend


def test_a_busy_server_is_told_from_one_that_refuses() -> None:
    with rude_server(lambda talk: talk.say(b"421 4.3.2 Too busy\r\n")) as server:
        [busy] = a_plain_sender(server.port).check(timeout=TIMEOUT)
    with rude_server(lambda talk: talk.say(b"554 5.7.1 You are blocked\r\n")) as server:
        [refused] = a_plain_sender(server.port).check(timeout=TIMEOUT)

    assert "few minutes" in busy.mend
    assert "You are blocked" in refused.fault
    assert "its own" in refused.mend


def test_silence_ends_in_time_and_is_found() -> None:
    with rude_server(lambda talk: talk.stay_silent()) as server:
        [finding] = a_plain_sender(server.port).check(timeout=SHORT)

    assert "in time" in finding.fault
