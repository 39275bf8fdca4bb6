from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Refused, Unknown
from scheduler.senders.twilio_sms import TwilioSms
from tests.peers.twilio import faults
from tests.peers.twilio.stub import SERVICE, Stub
from tests.senders.twilio_sms.conftest import Connect
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, a_text

SHORT = timedelta(seconds=0.5)
SLACK = timedelta(seconds=5)
"""What a busy machine may add."""
SM = "SM" + "e" * 32

# Whatever of these comes back, the text may have gone.
LEFT_IN_DOUBT = {
    "a fault of the server": faults.refuse(20500, 500),
    "no service for now": faults.refuse(20503, 503),
    "a gateway's fault, in words": faults.say(502, b"<html>Bad Gateway</html>", kind="text/html"),
    "a fault whose body claims to be ours": faults.refuse_in_the_new_form(21211, 500, says_status=400),
    "accepted, then dropped": faults.drop,
    "accepted in words": faults.say(201, b"<html>Created</html>", kind="text/html"),
    "accepted without a word": faults.say(201, b""),
    "accepted, cut at half its length": faults.cut_short,
    "accepted, cut in a chunk": faults.cut_chunk,
    "accepted, half a document": faults.cut_json,
    "accepted without an id": faults.say(201, {"status": "queued"}),
    "accepted under an id of something else": faults.say(201, {"sid": "MG" + "e" * 32}),
    "accepted under an id that is a number": faults.say(201, {"sid": 7}),
    "accepted as a list": faults.say(201, [{"sid": SM}]),
    "accepted as null": faults.say(201, None),
    "accepted at a strange time": faults.say(201, {"sid": SM, "date_created": 7}),
    "accepted so deep that it can't be read": faults.say(201, b"[" * 100_000 + b"]" * 100_000),
    "accepted in a packing that isn't one": faults.packed(b"not gzip"),
    "accepted in 50 MB, packed small": faults.packed_large,
    "accepted in 10 MB": faults.ten_megabytes,
    "a redirect": faults.redirect,
    "a redirect with a code": faults.refuse(21211, 302),
    "a no without a code": faults.say(403, {"message": "Forbidden"}, accept=False),
    "a no in words": faults.say(404, b"<html>Not Found</html>", accept=False, kind="text/html"),
    "a no with a code that is none": faults.say(400, {"code": None, "message": "No"}, accept=False),
    "a no that is a list": faults.say(400, ["No"], accept=False),
    "a no that is cut": faults.say(400, b'{"code": 21211, "mess', accept=False),
}
# These end when the time is over, and no thread stays behind.
LEFT_IN_DOUBT_WHEN_TIME_IS_OVER = {
    "silence": faults.hang,
    "a byte of the body now and then": faults.drip_body,
    "a byte of a header now and then": faults.drip_head,
    "news that it goes on, again and again": faults.go_on,
}


@pytest.mark.parametrize("fault", LEFT_IN_DOUBT.values(), ids=LEFT_IN_DOUBT.keys())
def test_a_text_that_may_have_gone_is_in_doubt_and_is_not_posted_again(
    twilio: Stub, connect: Connect, fault: faults.Fault
) -> None:
    sender = a_sender(connect, twilio.url, threads=1)
    twilio.then(fault)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Unknown)
    assert len(twilio.posts) == 1
    assert isinstance(sender.send(a_text("a-2"), timeout=TIMEOUT), Accepted)
    assert len(twilio.posts) == 2


@pytest.mark.parametrize("fault", LEFT_IN_DOUBT_WHEN_TIME_IS_OVER.values(), ids=LEFT_IN_DOUBT_WHEN_TIME_IS_OVER.keys())
def test_an_answer_that_does_not_end_is_given_up_in_time(twilio: Stub, connect: Connect, fault: faults.Fault) -> None:
    sender = a_sender(connect, twilio.url, threads=1)
    twilio.then(fault)
    began = monotonic()

    outcome = sender.send(a_text(), timeout=SHORT)

    assert isinstance(outcome, Unknown)
    assert monotonic() - began < (SHORT + SLACK).total_seconds()
    assert len(twilio.posts) == 1
    assert isinstance(sender.send(a_text("a-2"), timeout=TIMEOUT), Accepted)


