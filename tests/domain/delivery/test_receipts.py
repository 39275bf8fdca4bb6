from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.outcomes import Fault
from scheduler.domain.delivery.receipts import (
    Failure,
    NoAnswer,
    ProviderMessage,
    Receipt,
    ReceiptRank,
    body_hash,
    merge,
)
from scheduler.domain.delivery.reminders import MOVES, Status

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TAKEN, UNDELIVERED, DELIVERED = ReceiptRank.TAKEN, ReceiptRank.UNDELIVERED, ReceiptRank.DELIVERED
NOT_ON_ITS_WAY = [
    Status.SCHEDULED,
    Status.HELD,
    Status.CLAIMED,
    Status.FAILED,
    Status.SKIPPED,
    Status.CANCELLED,
    Status.EXPIRED,
]


def a_receipt(rank: ReceiptRank) -> Receipt:
    return Receipt(attempt_id="a-1", provider_id="p-1", provider_status="word", rank=rank, at=NOON)


@pytest.mark.parametrize("before", [Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN])
@pytest.mark.parametrize(
    ("rank", "after"), [(TAKEN, Status.SENT), (UNDELIVERED, Status.UNDELIVERED), (DELIVERED, Status.DELIVERED)]
)
def test_a_receipt_settles_what_is_open(before: Status, rank: ReceiptRank, after: Status) -> None:
    assert merge(before, a_receipt(rank)) is after


@pytest.mark.parametrize(
    ("rank", "after"), [(TAKEN, None), (UNDELIVERED, Status.UNDELIVERED), (DELIVERED, Status.DELIVERED)]
)
def test_what_is_sent_becomes_delivered_or_undelivered(rank: ReceiptRank, after: Status | None) -> None:
    assert merge(Status.SENT, a_receipt(rank)) is after


@pytest.mark.parametrize("before", [Status.DELIVERED, Status.UNDELIVERED])
@pytest.mark.parametrize("rank", ReceiptRank)
def test_the_first_last_word_stays(before: Status, rank: ReceiptRank) -> None:
    assert merge(before, a_receipt(rank)) is None


@pytest.mark.parametrize("before", NOT_ON_ITS_WAY)
@pytest.mark.parametrize("rank", ReceiptRank)
def test_what_was_not_on_its_way_stays_as_it_is(before: Status, rank: ReceiptRank) -> None:
    assert merge(before, a_receipt(rank)) is None


@given(before=st.sampled_from(Status), ranks=st.lists(st.sampled_from(ReceiptRank), max_size=8))
def test_whatever_comes_in_whatever_order_obeys_the_table_of_moves(before: Status, ranks: list[ReceiptRank]) -> None:
    status = before
    for rank in ranks:
        after = merge(status, a_receipt(rank))
        assert after is None or after in MOVES[status]
        status = after or status


@given(ranks=st.lists(st.sampled_from(ReceiptRank), min_size=1, max_size=8))
def test_the_same_receipt_again_changes_nothing(ranks: list[ReceiptRank]) -> None:
    status = Status.SENT
    for rank in ranks:
        status = merge(status, a_receipt(rank)) or status
        assert merge(status, a_receipt(rank)) is None


def test_a_receipt_shows_the_code_of_its_failure() -> None:
    failure = Failure(fault=Fault.PERMANENT, code="30006", reason="A landline.")
    receipt = Receipt(
        attempt_id=None, provider_id="p-1", provider_status="failed", rank=UNDELIVERED, failure=failure, at=NOON
    )

    assert receipt.error_code == "30006"
    assert a_receipt(DELIVERED).error_code is None


@pytest.mark.parametrize("rank", [*ReceiptRank, None])
def test_a_listed_message_is_a_receipt_if_its_status_is_known(rank: ReceiptRank | None) -> None:
    listed = ProviderMessage(
        provider_id="p-1",
        to="+447911123456",
        body_hash=body_hash("Rest."),
        sender="MG1",
        created_at=NOON,
        parts=1,
        provider_status="word",
        rank=rank,
        failure=None,
    )

    receipt = listed.receipt(at=NOON)

    assert (receipt.rank if receipt else None) is rank


def test_blank_space_that_a_provider_trims_does_not_make_another_text() -> None:
    assert body_hash(" Rest\ntoday. ") == body_hash("Rest today.")
    assert body_hash("Rest today.") != body_hash("Rest tomorrow.")
    assert body_hash("Rest today.") != body_hash("Resttoday.")


@pytest.mark.parametrize("status", [None, 503])
def test_no_answer_keeps_what_the_provider_said_of_it(status: int | None) -> None:
    error = NoAnswer("Twilio gave no answer of use.", status=status)

    assert (str(error), error.status) == ("Twilio gave no answer of use.", status)
