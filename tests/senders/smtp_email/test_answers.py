from __future__ import annotations

import re
from itertools import product

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Refused
from scheduler.senders.smtp_email.answers import Answer, Step, refusal
from tests.peers.smtp.authority import Authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.senders.smtp_email.postings import TIMEOUT, a_plain_sender, a_sender, an_email

SAYS = [
    # The recipient.
    ("RCPT", "550 5.1.1 No such user here", Fault.PERMANENT, "550 5.1.1"),
    ("RCPT", "550 No such user here", Fault.PERMANENT, "550"),
    ("RCPT", "551 User not local", Fault.PERMANENT, "551"),
    ("RCPT", "553 Mailbox name not allowed", Fault.PERMANENT, "553"),
    ("RCPT", "550 5.1.2 Host unknown", Fault.PERMANENT, "550 5.1.2"),
    ("RCPT", "556 5.1.10 Null MX", Fault.PERMANENT, "556 5.1.10"),
    ("RCPT", "550 5.2.1 Mailbox disabled", Fault.PERMANENT, "550 5.2.1"),
    ("RCPT", "550 5.4.4 Unable to route", Fault.PERMANENT, "550 5.4.4"),
    ("RCPT", "550 5.7.1 Not for you", Fault.PERMANENT, "550 5.7.1"),
    ("RCPT", "450 4.2.1 Greylisted", Fault.TEMPORARY, "450 4.2.1"),
    ("RCPT", "450 Mailbox busy", Fault.TEMPORARY, "450"),
    ("RCPT", "451 Local error", Fault.TEMPORARY, "451"),
    ("RCPT", "452 Insufficient storage", Fault.TEMPORARY, "452"),
    ("RCPT", "452 4.2.2 Over quota", Fault.TEMPORARY, "452 4.2.2"),
    ("RCPT", "552 5.2.2 Over quota", Fault.TEMPORARY, "552 5.2.2"),
    ("RCPT", "552 Over quota", Fault.TEMPORARY, "552"),
    ("RCPT", "550 4.4.1 Host does not answer", Fault.TEMPORARY, "550 4.4.1"),
    ("RCPT", "421 4.3.2 Closing", Fault.TEMPORARY, "421 4.3.2"),
    ("RCPT", "553 5.7.1 Sender not owned by this login", Fault.CONFIG, "553 5.7.1"),
    ("RCPT", "504 5.5.2 Helo needs a full name", Fault.CONFIG, "504 5.5.2"),
    ("RCPT", "530 5.7.0 Must issue a STARTTLS command first", Fault.CONFIG, "530 5.7.0"),
    # The sender.
    ("MAIL", "550 5.7.1 Sender refused", Fault.CONFIG, "550 5.7.1"),
    ("MAIL", "553 5.1.8 Sender's domain unknown", Fault.CONFIG, "553 5.1.8"),
    ("MAIL", "501 5.1.7 Bad sender", Fault.CONFIG, "501 5.1.7"),
    ("MAIL", "530 Authentication required", Fault.CONFIG, "530"),
    ("MAIL", "552 5.3.4 Too big", Fault.PERMANENT, "552 5.3.4"),
    ("MAIL", "552 Too big", Fault.PERMANENT, "552"),
    ("MAIL", "451 4.7.1 Later", Fault.TEMPORARY, "451 4.7.1"),
    # The content.
    ("DATA", "554 5.7.1 Looks like spam", Fault.PERMANENT, "554 5.7.1"),
    ("DATA", "554 Transaction failed", Fault.PERMANENT, "554"),
    ("DATA", "552 5.3.4 Too big", Fault.PERMANENT, "552 5.3.4"),
    ("DATA", "552 Too big", Fault.PERMANENT, "552"),
    ("DATA", "550 5.6.0 Bad content", Fault.PERMANENT, "550 5.6.0"),
    ("DATA", "550 5.7.26 Fails DMARC", Fault.CONFIG, "550 5.7.26"),
    ("DATA", "550 5.7.28 Mail flood", Fault.TEMPORARY, "550 5.7.28"),
    ("DATA", "451 4.3.0 Try again", Fault.TEMPORARY, "451 4.3.0"),
    ("DATA", "421 Closing", Fault.TEMPORARY, "421"),
    # The login.
    ("AUTH", "535 5.7.8 Bad credentials", Fault.CONFIG, "535 5.7.8"),
    ("AUTH", "535 Bad credentials", Fault.CONFIG, "535"),
    ("AUTH", "534 5.7.9 Stronger mechanism needed", Fault.CONFIG, "534 5.7.9"),
    ("AUTH", "550 5.7.13 Account disabled", Fault.CONFIG, "550 5.7.13"),
    ("AUTH", "454 4.7.0 Temporary failure", Fault.TEMPORARY, "454 4.7.0"),
]


