"""Whether an account and what texts come from are fit for sending, asked of Twilio. Nothing here sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twilio.rest import Client

from scheduler.domain.delivery.receipts import NoAnswer
from scheduler.domain.findings import Finding

Ask = Callable[[Callable[[], Any]], Any]
"""Makes one request of the SDK's. Raises NoAnswer."""
_NOT_ALLOWED = frozenset({401, 403})
_NOT_FOUND = 404


def check(client: Client, ask: Ask, *, service: str | None, number: str | None) -> list[Finding]:
    """What is wrong, the account first: nothing else is asked while Twilio doesn't let us in."""
    try:
        found = list(_account(client, ask))
        if service:
            found += _service(client, ask, service)
        elif number and number.startswith("+"):  # a name or short code can't be looked up by its text
            found += _number(client, ask, number)
    except NoAnswer as no:
        return [_unanswered(no)]
    return found


def _account(client: Client, ask: Ask) -> Iterator[Finding]:
    found = _found(ask, lambda: client.api.v2010.accounts(client.account_sid).fetch())
    if found is None:
        yield Finding(
            "Twilio knows no account of this SID.",
            "Set AFTERCARE_TWILIO__ACCOUNT_SID as Twilio's console shows it; for an account outside the US, set "
            "AFTERCARE_TWILIO__REGION and AFTERCARE_TWILIO__EDGE.",
        )
        return
    if found.status != "active":
        yield Finding(f"The Twilio account is {found.status}.", "Open Twilio's console and reactivate the account.")
    if found.type == "Trial":
        yield Finding("The Twilio account is on trial: it texts verified numbers only.", "Upgrade it at Twilio.")


def _service(client: Client, ask: Ask, sid: str) -> Iterator[Finding]:
    service = client.messaging.v1.services(sid)
    if _found(ask, service.fetch) is None:
        yield Finding(
            f"The Twilio account has no messaging service {sid}.",
            "Set AFTERCARE_TWILIO__MESSAGING_SERVICE_SID to one of this account, as Twilio's console shows it.",
        )
    elif not any(_has_one(ask, pool) for pool in (service.phone_numbers, service.short_codes, service.alpha_senders)):
        yield Finding(
            f"The messaging service {sid} has no sender: nothing can go out.",
            "Add a number, a short code or a sender name to it in Twilio's console.",
        )


def _has_one(ask: Ask, pool: Any) -> bool:  # noqa: ANN401  the SDK has no types
    return bool(_found(ask, lambda: list(pool.page(page_size=1))))


def _number(client: Client, ask: Ask, number: str) -> Iterator[Finding]:
    numbers = client.incoming_phone_numbers
    if not _found(ask, lambda: list(numbers.page(phone_number=number, page_size=1))):
        yield Finding(
            f"The Twilio account doesn't own the number {number}.",
            "Set AFTERCARE_TWILIO__FROM_NUMBER to a number of this account, or use a messaging service.",
        )


def _found(ask: Ask, question: Callable[[], Any]) -> Any:  # noqa: ANN401  the SDK has no types
    """What Twilio says; None where there is no such thing. Raises NoAnswer."""
    try:
        return ask(question)
    except NoAnswer as no:
        if no.status == _NOT_FOUND:
            return None
        raise


def _unanswered(no: NoAnswer) -> Finding:
    if no.status in _NOT_ALLOWED:
        return Finding(
            f"Twilio refuses the credentials: {no}",
            "Set the account SID with its auth token, or an API key with its secret, as Twilio's console shows them; "
            "a restricted key must be allowed to read accounts, numbers and messaging services.",
        )
    return Finding(
        f"Twilio can't be asked: {no}",
        "See that this machine reaches the API over HTTPS, and that AFTERCARE_TWILIO__BASE_URL is unset or right.",
    )
