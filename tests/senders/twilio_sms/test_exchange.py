from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from requests import Request
from urllib3.connection import HTTPConnection

from scheduler.senders.twilio_sms.exchange import LARGEST_ANSWER, MadeAlready, OnceOnly, TooLarge, exchange, hand_over
from tests.peers.twilio import faults
from tests.peers.twilio.stub import ACCOUNT, MESSAGES, TOKEN, Stub
from tests.senders.twilio_sms.postings import TIMEOUT

A_MOMENT = timedelta(milliseconds=20)


@pytest.fixture
def once() -> Iterator[OnceOnly]:
    made = OnceOnly(threads=1)
    yield made
    made.close()


def a_question(twilio: Stub) -> Request:
    return Request("GET", twilio.url + MESSAGES, auth=(ACCOUNT, TOKEN))


def test_an_answer_comes_with_its_status(twilio: Stub, once: OnceOnly) -> None:
    with exchange(TIMEOUT) as made:
        status, text, headers = once.request(a_question(twilio))

    assert (status, made.status, made.handed_over) == (200, 200, True)
    assert '"messages": []' in text
    assert headers["content-type"] == "application/json"


def test_one_exchange_makes_one_request_whoever_asks_for_more(twilio: Stub, once: OnceOnly) -> None:
    with exchange(TIMEOUT):
        once.request(a_question(twilio))

        with pytest.raises(MadeAlready):
            once.request(a_question(twilio))

    assert len(twilio.asked) == 1


def test_without_time_nothing_is_asked(twilio: Stub, once: OnceOnly) -> None:
    with exchange(timedelta(0)) as made, pytest.raises(TimeoutError):
        once.request(a_question(twilio))

    assert not made.handed_over
    assert twilio.asked == []


class LateConnection(HTTPConnection):
    """Is there only when the time is over, as one that tried several addresses in turn."""

    def connect(self) -> None:
        threading.Event().wait(2 * A_MOMENT.total_seconds())
        self.sock = socket.socket()


def test_a_connection_that_comes_after_the_time_is_over_is_not_used() -> None:
    late = LateConnection("127.0.0.1")

    with exchange(A_MOMENT) as made, pytest.raises(TimeoutError):
        hand_over(late)
    late.close()

    assert not made.handed_over


@pytest.mark.parametrize(("size", "fits"), [(LARGEST_ANSWER, True), (LARGEST_ANSWER + 1, False)])
def test_an_answer_may_be_as_large_as_said(twilio: Stub, once: OnceOnly, size: int, *, fits: bool) -> None:
    twilio.then(faults.say(200, b"x" * size, accept=False))

    with exchange(TIMEOUT):
        if fits:
            assert len(once.request(a_question(twilio))[1]) == size
        else:
            with pytest.raises(TooLarge):
                once.request(a_question(twilio))


def test_letters_that_are_none_do_not_stop_the_reading(twilio: Stub, once: OnceOnly) -> None:
    twilio.then(faults.say(200, b"caf\xe9", accept=False))

    with exchange(TIMEOUT):
        assert once.request(a_question(twilio))[1] == "caf\ufffd"
