from __future__ import annotations

import pytest

from scheduler.bootstrap import build_senders, check_senders
from scheduler.domain.delivery.senders import Provider, SenderIdentity, SenderInfo
from scheduler.domain.people.patients import Channel
from scheduler.senders.sandbox import Sandbox
from scheduler.settings import Settings


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
