from __future__ import annotations

import socket
from pathlib import Path

import pytest

from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.errors import Invalid
from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from tests.peers.twilio.stub import ACCOUNT, SERVICE, TOKEN, Stub
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, a_text

CREDENTIALS = Credentials(account_sid=ACCOUNT, auth_token=TOKEN)


def test_nothing_of_the_environment_leaks_in(twilio: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of somebody else")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    account = TwilioAccount(CREDENTIALS, threads=1, base_url=twilio.url)
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)

    outcome = sender.send(a_text(), timeout=TIMEOUT)
    account.close()

    assert isinstance(outcome, Accepted)
    assert (account.client.username, account.client.password) == (ACCOUNT, TOKEN)
    assert not account.client.region
    assert not account.client.edge


def test_half_credentials_are_not_made_whole_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of somebody else")

    with pytest.raises(Invalid):
        TwilioAccount(Credentials(account_sid=ACCOUNT), threads=1)


def test_no_proxy_certificate_or_login_is_taken_from_the_machine(
    twilio: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        account = TwilioAccount(CREDENTIALS, threads=1, base_url=twilio.url)
        sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)

        outcome = sender.send(a_text(), timeout=TIMEOUT)
        account.close()

    assert isinstance(outcome, Accepted)


def test_a_region_and_its_edge_choose_the_address_together() -> None:
    account = TwilioAccount(CREDENTIALS, threads=1, region="ie1", edge="dublin")

    assert account.client.get_hostname("https://api.twilio.com/x") == "https://api.dublin.ie1.twilio.com/x"


@pytest.mark.parametrize(("region", "edge"), [("ie1", None), (None, "dublin"), ("ie1", "")])
def test_a_region_without_its_edge_is_refused(region: str | None, edge: str | None) -> None:
    with pytest.raises(Invalid, match="go together"):
        TwilioAccount(CREDENTIALS, threads=1, region=region, edge=edge)


def test_a_region_for_another_address_is_refused() -> None:
    with pytest.raises(Invalid, match="can't both be set"):
        TwilioAccount(CREDENTIALS, threads=1, base_url="http://127.0.0.1:4010", region="ie1", edge="dublin")


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_another_address_of_the_api_may_end_in_a_slash(twilio: Stub, slash: str) -> None:
    account = TwilioAccount(CREDENTIALS, threads=1, base_url=twilio.url + slash)
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE)

    outcome = sender.send(a_text(), timeout=TIMEOUT)
    account.close()

    assert isinstance(outcome, Accepted)


def test_twilio_itself_is_asked_at_its_own_addresses() -> None:
    account = TwilioAccount(CREDENTIALS, threads=1)

    assert account.client.api.base_url == "https://api.twilio.com"
    assert account.client.messaging.base_url == "https://messaging.twilio.com"
