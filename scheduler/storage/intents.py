"""The intent to send: the compare-and-set by which only one worker hands a claimed reminder, or a bundle, over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, bindparam, select, update

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.among import among_given
from scheduler.storage.claims import Claimed, ours, settle_claim
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.types import UtcDateTime


def start_sending(db: Db, claims: list[Claimed], *, now: datetime) -> set[str]:
    """The ids of those that were still ours and are `sending` now; the others were taken away or moved on.

    Compare-and-set on (id, claimed, token): what a person cancelled, moved or held meanwhile is not sent. A bundle goes
    whole or not at all; what is left of a broken one is given back, to be looked at again.
    """
    started: set[str] = set()
    whole = _whole(db, claims, now=now)
    for token in {claim.token for claim in whole}:
        ids = [claim.id for claim in whole if claim.token == token]
        started |= set(db.scalars(_STARTED, {"ids": ids, "token": token, "now": now})) & set(ids)
    return started


_NOW = bindparam("now", type_=UtcDateTime())
_STARTED = (
    update(ReminderRow)
    .where(
        ours(
            among_given(ReminderRow.id, "ids") | among_given(ReminderRow.bundled_into, "ids"),
            bindparam("token", type_=String()),
        )
    )
    .where(ReminderRow.lease_until > _NOW)
    .values(status=Status.SENDING, status_reason=None, status_at=_NOW, tries=ReminderRow.tries + 1)
    .returning(ReminderRow.id)
    .execution_options(synchronize_session=False)
)


def _whole(db: Db, claims: list[Claimed], *, now: datetime) -> list[Claimed]:
    """Those of which nothing was taken away; of a bundle that lost a member, the others wait again."""
    bundles = [claim for claim in claims if claim.followers]
    if not bundles:
        return claims
    ids = {member.id for claim in bundles for member in claim.members}
    mine = ReminderRow.claim_token.in_({claim.token for claim in bundles})
    still = set(
        db.scalars(
            select(ReminderRow.id)
            .where(ReminderRow.id.in_(ids), ReminderRow.status == Status.CLAIMED, mine, ReminderRow.lease_until > now)
            .with_for_update()
        )
    )
    broken = [claim for claim in bundles if not still.issuperset(member.id for member in claim.members)]
    for member in (member for claim in broken for member in claim.members):
        settle_claim(db, member, Status.SCHEDULED, reason="bundle", now=now)
    return [claim for claim in claims if claim not in broken]
