"""Broken set-ups as their operator meets them: each ends with 1 and names one fault, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.test_doctor import findings
from tests.cli.test_serve_twilio import account
from tests.peers.smtp.authority import Authority, make_authority
from tests.peers.smtp.post_office import HOST, PostOffice, post_office
from tests.peers.twilio.stub import EMPTY_SERVICE, Stub
from tests.peers.twilio.stub import serving as twilio_serving
from tests.senders.smtp_email.postings import LOGIN

NO_SERVICE = "MG" + "9" * 32


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """An account that is well, set as the one that texts go by."""
    with twilio_serving() as stub:
        for name, value in account(stub).items():
            monkeypatch.setenv(name, value)
        yield stub
        assert (stub.posts, stub.violations) == ([], []), "a check sends nothing"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Iterator[PostOffice]:
    """A mail server that is well, set as the one that emails go by."""
    with post_office(starttls=authority.server_context(), logins=dict([LOGIN])) as office:
        for name, value in {
            "EMAIL": "smtp",
            "SMTP__HOST": HOST,
            "SMTP__PORT": str(office.port),
            "SMTP__USERNAME": LOGIN[0],
            "SMTP__PASSWORD": LOGIN[1],
            "SMTP__CA_FILE": str(authority.file),
            "SMTP__SENDER": "care@willow.example",
        }.items():
            monkeypatch.setenv(f"AFTERCARE_{name}", value)
        yield office
        assert office.received == [], "a check sends nothing"


def the_fault(cli: CommandLine) -> tuple[str, str]:
    [found] = [one for one in findings(cli, 1) if one["severity"] == "fault"]
    return found["what"], found["mend"]


def test_a_whole_set_up_is_well(sqlite_cli: CommandLine, twilio: Stub, mail: PostOffice) -> None:
    sqlite_cli.clinic()

    assert {found["severity"] for found in findings(sqlite_cli, 0)} == {"warning"}
    assert twilio.asked
    assert mail.heard == {"AUTH": 1}


@pytest.mark.parametrize(
    ("variable", "value", "fault", "mend"),
    [
        ("API_SECRET", "wrong", "refuses the credentials", "API key with its secret"),
        ("ACCOUNT_SID", "AC" + "9" * 32, "knows no account of this SID", "AFTERCARE_TWILIO__ACCOUNT_SID"),
        ("MESSAGING_SERVICE_SID", NO_SERVICE, f"has no messaging service {NO_SERVICE}", "MESSAGING_SERVICE_SID"),
        ("MESSAGING_SERVICE_SID", EMPTY_SERVICE, "has no sender", "Add a number"),
        ("BASE_URL", "http://127.0.0.1:1", "can't be asked", "AFTERCARE_TWILIO__BASE_URL"),
        ("FROM_NUMBER", "+12025550100", "and not both", "docs/settings.md"),
        ("API_KEY", "", "go together: set both or neither", "docs/settings.md"),
        ("EDGE", "dublin", "go together: set both or neither", "docs/settings.md"),
    ],
)
def test_a_broken_twilio_set_up_names_its_fault_and_mend(
    sqlite_cli: CommandLine,
    twilio: Stub,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    fault: str,
    mend: str,
) -> None:
    del twilio
    sqlite_cli.clinic()
    monkeypatch.setenv(f"AFTERCARE_TWILIO__{variable}", value)

    found = the_fault(sqlite_cli)

    assert fault in found[0]
    assert mend in found[1]
    assert "the-token" not in f"{found}"


@pytest.mark.parametrize(
    ("state", "fault"), [({"status": "suspended"}, "is suspended"), ({"type": "Trial"}, "is on trial")]
)
def test_an_account_that_cannot_text_patients_is_found(
    sqlite_cli: CommandLine, twilio: Stub, state: dict[str, object], fault: str
) -> None:
    twilio.account |= state

    assert fault in the_fault(sqlite_cli)[0]


@pytest.mark.parametrize(
    ("variable", "value", "fault", "mend"),
    [
        ("PASSWORD", "wrong", "refused our user name or password", "AFTERCARE_SMTP__PASSWORD"),
        ("CA_FILE", None, "certificate is not trusted", "AFTERCARE_SMTP__CA_FILE"),
        ("CA_FILE", "none.pem", "none.pem can't be used", "AFTERCARE_SMTP__CA_FILE"),
        ("STARTTLS", "false", "never sent unencrypted", "docs/settings.md"),
        ("PORT", "1", "Nothing listens", "AFTERCARE_SMTP__PORT"),
        ("SENDER", "nobody", "AFTERCARE_SMTP__SENDER", "AFTERCARE_SMTP__SENDER"),
    ],
)
def test_a_broken_mail_set_up_names_its_fault_and_mend(
    sqlite_cli: CommandLine,
    mail: PostOffice,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str | None,
    fault: str,
    mend: str,
) -> None:
    del mail
    sqlite_cli.clinic()
    if value is None:
        monkeypatch.delenv(f"AFTERCARE_SMTP__{variable}")
    else:
        monkeypatch.setenv(f"AFTERCARE_SMTP__{variable}", value)

    found = the_fault(sqlite_cli)

    assert fault in found[0]
    assert mend in f"{found}"
    assert LOGIN[1] not in f"{found}"


def test_a_key_file_that_is_gone_is_found(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()
    Path("aftercare.key").unlink()

    fault, mend = the_fault(sqlite_cli)

    assert fault == "The key file aftercare.key is missing."
    assert mend.startswith("Restore it")


def test_an_address_for_callbacks_that_is_not_secure_is_found(
    sqlite_cli: CommandLine, twilio: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    del twilio
    monkeypatch.setenv("AFTERCARE_PUBLIC_URL", "http://care.example.org")

    assert "must begin with https://" in the_fault(sqlite_cli)[0]
