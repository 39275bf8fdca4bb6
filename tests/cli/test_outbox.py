from __future__ import annotations

import pytest

from scheduler.services import outbox
from tests.cli.conftest import CommandLine
from tests.cli.test_session import FACTS, entries, words

PHONE = ("--phone", "+447700900101", "--consent-sms")


def test_an_outbox_entry_has_the_fields_that_others_rely_on(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    cli.well(*words(clinic_id, *PHONE, *FACTS))

    entry = entries(cli, clinic_id)[-1]

    assert list(entry) == [
        *("reminder_id", "session_id", "rule", "kind", "channel", "to", "body"),
        *("status", "due_at", "sent_at", "reason", "because"),
    ]
    assert (entry["status"], entry["sent_at"], entry["reason"]) == ("scheduled", None, None)


def test_a_long_outbox_is_whole_and_in_order(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic_id = cli.clinic()
    cli.well(*words(clinic_id, *PHONE, *FACTS))
    at_once = entries(cli, clinic_id)

    monkeypatch.setattr(outbox, "_AT_ONCE", 3)

    assert len(at_once) > 6
    assert entries(cli, clinic_id) == at_once


def test_an_outbox_of_nothing_is_an_empty_list(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()

    assert entries(sqlite_cli, clinic_id) == []
    assert sqlite_cli.well("outbox", "--clinic", clinic_id).out == ""
