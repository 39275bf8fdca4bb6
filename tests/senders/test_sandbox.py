from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.outcomes import Accepted, Fault, Refused
from scheduler.domain.delivery.receipts import ReceiptRank
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.senders import Posting, Sender
from scheduler.domain.people.patients import Channel
from scheduler.senders.sandbox import Sandbox, TellingSandbox

TIMEOUT = timedelta(seconds=30)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def a_posting(
    attempt_id: str = "a-1",
    *,
    channel: Channel = Channel.SMS,
    to: str = "+447700900123",
    body: str = "Rest today.",
) -> Posting:
    return Posting(
        attempt_id=attempt_id,
        clinic_id="c-1",
        reminder_ids=("r-1",),
        kind=Kind.INSTRUCT,
        language="en",
        channel=channel,
        to=to,
        message=Message(body=body),
        due_at=NOON,
        useful_until=NOON + timedelta(days=1),
        until=NOON + timedelta(hours=8),
    )


def test_a_text_is_accepted_under_an_id_made_of_the_attempts() -> None:
    sandbox = Sandbox()

    outcome = sandbox.send(a_posting("a-7", body="a" * 161), timeout=TIMEOUT)

    assert outcome == Accepted("sandbox-a-7", parts=2)


def test_an_email_has_no_parts() -> None:
    email = a_posting("a-8", channel=Channel.EMAIL, to="amira@example.com")

    assert Sandbox().send(email, timeout=TIMEOUT) == Accepted("sandbox-a-8", parts=None)


def test_what_was_sent_is_remembered_in_order() -> None:
    sandbox = Sandbox()
    first, second = a_posting("a-1"), a_posting("a-2")

    sandbox.send(first, timeout=TIMEOUT)
    before = sandbox.sent
    sandbox.send(second, timeout=TIMEOUT)

    assert before == (first,)
    assert sandbox.sent == (first, second)


def test_only_the_last_postings_are_kept() -> None:
    sandbox = Sandbox(keeps=2)

    for number in range(5):
        sandbox.send(a_posting(f"a-{number}"), timeout=TIMEOUT)

    assert [posting.attempt_id for posting in sandbox.sent] == ["a-3", "a-4"]


def test_a_thousand_are_kept_unless_told_otherwise() -> None:
    sandbox = Sandbox()

    for number in range(1001):
        sandbox.send(a_posting(f"a-{number}"), timeout=TIMEOUT)

    assert len(sandbox.sent) == 1000


def test_several_threads_may_send_and_look_at_once() -> None:
    sandbox = Sandbox()

    def send(number: int) -> int:
        sandbox.send(a_posting(f"a-{number}"), timeout=TIMEOUT)
        return len(sandbox.sent)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(send, range(400)))

    assert len(sandbox.sent) == 400
    assert min(seen) >= 1


def test_it_fits_the_port() -> None:
    sender: Sender = Sandbox()

    assert isinstance(sender.send(a_posting(), timeout=TIMEOUT), Accepted)


def test_what_goes_to_a_number_that_a_demo_refuses_is_refused_and_not_kept() -> None:
    refused = Refused(Fault.PERMANENT, "30005", "The number is not in use.")
    sandbox = Sandbox(refuses={"+447700900999": refused})

    answers = [sandbox.send(a_posting(to=to), timeout=TIMEOUT) for to in ("+447700900999", "+447700900123")]

    assert answers == [refused, Accepted("sandbox-a-1", 1)]
    assert [posting.to for posting in sandbox.sent] == ["+447700900123"]


def test_a_demos_sandbox_says_of_its_texts_that_they_arrived_when_it_is_asked() -> None:
    sandbox = TellingSandbox()

    taken = sandbox.send(a_posting(), timeout=TIMEOUT)

    assert taken == Accepted("sandbox-a-1", 1, ask_after=timedelta(seconds=5))
    (told,) = sandbox.recent()
    assert (told.provider_id, told.rank) == ("sandbox-a-1", ReceiptRank.DELIVERED)
    assert sandbox.fetch("sandbox-a-1") == told
    assert sandbox.fetch("sandbox-other") is None


def test_a_demos_sandbox_says_nothing_of_emails_and_of_what_it_refused() -> None:
    refused = Refused(Fault.PERMANENT, "30005", "The number is not in use.")
    sandbox = TellingSandbox(refuses={"+447700900999": refused})

    answers = [
        sandbox.send(a_posting(to="+447700900999"), timeout=TIMEOUT),
        sandbox.send(a_posting(channel=Channel.EMAIL, to="amira@example.com"), timeout=TIMEOUT),
    ]

    assert answers == [refused, Accepted("sandbox-a-1", None)]
    assert sandbox.recent() == []
