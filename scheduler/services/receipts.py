"""What becomes of reminders by a provider's later word, however it came: by a callback, or because we asked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from scheduler.domain.delivery.aftermath import after_failure, elsewhere
from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank, merge
from scheduler.domain.delivery.reminders import Status
from scheduler.services.other_ways import other_way
from scheduler.services.sending import Answer, heed, record
from scheduler.storage import orphans, receipts, reminders, told_dates
from scheduler.storage.answers import end_stopped, way_values
from scheduler.storage.database import Db
from scheduler.storage.receipts import Report, Reported

_log = logging.getLogger(__name__)


def take(db: Db, came: Sequence[Receipt], *, now: datetime) -> int:
    """Store receipts, and give how many changed a reminder. The handle crosses clinics.

    They may come twice, late, early and out of order: a reminder only moves forward. A receipt of an attempt that has
    no answer yet proves that the provider took it. One of an attempt that isn't ours changes nothing.
    """
    return sum(_take_one(db, receipt, now) for receipt in came)


def _take_one(db: Db, receipt: Receipt, now: datetime) -> bool:
    about = _find(db, receipt)
    if about is None:
        orphans.keep_orphan(db, receipt, now=now)
        return False
    if not about.answered:
        record(db, [Answer(about.attempt_id, Accepted(receipt.provider_id))], now=now)
        about = receipts.reported(db, {about.attempt_id})[about.attempt_id]
    _keep(db, about, receipt, now)
    after = merge(about.status, receipt) if about.newest else None
    if after is None:
        return False
    return _move(db, about, receipt, after, now)


def _find(db: Db, receipt: Receipt) -> Reported | None:
    """The attempt that a receipt is about; None if it isn't ours, or was handed over under another id."""
    if receipt.attempt_id is None:
        return None
    about = receipts.reported(db, {receipt.attempt_id}).get(receipt.attempt_id)
    if about is None:
        _log.warning("a receipt of an attempt that isn't known", extra={"provider_id": receipt.provider_id})
        return None
    holder = receipts.taken_ids(db, {(about.sender_id, receipt.provider_id)})
    if about.provider_id not in {None, receipt.provider_id} or any(one != about.attempt_id for one in holder.values()):
        _log.warning("a receipt that doesn't fit its attempt", extra={"attempt": about.attempt_id})
        return None
    return about


def _keep(db: Db, about: Reported, receipt: Receipt, now: datetime) -> None:
    """Keep the provider's word beside the attempt, unless a word that ended it stands there already."""
    if about.status in {Status.DELIVERED, Status.UNDELIVERED}:
        return
    failure = receipt.failure
    report = Report(
        attempt_id=about.attempt_id,
        provider_status=receipt.provider_status,
        code=failure.code if failure else None,
        reason=failure.reason if failure else None,
        ended=receipt.rank is not ReceiptRank.TAKEN,
    )
    receipts.keep_reports(db, [report], now=now)


def _move(db: Db, about: Reported, receipt: Receipt, after: Status, now: datetime) -> bool:
    failure = receipt.failure
    reason = f"undelivered {failure.code}" if failure else None
    moved = reminders.move(db, {about.reminder_id}, after, reason=reason, now=now, only_from=frozenset({about.status}))
    if not moved:
        return False
    if after is Status.UNDELIVERED:
        told_dates.forget_told(db, moved)
    if failure is not None:
        heed(db, failure, about, now=now)
        if failure.alert:
            _log.error("a message did not arrive: %s", failure.reason, extra={"attempt": about.attempt_id})
        _go_on(db, about, failure, now)
    return True


def _go_on(db: Db, about: Reported, failure: Failure, now: datetime) -> None:
    """Send what did not arrive once more, or by another channel, if that may help and is still of use."""
    following = after_failure(about, failure, now)
    if following is None:
        return
    way = other_way(db, about.reminder_id) if following.otherwise else None
    if following.otherwise and way is None:
        return
    if way is not None:
        following = elsewhere(following)
    values = way_values(following, way, attempt_id=about.attempt_id)
    lost = frozenset({Status.UNDELIVERED})
    ids = {about.reminder_id}
    moved = reminders.move(db, ids, Status.SCHEDULED, reason=following.reason, now=now, only_from=lost, values=values)
    end_stopped(db, moved, now)