@pytest.mark.parametrize(("verb", "says", "fault", "code"), SAYS, ids=[f"{verb} {says}" for verb, says, *_ in SAYS])
def test_a_servers_no_is_a_value(
    office: PostOffice, authority: Authority, verb: str, says: str, fault: Fault, code: str
) -> None:
    office.says[verb] = says

    outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (fault, code)
    assert office.received == []
    assert office.heard["DATA"] == (1 if verb == "DATA" else 0)


@pytest.mark.parametrize(
    "says", ["554 5.7.1 Relay access denied", "554 Relay access denied", "550 5.7.54 Unable to relay"]
)
def test_no_relaying_without_a_login_is_a_fault_of_ours(says: str) -> None:
    with post_office() as office:
        office.says["RCPT"] = says

        outcome = a_plain_sender(office.port).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.CONFIG


def test_a_wrong_password_is_a_fault_of_ours(office: PostOffice, authority: Authority) -> None:
    sender = a_sender(office.port, authority, login=("care@willow.example", "wrong"))

    outcome = sender.send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.CONFIG, "535 5.7.8")


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_a_reason_holds_nothing_of_the_patient(office: PostOffice, authority: Authority, verb: str) -> None:
    office.says[verb] = "550 5.1.1 <amira@patients.example>: Amira is unknown"

    outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert "amira" not in f"{outcome}".lower()


def test_what_a_server_holds_against_us_is_quoted(office: PostOffice, authority: Authority) -> None:
    office.says["AUTH"] = "550 5.7.13 Your invoice is overdue"

    outcome = a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith('It says: "5.7.13 Your invoice is overdue"')


def test_any_answer_of_success_to_the_content_is_one(office: PostOffice, authority: Authority) -> None:
    office.says["DATA"] = "252 Cannot verify, but will try"

    assert isinstance(a_sender(office.port, authority).send(an_email(), timeout=TIMEOUT), Accepted)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("enhanced", ["", "4.9.9 ", "5.0.0 ", "5.9.999 ", "5.7.999 ", "2.0.0 ", "5.1.1x ", "55.1.1 "])
def test_every_code_means_something_at_every_step(step: Step, enhanced: str) -> None:
    for code, logged_in in product([400, 499, 500, 521, 555, 599], [True, False]):
        found = refusal(Answer(code, f"{enhanced}words".encode()), step, logged_in=logged_in)

        assert isinstance(found, Refused)
        assert re.fullmatch(r"\d{3}( [45]\.\d+\.\d+)?", found.code)


@pytest.mark.parametrize("code", [-1, 0, 99, 100, 199, 250, 354, 600, 999])
def test_what_is_no_refusal_makes_no_sense(code: int) -> None:
    found = refusal(Answer(code, b"words"), Step.RECIPIENT, logged_in=True)

    assert isinstance(found, NotSent)
    assert found.code == "no-sense"


def test_endless_and_odd_words_are_quoted_on_one_short_line() -> None:
    found = refusal(Answer(550, b"\xff\r\n" + b"no " * 5000), Step.SENDER, logged_in=True)

    assert isinstance(found, Refused)
    assert len(found.reason) < 300
    assert found.reason.isprintable()
