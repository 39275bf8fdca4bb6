"""A text on its way, for the tests of the Twilio sender."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TO = "+447911123456"
TIMEOUT = timedelta(seconds=10)


def a_text(
    attempt_id: str = "a-1", *, to: str = TO, body: str = "Rest today.", until: datetime = NOON + timedelta(hours=8)
) -> Posting:
    return Posting(
        attempt_id=attempt_id,
        clinic_id="c-1",
        reminder_ids=("r-1",),
        kind=Kind.INSTRUCT,
        language="en",
        channel=Channel.SMS,
        to=to,
        message=Message(body=body),
        due_at=NOON,
        useful_until=NOON + timedelta(days=1),
        until=until,
    )
