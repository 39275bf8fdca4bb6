from __future__ import annotations

import pytest

from scheduler.domain.delivery.failures import ADVICE, Cause, Remedy, cause_of, code_of
from scheduler.senders.smtp_email.answers import Answer, Step
from scheduler.senders.smtp_email.answers import refusal as mail_refusal
from scheduler.senders.twilio_sms import codes
from tests.domain.delivery.stored_reasons import stored_reasons

TWILIO = sorted({*codes._REFUSALS, *codes._FAILURES})  # noqa: SLF001  the tables that a new code is added to
SILENT = {"lease", "shutdown", "bundle", "bundle_split", "next_channel", "waited", "patient", "sender", "person"}
"""Reasons that say nothing of their own: it is planned again, or a person was at it, which its status says."""
WITH_CODE = {"refused ", "undelivered ", "not sent ", "sender held "}


def test_every_cause_says_what_happened_in_plain_words() -> None:
    assert set(ADVICE) == set(Cause)
    for advice in ADVICE.values():
        assert advice.told.endswith(".")
        words = f"{advice.told} {advice.to_do} {advice.by_itself}".lower()
        assert not {"please", "sorry", "invalid", "oops", "required", "sms", "provider", "twilio"} & set(words.split())


@pytest.mark.parametrize("code", TWILIO)
def test_every_code_of_twilios_that_sending_knows_has_words_of_its_own(code: int) -> None:
    cause = cause_of(f"undelivered {code}")

    assert cause is not None
    assert (cause is Cause.NO_REASON) is (code == 30008)
    assert str(code) not in ADVICE[cause].told
    assert ADVICE[cause].to_do


def test_what_staff_read_of_the_commonest_codes_is_the_designs() -> None:
    told = {code: ADVICE[cause_of(f"undelivered {code}") or Cause.HELD] for code in (30003, 30005, 30006, 21610, 99999)}

    assert {code: advice.told for code, advice in told.items()} == {
        30003: "The phone was off or had no signal.",
        30005: "This number is not in use.",
        30006: "This is a landline. It cannot get texts.",
        21610: "The patient sent STOP.",
        99999: "Not delivered. The network gave no reason.",
    }
    assert {code: advice.remedies for code, advice in told.items()} == {
        30003: (Remedy.SEND_AGAIN,),
        30005: (Remedy.FIX_CONTACT,),
        30006: (Remedy.FIX_CONTACT,),
        21610: (Remedy.OPEN_PATIENT,),
        99999: (Remedy.SEND_AGAIN,),
    }


def test_every_reason_that_the_program_stores_is_known_here() -> None:
    stored = stored_reasons()

    assert {reason for reason in stored if cause_of(reason) is None} == SILENT | WITH_CODE
    assert {"refused ", "undelivered ", "no_wording", "bundle_split", "not_useful", "no_answer"} <= stored


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("452 4.2.2", Cause.MAILBOX_FULL),
        ("552 5.2.2", Cause.MAILBOX_FULL),
        ("552", Cause.MAILBOX_FULL),
        ("550 5.1.1", Cause.NO_MAILBOX),
        ("550 5.2.1", Cause.NO_MAILBOX),
        ("550", Cause.NO_MAILBOX),
        ("550 5.4.4", Cause.NO_MAILBOX),
        ("552 5.3.4", Cause.NOT_TAKEN),
        ("550 5.7.1", Cause.MAIL_REFUSED),
        ("554", Cause.MAIL_REFUSED),
        ("address", Cause.NO_MAILBOX),
    ],
)
def test_a_mail_servers_codes_are_read_by_their_pattern(code: str, cause: Cause) -> None:
    assert cause_of(f"refused {code}") is cause


@pytest.mark.parametrize("code", [b"550 5.1.1 no such user", b"550 nobody", b"554 5.7.1 spam", b"552 5.2.2 full"])
def test_what_the_mail_sender_makes_of_an_answer_is_a_code_that_is_read_here(code: bytes) -> None:
    number, _, text = code.partition(b" ")

    refused = mail_refusal(Answer(int(number), text), Step.RECIPIENT, logged_in=True)

    assert cause_of(f"refused {refused.code}") is not Cause.NO_REASON


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("sender held 20003", Cause.ACCOUNT),
        ("sender held certificate", Cause.ACCOUNT),
        ("sender held 535 5.7.8", Cause.ACCOUNT),
        ("sender held 21408", Cause.COUNTRY),
        ("not sent 20429", Cause.BUSY),
        ("not sent something new", Cause.NOT_REACHED),
        ("undelivered something new", Cause.NO_REASON),
        ("undelivered <b>\nx", Cause.NO_REASON),
    ],
)
def test_a_code_that_is_not_known_means_what_it_can_where_it_stands(reason: str, cause: Cause) -> None:
    assert cause_of(reason) is cause


@pytest.mark.parametrize("reason", [None, "", "lease", "undelivered", "sender held"])
def test_a_reason_without_a_meaning_for_staff_has_no_cause(reason: str | None) -> None:
    assert cause_of(reason) is None


def test_the_raw_code_is_to_be_had_for_the_technical_details() -> None:
    assert code_of("undelivered 30005") == "30005"
    assert code_of("refused 550 5.1.1") == "550 5.1.1"
    assert code_of("not_useful") is None
    assert code_of(None) is None
