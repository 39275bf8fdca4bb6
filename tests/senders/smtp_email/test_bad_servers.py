from __future__ import annotations

import socket
import time
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Refused, Unknown
from tests.peers.smtp.authority import HOST, Authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.peers.smtp.rude_server import CONTENT, Talk, rude_server
from tests.senders.smtp_email.postings import ENOUGH_FOR_THE_CONTENT, SHORT, TIMEOUT, a_plain_sender, a_sender, an_email

Manners = Callable[[Talk], None]
BEFORE = ["connect", "EHLO", "MAIL", "RCPT", "DATA"]
"""Where nothing was handed over yet."""


def until(verb: str, then: Manners) -> Manners:
    """Behaves up to `verb`, and then so."""

    def behave(talk: Talk) -> None:
        if verb != "connect":
            talk.behave_until(verb)
        then(talk)

    return behave


def hang_up(talk: Talk) -> None:
    """The connection is closed after this anyway."""


def be_silent(talk: Talk) -> None:
    talk.stay_silent()


def drip(talk: Talk) -> None:
    talk.drip(b"250-and another line\r\n")


def talk_on(talk: Talk) -> None:
    talk.talk_on(b"250-and another line\r\n" * 500)


def say_a_long_line(talk: Talk) -> None:
    talk.say(b"250 " + b"x" * 20_000 + b"\r\n")


def say_nothing_that_makes_sense(talk: Talk) -> None:
    talk.say(b"\xff\xfe hello?\r\n")


def ask_for_more(talk: Talk) -> None:
    talk.say(b"100 tell me more\r\n")


@pytest.mark.parametrize("then", [hang_up, talk_on, say_a_long_line, say_nothing_that_makes_sense, ask_for_more])
@pytest.mark.parametrize("verb", BEFORE)
def test_what_goes_wrong_before_the_content_was_certainly_not_sent(verb: str, then: Manners) -> None:
    with rude_server(until(verb, then)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert server.connections == 1
    assert server.heard[CONTENT] == 0


@pytest.mark.parametrize("then", [hang_up, talk_on, say_a_long_line, say_nothing_that_makes_sense, ask_for_more])
def test_what_goes_wrong_after_the_content_leaves_a_doubt(then: Manners) -> None:
    with rude_server(until(CONTENT, then)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Unknown)
    assert server.connections == 1
    assert server.heard[CONTENT] == 1


def test_a_server_that_talks_without_end_is_cut_short_long_before_the_time_is_up() -> None:
    with rude_server(until("EHLO", talk_on)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=ENOUGH_FOR_THE_CONTENT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "lost"


@pytest.mark.parametrize("then", [be_silent, drip])
@pytest.mark.parametrize("verb", BEFORE)
def test_silence_and_dripping_before_the_content_end_in_time(verb: str, then: Manners) -> None:
    began = time.monotonic()
    with rude_server(until(verb, then)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=SHORT)
        took = time.monotonic() - began

    assert isinstance(outcome, NotSent)
    assert outcome.code == "timeout"
    assert took < 5


@pytest.mark.parametrize("then", [be_silent, drip])
def test_silence_and_dripping_after_the_content_leave_a_doubt_in_time(then: Manners) -> None:
    began = time.monotonic()
    with rude_server(until(CONTENT, then)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=ENOUGH_FOR_THE_CONTENT)
        took = time.monotonic() - began

    assert isinstance(outcome, Unknown)
    assert took < 10


def test_a_real_server_that_hangs_up_after_the_content_leaves_a_doubt(office: PostOffice, authority: Authority) -> None:
    office.hangs_up_after_content = True

    outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Unknown)
    assert len(office.received) == 1


@pytest.mark.parametrize("then", [hang_up, be_silent, drip, say_nothing_that_makes_sense])
def test_a_rude_goodbye_changes_nothing(then: Manners) -> None:
    def accept(talk: Talk) -> None:
        talk.behave_until(CONTENT)
        talk.say(b"250 OK\r\n")
        then(talk)

    with rude_server(accept) as server:
        outcome = a_plain_sender(server.port).send(an_email("a-7"), timeout=TIMEOUT)

    assert outcome == Accepted("a-7@willow.example")


@pytest.mark.parametrize(
    ("greeting", "fault"),
    [(b"554 5.7.1 You are blocked\r\n", Fault.CONFIG), (b"421 4.3.2 Too busy\r\n", Fault.TEMPORARY)],
)
def test_a_greeting_that_refuses_is_told(greeting: bytes, fault: Fault) -> None:
    with rude_server(lambda talk: talk.say(greeting)) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.fault is fault


def test_an_answer_of_several_lines_and_a_later_code_is_read_whole() -> None:
    def refuse(talk: Talk) -> None:
        talk.behave_until("RCPT")
        talk.say(b"550-5.1.1 The mailbox\r\n550-5.1.1 you asked for\r\n550 5.1.1 is closed\r\n")

    with rude_server(refuse) as server:
        outcome = a_plain_sender(server.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.code == "550 5.1.1"


def test_nobody_listening_is_not_sent() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

    outcome = a_plain_sender(port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "refused"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "a" * 70, "wei\u00dfe welt"])
def test_a_name_without_a_server_is_a_value(host: str) -> None:
    outcome = a_sender(25, host=host).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent | Refused)
    assert outcome.code in {"dns", "host"}


def test_a_message_that_is_too_large_is_refused_before_it_is_sent() -> None:
    with post_office(largest=1000) as office:
        outcome = a_plain_sender(office.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.PERMANENT, "552")
    assert office.heard["DATA"] == 0


def test_a_large_message_goes_whole() -> None:
    with post_office(largest=10_000_000) as office:
        outcome = a_plain_sender(office.port).send(an_email(body="ü word " * 100_000), timeout=TIMEOUT)

    assert isinstance(outcome, Accepted)
    text, page = message_from_bytes(office.received[0].content, policy=policy.default).iter_parts()
    assert text.get_content().count("ü word") == page.get_content().count("ü word") == 100_000