@pytest.mark.parametrize("fault", [faults.refuse(20429, 429), faults.say(429, b"slow down", accept=False)])
def test_too_many_requests_are_certainly_not_sent(twilio: Stub, sender: TwilioSms, fault: faults.Fault) -> None:
    twilio.then(fault)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "20429"
    assert len(twilio.posts) == 1


def test_twilio_may_say_too_many_requests_under_another_status(twilio: Stub, sender: TwilioSms) -> None:
    twilio.then(faults.refuse(20429, 400), faults.refuse(20429, 503))

    assert isinstance(sender.send(a_text(), timeout=TIMEOUT), NotSent)
    assert isinstance(sender.send(a_text(), timeout=TIMEOUT), Unknown)


@pytest.mark.parametrize("no", [faults.refuse(21211), faults.refuse_in_the_new_form(21211)])
def test_a_no_is_read_in_both_of_twilios_forms(twilio: Stub, sender: TwilioSms, no: faults.Fault) -> None:
    twilio.then(no)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.PERMANENT, "21211")
    assert len(twilio.posts) == 1


def test_a_connection_that_twilio_closed_meanwhile_costs_nothing(twilio: Stub, sender: TwilioSms) -> None:
    twilio.then(faults.say_goodbye)

    first = sender.send(a_text("a-1"), timeout=TIMEOUT)
    twilio.wait_for_hang_up()
    second = sender.send(a_text("a-2"), timeout=TIMEOUT)

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert len(twilio.posts) == 2


def test_a_connection_refused_is_certainly_not_sent(connect: Connect) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        sender = a_sender(connect, f"http://127.0.0.1:{nobody.getsockname()[1]}")

        outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.code == "not_reached"


def test_a_host_name_that_is_none_is_certainly_not_sent(connect: Connect) -> None:
    outcome = a_sender(connect, f"http://{'a' * 64}.example").send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)


def test_a_host_that_takes_no_connection_is_certainly_not_sent(connect: Connect) -> None:
    with a_full_house() as address:
        began = monotonic()

        outcome = a_sender(connect, address).send(a_text(), timeout=SHORT)

    assert isinstance(outcome, NotSent)
    assert outcome.reason == "Twilio could not be reached in time."
    assert monotonic() - began < (SHORT + SLACK).total_seconds()


def test_a_host_that_makes_no_secure_connection_is_certainly_not_sent(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sender = a_sender(connect, f"https://127.0.0.1:{silent.getsockname()[1]}")
        began = monotonic()

        outcome = sender.send(a_text(), timeout=SHORT)

    assert isinstance(outcome, NotSent)
    assert monotonic() - began < (SHORT + SLACK).total_seconds()


def test_a_host_that_speaks_plain_http_is_certainly_not_sent(twilio: Stub, connect: Connect) -> None:
    outcome = a_sender(connect, twilio.url.replace("http:", "https:")).send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.reason == "The secure connection to Twilio could not be made."
    assert twilio.posts == []


def test_a_text_for_which_no_connection_is_free_in_time_is_certainly_not_sent(twilio: Stub, connect: Connect) -> None:
    sender = a_sender(connect, twilio.url, threads=1)
    twilio.then(faults.hang)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(sender.send, a_text("a-1"), timeout=TIMEOUT)
        twilio.wait_for_messages(1)
        second = sender.send(a_text("a-2"), timeout=SHORT)
        twilio.release()

    assert isinstance(first.result(), Unknown)
    assert isinstance(second, NotSent)
    assert second.reason == "Twilio could not be reached in time."
    assert len(twilio.posts) == 1


def a_sender(connect: Connect, address: str, *, threads: int = 4) -> TwilioSms:
    account = connect(address, threads=threads)
    return TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)


@contextmanager
def a_full_house() -> Iterator[str]:
    """The address of a listener whose queue is full: the kernel answers no further connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        guests = [socket.socket() for _ in range(3)]
        for guest in guests:
            guest.settimeout(0)
            guest.connect_ex(("127.0.0.1", port))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            for guest in guests:
                guest.close()
