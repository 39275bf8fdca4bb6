from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.delivery.outcomes import Accepted, NotSent, Unknown
from scheduler.senders.twilio_sms import TwilioSms
from tests.peers.smtp.authority import Authority, make_authority
from tests.peers.twilio import faults
from tests.peers.twilio.stub import SERVICE, Stub, serving
from tests.senders.twilio_sms.conftest import Connect
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, a_text


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who vouches for the stub."""
    return make_authority(tmp_path)


@pytest.fixture
def twilio(authority: Authority) -> Iterator[Stub]:
    """A stub behind TLS."""
    with serving(tls=authority.server_context()) as stub:
        yield stub
        assert stub.violations == []


def a_sender(connect: Connect, address: str, ca_file: Path | None) -> TwilioSms:
    account = connect(address, ca_file=ca_file)
    return TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)


def test_a_certificate_that_is_trusted_is_spoken_to(twilio: Stub, connect: Connect, authority: Authority) -> None:
    sender = a_sender(connect, twilio.url, authority.file)

    assert isinstance(sender.send(a_text("a-1"), timeout=TIMEOUT), Accepted)
    assert isinstance(sender.send(a_text("a-2"), timeout=TIMEOUT), Accepted)
    assert len(twilio.posts) == 2


def test_a_certificate_that_nobody_vouches_for_is_not(twilio: Stub, connect: Connect) -> None:
    outcome = a_sender(connect, twilio.url, None).send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert outcome.reason == "The secure connection to Twilio could not be made."
    assert twilio.posts == []


def test_a_certificate_of_another_host_is_not(connect: Connect, authority: Authority) -> None:
    with serving(tls=authority.server_context(name="api.example")) as twilio:
        outcome = a_sender(connect, twilio.url, authority.file).send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, NotSent)
    assert twilio.posts == []


@pytest.mark.parametrize("fault", [faults.drop, faults.cut_short, faults.cut_chunk, faults.garble])
def test_a_secure_connection_that_breaks_after_the_text_leaves_it_in_doubt(
    twilio: Stub, connect: Connect, authority: Authority, fault: faults.Fault
) -> None:
    sender = a_sender(connect, twilio.url, authority.file)
    twilio.then(fault)

    outcome = sender.send(a_text(), timeout=TIMEOUT)

    assert isinstance(outcome, Unknown)
    assert len(twilio.posts) == 1
