from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.delivery.outcomes import Fault
from scheduler.domain.delivery.receipts import ReceiptRank
from scheduler.senders.twilio_sms.codes import TELL, failure, rank, read_callback, refusal
from tests.senders.twilio_sms.postings import NOON

SM = "SM" + "e" * 32


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (Fault.PERMANENT, {21211, 21217, 21604, 21612, 21614, 21635}),
        (Fault.PERMANENT, {21602, 21617, 21619, 21624, 35111, 35114, 35115, 35117, 35118, 35125, 90007}),
        (Fault.TEMPORARY, {14107, 21611, 21730}),
        (Fault.CONFIG, {20003, 20005, 20404, 21408, 21603, 21606, 21608, 21609, 21659, 21660, 70051}),
        (Fault.CONFIG, {21701, 21702, 21703, 21704, 21705}),
        (Fault.OPTED_OUT, {21610}),
    ],
)
def test_a_refusal_says_what_happens_next(fault: Fault, codes: set[int]) -> None:
    assert {code: refusal(code).fault for code in codes} == dict.fromkeys(codes, fault)
    assert all(refusal(code).code == str(code) for code in codes)


def test_a_refusal_for_a_reason_that_is_not_known_fails_the_text_and_is_told() -> None:
    found = refusal(29999)

    assert found.fault is Fault.PERMANENT
    assert "29999" in found.reason
    assert found.reason.endswith(TELL)


@pytest.mark.parametrize(("code", "tells"), [(21211, False), (21614, False), (21610, False), (21617, True)])
def test_a_refusal_that_nobody_at_the_desk_can_mend_is_told(code: int, *, tells: bool) -> None:
    assert refusal(code).reason.endswith(TELL) is tells


def test_whatever_holds_a_sender_is_told() -> None:
    assert all(refusal(code).reason.endswith(TELL) for code in (20003, 20404, 21408, 21606, 21608, 21609, 21703))


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (Fault.PERMANENT, {30004, 30005, 30006, 30007, 30640, 63003, 63024, 63032, 63033, 63036}),
        (Fault.TEMPORARY, {14107, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30036, 30047}),
        (Fault.TEMPORARY, {30410, 30450, 30610, 63018, 63038}),
        (Fault.CONFIG, {30002, 30018, 30024, 30032, 30033, 30034, 30035, 63005, 63013, 63016}),
        (Fault.OPTED_OUT, {21610, 63014}),
    ],
)
def test_a_message_that_did_not_arrive_says_what_happens_next(fault: Fault, codes: set[int]) -> None:
    found = {code: failure(code) for code in codes}

    assert {code: one.fault for code, one in found.items()} == dict.fromkeys(codes, fault)
    assert all((one.resend_after is not None) is (fault is Fault.TEMPORARY) for one in found.values())


@pytest.mark.parametrize(("code", "minutes"), [(30003, 30), (30008, 15), (30450, 30), (30023, 1440), (30036, 0)])
def test_a_resend_waits_as_long_as_its_cause_lasts(code: int, minutes: int) -> None:
    assert failure(code).resend_after == timedelta(minutes=minutes)


def test_a_filtered_text_is_never_sent_again() -> None:
    found = failure(30007)

    assert (found.fault, found.resend_after, found.alert) == (Fault.PERMANENT, None, True)


@pytest.mark.parametrize("code", [39999, "39999"])
def test_a_reason_that_is_not_known_leads_to_no_resend_and_is_told(code: int | str) -> None:
    found = failure(code)

    assert (found.fault, found.code, found.resend_after, found.alert) == (Fault.PERMANENT, "39999", None, True)
    assert found.reason.endswith(TELL)


@pytest.mark.parametrize("code", [None, "", "0", 0, "nonsense", "-3", "30003x"])
def test_no_reason_at_all_leads_to_no_resend(code: int | str | None) -> None:
    found = failure(code)

    assert (found.fault, found.code, found.resend_after, found.alert) == (Fault.PERMANENT, "none", None, False)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", ReceiptRank.TAKEN),
        ("scheduled", ReceiptRank.TAKEN),
        ("queued", ReceiptRank.TAKEN),
        ("sending", ReceiptRank.TAKEN),
        ("sent", ReceiptRank.TAKEN),
        ("delivered", ReceiptRank.DELIVERED),
        ("read", ReceiptRank.DELIVERED),
        ("undelivered", ReceiptRank.UNDELIVERED),
        ("failed", ReceiptRank.UNDELIVERED),
        ("canceled", ReceiptRank.UNDELIVERED),
        ("partially_delivered", ReceiptRank.UNDELIVERED),
        ("receiving", None),
        ("received", None),
        ("teleported", None),
        ("", None),
    ],
)
def test_each_status_has_its_rank(status: str, expected: ReceiptRank | None) -> None:
    assert rank(status) is expected


def test_a_callback_is_a_receipt_of_its_attempt() -> None:
    found = read_callback({"MessageSid": SM, "MessageStatus": "delivered"}, attempt_id="a-7", at=NOON)

    assert found is not None
    assert (found.attempt_id, found.provider_id, found.provider_status) == ("a-7", SM, "delivered")
    assert (found.rank, found.error_code, found.at) == (ReceiptRank.DELIVERED, None, NOON)


def test_a_callback_of_a_failure_says_why() -> None:
    form = {"MessageSid": SM, "MessageStatus": "undelivered", "ErrorCode": "30006"}

    found = read_callback(form, attempt_id="a-7", at=NOON)

    assert found is not None
    assert (found.rank, found.error_code) == (ReceiptRank.UNDELIVERED, "30006")


def test_a_code_beside_a_delivery_is_no_failure() -> None:
    form = {"MessageSid": SM, "MessageStatus": "delivered", "ErrorCode": "30006"}

    found = read_callback(form, attempt_id="a-7", at=NOON)

    assert found is not None
    assert found.failure is None


def test_fields_that_are_not_known_yet_do_no_harm() -> None:
    form = {"MessageSid": SM, "MessageStatus": "sent", "RawDlrDoneDate": "2603041200", "NewField": "x"}

    assert read_callback(form, attempt_id=None, at=NOON) is not None


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": SM},
        {"MessageStatus": "delivered"},
        {"MessageSid": "", "MessageStatus": "delivered"},
        {"MessageSid": SM, "MessageStatus": "teleported"},
        {"MessageSid": SM, "SmsStatus": "received", "Body": "STOP"},
    ],
)
def test_a_callback_that_says_nothing_of_use_is_none(form: dict[str, str]) -> None:
    assert read_callback(form, attempt_id="a-7", at=NOON) is None
