"""A stub of Twilio for each test, and an account and a sender that reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from tests.peers.twilio.stub import ACCOUNT, SERVICE, TOKEN, Stub, serving

Connect = Callable[..., TwilioAccount]


@pytest.fixture
def twilio() -> Iterator[Stub]:
    """A stub; the test fails if a request or an answer was not as Twilio describes it."""
    with serving() as stub:
        yield stub
        assert stub.violations == []


@pytest.fixture
def connect() -> Iterator[Connect]:
    """An account at an address; its connections are closed after the test."""
    opened: list[TwilioAccount] = []

    def connect(base_url: str, *, threads: int = 4, ca_file: Path | None = None) -> TwilioAccount:
        credentials = Credentials(account_sid=ACCOUNT, auth_token=TOKEN)
        opened.append(TwilioAccount(credentials, threads=threads, base_url=base_url, ca_file=ca_file))
        return opened[-1]

    yield connect
    for account in opened:
        account.close()


@pytest.fixture
def account(twilio: Stub, connect: Connect) -> TwilioAccount:
    """The stub's account."""
    return connect(twilio.url)


@pytest.fixture
def sender(twilio: Stub, account: TwilioAccount) -> TwilioSms:
    """A sender from the stub's messaging service, by the stub's clock."""
    return TwilioSms(account, utc_now=lambda: twilio.now, messaging_service_sid=SERVICE)
