"""What Twilio's codes and statuses mean to us, and the reading of its callbacks. Nothing here calls Twilio.

A code that isn't in the tables gets a safe meaning: Twilio adds codes, and asks that programs don't rely on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank

TOO_MANY_REQUESTS = 20429
SMALLEST_CODE = 10_000
"""Twilio's codes have five digits; the SDK puts the HTTP status where an answer has no code of Twilio's."""
TELL = " Tell whoever runs this service."
"""Ends the reason where neither the patient nor the front desk can do anything about it."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    fault: Fault
    reason: str
    resend_after: timedelta | None = None
    alert: bool = False


def _each(meaning: _Meaning, *codes: int) -> dict[int, _Meaning]:
    return dict.fromkeys(codes, meaning)


def _config(reason: str) -> _Meaning:
    return _Meaning(Fault.CONFIG, reason, alert=True)


def _permanent(reason: str, *, alert: bool = False) -> _Meaning:
    return _Meaning(Fault.PERMANENT, reason, alert=alert)


def _temporary(reason: str, *, minutes: int = 0, alert: bool = False) -> _Meaning:
    return _Meaning(Fault.TEMPORARY, reason, timedelta(minutes=minutes), alert=alert)


_A_DAY = 24 * 60
_BLOCKED = _Meaning(Fault.OPTED_OUT, "The patient has stopped texts from this sender.")
_LOOP = "Twilio saw more than 15 texts within 30 seconds between the same two numbers."
_SUSPENDED = "Twilio has suspended the account, or refuses its credentials."

# Answers to our request: sent on no account.
_REFUSALS = (
    _each(_config(_SUSPENDED), 10001, 20003, 20005, 70051, 90010)
    | _each(_config("Twilio doesn't know the account: its SID or its region is wrong."), 20404)
    | _each(_config("The number or messaging service that texts come from is wrong, not ours, or empty."), *(
        21212, 21603, 21606, 21659, 21660, 21701, 21702, 21703, 21704, 21705,
    ))
    | _each(_config("Texts to the country of this number are not switched on (Geo Permissions at Twilio)."), 21408)
    | _each(_config("The Twilio account is on trial or has no approved profile: it may not text this number."), 21608)
    | _each(_config("Twilio can't use the address for callbacks (AFTERCARE_PUBLIC_URL)."), 21609)
    | _each(_temporary("Twilio is under maintenance."), 21730)
    | _each(_temporary("More texts wait at Twilio for this sender than it can send in 10 hours."), 21611)
    | _each(_temporary(_LOOP, alert=True), 14107)
    | _each(_permanent("Twilio says that this isn't a phone number that can be texted."), 21211, 21217, 21604)
    | _each(_permanent("The number can't receive texts: it may be a landline."), 21614, 21635)
    | _each(_permanent("Twilio has no way from this sender to the number.", alert=True), 21612)
    | _each(_permanent("Twilio found our request wrong.", alert=True), *(
        21602, 21617, 21619, 21624, 35111, 35114, 35115, 35117, 35118, 35125, 90007,
    ))
    | _each(_BLOCKED, 21610)
)  # fmt: skip

# Words on a message that was taken, and then did not arrive.
_FAILURES = (
    _each(_config(_SUSPENDED), 30002)
    | _each(_config("The campaign that this sender is registered for was suspended."), 30033)
    | _each(_config("The sender is not registered in the country of the number."), 30018, 30024)
    | _each(_config("The sender is not registered or verified with the mobile networks yet."), 30032, 30034, 30035)
    | _each(_config("The channel refuses the text or its template."), 63005, 63013, 63016)
    | _each(_temporary("The sender's queue at Twilio was full.", minutes=15), 30001)
    | _each(_temporary("The phone was off or without signal.", minutes=30), 30003)
    | _each(_temporary("The mobile network gave no reason.", minutes=15), 30008)
    | _each(_temporary("The mobile network was congested or did not answer.", minutes=30), 30017, 30410)
    | _each(_temporary("The mobile network lets this sender send no faster.", minutes=60, alert=True), 30022, 63018)
    | _each(_temporary("The sender's messages of the day are used up.", minutes=_A_DAY, alert=True), *(
        30023, 30027, 63038,
    ))
    | _each(_temporary("Its time was over before Twilio could send it."), 30036)
    | _each(_temporary("Twilio could not put it off as its compliance rules ask."), 30047)
    | _each(_temporary("Twilio took it for SMS pumping.", minutes=30, alert=True), 30450)
    | _each(_temporary("Twilio's compliance rules allow no text at that hour.", minutes=60, alert=True), 30610)
    | _each(_temporary(_LOOP, minutes=5, alert=True), 14107)
    | _each(_permanent("The phone or its network blocks texts from this sender."), 30004)
    | _each(_permanent("The number is not in use."), 30005)
    | _each(_permanent("The number is a landline, or its network can't be reached."), 30006)
    | _each(_permanent("The mobile network filtered the text as spam.", alert=True), 30007)
    | _each(_permanent("Twilio's compliance rules forbid texts to this number.", alert=True), 30640)
    | _each(_permanent("The channel can't reach this person."), 63003, 63024, 63032, 63033, 63036)
    | _each(_BLOCKED, 21610, 63014)
)  # fmt: skip

_RANKS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), ReceiptRank.TAKEN),
    **dict.fromkeys(("delivered", "read"), ReceiptRank.DELIVERED),
    # A text of which parts are missing did not arrive.
    **dict.fromkeys(("undelivered", "failed", "canceled", "partially_delivered"), ReceiptRank.UNDELIVERED),
}


def refusal(code: int) -> Refused:
    """What a code of Twilio's in the answer to our request means; an unknown one: not this message, and tell."""
    known = _REFUSALS.get(code)
    meaning = known or _permanent(f"Twilio refused with code {code}, which isn't known here.", alert=True)
    return Refused(meaning.fault, str(code), meaning.reason + (TELL if meaning.alert else ""))


def failure(code: int | str | None) -> Failure:
    """What the code of a message that did not arrive means; without one, or with an unknown one: no resend."""
    text = str(code)
    number = int(text) if text.isdecimal() else 0
    meaning = _FAILURES.get(number) or _unknown(number)
    return Failure(
        fault=meaning.fault,
        code=str(number) if number else "none",
        reason=meaning.reason + (TELL if meaning.alert else ""),
        resend_after=meaning.resend_after,
        alert=meaning.alert,
    )


def rank(status: str) -> ReceiptRank | None:
    """How far a message of this status got; None for a word that isn't known here, or not of what we send."""
    return _RANKS.get(status)


def read_callback(form: Mapping[str, str], *, attempt_id: str | None, at: datetime) -> Receipt | None:
    """The receipt in a status callback, whose signature was checked; None where it says nothing that counts.

    `form` holds the fields as Twilio posts them; `attempt_id` stands in the address that it posts to.
    """
    provider_id, status = form.get("MessageSid") or form.get("SmsSid"), form.get("MessageStatus", "")
    reached = rank(status)
    if not provider_id or reached is None:
        return None
    return Receipt(
        attempt_id=attempt_id or None,
        provider_id=provider_id,
        provider_status=status,
        rank=reached,
        failure=failure(form.get("ErrorCode")) if reached is ReceiptRank.UNDELIVERED else None,
        at=at,
    )


def _unknown(number: int) -> _Meaning:
    if not number:
        return _permanent("Twilio could not deliver it and gave no reason.")
    return _permanent(f"Twilio could not deliver it: code {number}, which isn't known here.", alert=True)
