"""What callbacks are checked and read with, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.delivery.receipts import Receipt

ReadCallback = Callable[..., Receipt | None]
"""`read(fields, attempt_id=…, at=…)`: the receipt in a provider's callback; None where it says nothing that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioCallbacks:
    """Callbacks of one Twilio account."""

    public_url: str
    """The address that Twilio was given, which it signs: behind a proxy the request's own is another."""
    auth_token: str = field(repr=False)
    read: ReadCallback
    utc_now: Callable[[], datetime]
