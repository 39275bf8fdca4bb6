from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault
from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage, ReceiptRank, body_hash
from scheduler.senders.twilio_sms import TwilioSms
from tests.peers.twilio import faults
from tests.peers.twilio.stub import NUMBER, SERVICE, Stub
from tests.senders.twilio_sms.conftest import Connect
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, TO, a_text

OTHER = "+447911123457"


def sent(sender: TwilioSms, attempt_id: str = "a-1", *, to: str = TO, body: str = "Rest today.") -> str:
    outcome = sender.send(a_text(attempt_id, to=to, body=body), timeout=TIMEOUT)
    assert isinstance(outcome, Accepted)
    return outcome.provider_id


def test_a_message_can_be_fetched(sender: TwilioSms) -> None:
    sid = sent(sender)

    assert sender.fetch(sid) == ProviderMessage(
        provider_id=sid,
        to=TO,
        body_hash=body_hash("Rest today."),
        sender=SERVICE,
        created_at=NOON,
        parts=None,
        provider_status="accepted",
        rank=ReceiptRank.TAKEN,
        failure=None,
    )


def test_a_message_from_a_number_names_it(twilio: Stub, connect: Connect) -> None:
    sender = TwilioSms(connect(twilio.url), utc_now=lambda: NOON, from_number=NUMBER)

    found = sender.fetch(sent(sender))

    assert found is not None
    assert (found.sender, found.parts) == (NUMBER, 1)


def test_a_message_that_did_not_arrive_says_why(twilio: Stub, sender: TwilioSms) -> None:
    sid = sent(sender)
    twilio.move(sid, "undelivered", 30003)

    found = sender.fetch(sid)

    assert found is not None
    assert found.rank is ReceiptRank.UNDELIVERED
    assert found.failure is not None
    assert (found.failure.code, found.failure.fault) == ("30003", Fault.TEMPORARY)


def test_a_polled_message_is_a_receipt(twilio: Stub, sender: TwilioSms) -> None:
    sid = sent(sender)
    twilio.move(sid, "delivered")

    found = sender.fetch(sid)
    assert found is not None
    receipt = found.receipt(at=NOON)

    assert receipt is not None
    assert (receipt.provider_id, receipt.rank, receipt.attempt_id) == (sid, ReceiptRank.DELIVERED, None)


def test_a_message_that_is_not_there_is_none(sender: TwilioSms) -> None:
    assert sender.fetch("SM" + "9" * 32) is None


def test_messages_to_a_number_are_listed_whatever_their_state(twilio: Stub, sender: TwilioSms) -> None:
    first, second, _ = sent(sender, "a-1"), sent(sender, "a-2", body="Drink."), sent(sender, "a-3", to=OTHER)
    twilio.move(first, "delivered")

    found = sender.list_to(TO, since=NOON)

    assert {one.provider_id: one.body_hash for one in found} == {
        first: body_hash("Rest today."),
        second: body_hash("Drink."),
    }
    assert twilio.asked[-1].query == {"To": TO, "PageSize": "100"}, "the time of sending is missing while it waits"


def test_only_messages_made_since_then_are_listed(twilio: Stub, sender: TwilioSms) -> None:
    sent(sender, "a-1")
    twilio.now = NOON + timedelta(minutes=1)
    late = sent(sender, "a-2")

    assert [one.provider_id for one in sender.list_to(TO, since=NOON + timedelta(seconds=30))] == [late]
    assert [one.provider_id for one in sender.list_to(TO, since=NOON + timedelta(seconds=65))] == [late]
    assert sender.list_to(TO, since=NOON + timedelta(seconds=66)) == []


def test_the_newest_messages_to_whomever_are_listed_in_one_question(twilio: Stub, sender: TwilioSms) -> None:
    first, second, third = sent(sender, "a-1"), sent(sender, "a-2", to=OTHER), sent(sender, "a-3")
    twilio.move(first, "delivered")
    twilio.ledger[third] |= {"direction": "inbound", "status": "received"}

    found = {one.provider_id: one.rank for one in sender.recent()}

    assert found == {first: ReceiptRank.DELIVERED, second: ReceiptRank.TAKEN}
    assert twilio.asked[-1].query == {"PageSize": "300"}


def test_what_a_patient_texted_is_not_listed(twilio: Stub, sender: TwilioSms) -> None:
    sid = sent(sender)
    twilio.ledger[sid] |= {"direction": "inbound", "status": "received"}

    assert sender.list_to(TO, since=NOON) == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(20003, 401),
        faults.refuse(20500, 500),
        faults.refuse_in_the_new_form(20429, 429),
        faults.say(200, b"<html>", accept=False),
        faults.say(200, None, accept=False),
        faults.say(200, {"messages": [{"sid": 7, "direction": "outbound-api"}]}, accept=False),
        faults.say(200, {"sid": "SM" + "9" * 32, "status": "sent"}, accept=False),
        faults.say(302, {"sid": "SM" + "9" * 32, "status": "sent"}, accept=False),
    ],
)
def test_what_can_not_be_read_is_no_answer_and_tells_no_number(
    twilio: Stub, sender: TwilioSms, fault: faults.Fault
) -> None:
    sid = sent(sender)
    twilio.then(fault, fault)

    with pytest.raises(NoAnswer) as of_one:
        sender.fetch(sid)
    with pytest.raises(NoAnswer) as of_all:
        sender.list_to(TO, since=NOON)

    assert TO not in f"{of_one.value} {of_all.value}"
    assert len(twilio.asked) == 3, "each was asked once"


def test_without_a_connection_there_is_no_answer(connect: Connect) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        account = connect(f"http://127.0.0.1:{nobody.getsockname()[1]}")

        with pytest.raises(NoAnswer) as caught:
            account.list_to(TO, since=NOON)

    assert caught.value.status is None
    assert caught.value.__cause__ is None, "it holds the address, and that the number"
    assert caught.value.__suppress_context__
