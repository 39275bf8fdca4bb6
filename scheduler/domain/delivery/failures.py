"""Why a message waits, did not arrive or will not go: the one table of what staff read about it and what they can do.

A cause is found by the stored reason, with a provider's code in it or one of our own. Which word and colour a
reminder then has is `state_words`'s to say; what a provider's codes lead to in sending is said beside its sender.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from scheduler.domain.delivery.aftermath import ANOTHER_WAY


class Remedy(StrEnum):
    """Something that a page offers beside the advice, where the message and the person's role allow it."""

    SEND_AGAIN = "send_again"
    FIX_CONTACT = "fix_contact"
    """The patient's numbers and addresses."""
    OPEN_PATIENT = "open_patient"


class Cause(StrEnum):
    """What is the matter, as far as it makes a difference to staff."""

    UNREACHABLE = "unreachable"
    UNKNOWN_NUMBER = "unknown_number"
    LANDLINE = "landline"
    BLOCKED = "blocked"
    FILTERED = "filtered"
    NO_REASON = "no_reason"
    OPTED_OUT = "opted_out"
    BAD_NUMBER = "bad_number"
    COUNTRY = "country"
    ACCOUNT = "account"
    NO_WAY = "no_way"
    NOT_TAKEN = "not_taken"
    BUSY = "busy"
    NOT_REACHED = "not_reached"
    USED_UP = "used_up"
    HOURS_OF_PROVIDER = "hours_of_provider"
    TRIED_OFTEN = "tried_often"
    MAILBOX_FULL = "mailbox_full"
    NO_MAILBOX = "no_mailbox"
    MAIL_REFUSED = "mail_refused"
    IN_DOUBT = "in_doubt"
    NO_ANSWER = "no_answer"
    NO_RECEIPT = "no_receipt"
    TOO_LATE = "too_late"
    NO_HOUR_LEFT = "no_hour_left"
    NO_MONEY = "no_money"
    NO_MONEY_LEFT = "no_money_left"
    QUIET_HOURS = "quiet_hours"
    SAYS_OPPOSITE = "says_opposite"
    FORBIDDEN = "forbidden"
    CLINIC_PAUSED = "clinic_paused"
    PATIENT_PAUSED = "patient_paused"
    HELD = "held"
    NO_CONTACT = "no_contact"
    NO_CONSENT = "no_consent"
    STOPPED = "stopped"
    VOIDED = "voided"
    ERASED = "erased"
    REPLANNED = "replanned"
    BY_A_PERSON = "by_a_person"
    SKIPPED = "skipped"
    NO_WORDING = "no_wording"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Advice:
    """A row of the table."""

    told: str
    """What happened; may hold `{late}` (how late it was) and `{until}` (until when it waits)."""
    to_do: str = ""
    """What staff do about one that did not go or arrive; empty where there is nothing to do."""
    remedies: tuple[Remedy, ...] = ()
    by_itself: str = ""
    """What the program does about one that waits for another try."""


NO_MONEY = "no_money"
"""The reason of one that waits, or waited until it was too late, because its sender's money of the month is gone."""
_AGAIN, _FIX, _PATIENT = Remedy.SEND_AGAIN, Remedy.FIX_CONTACT, Remedy.OPEN_PATIENT
_TRIES = "We try again by ourselves."
_WAITS = "It goes when the fault is mended."

ADVICE: Mapping[Cause, Advice] = MappingProxyType({
    Cause.UNREACHABLE: Advice(
        "The phone was off or had no signal.", "Send it again later, or call the patient.", (_AGAIN,), _TRIES
    ),
    Cause.UNKNOWN_NUMBER: Advice("This number is not in use.", "Check the number with the patient.", (_FIX,)),
    Cause.LANDLINE: Advice("This is a landline. It cannot get texts.", "Ask for a mobile, or use email.", (_FIX,)),
    Cause.BLOCKED: Advice("The phone or network blocked our text.", "Call the patient.", (_PATIENT,)),
    Cause.FILTERED: Advice(
        "The network thought our text was spam.", "Tell a manager. The wording or a link may be the cause.", (_PATIENT,)
    ),
    Cause.NO_REASON: Advice("Not delivered. The network gave no reason.", "Send it again once.", (_AGAIN,), _TRIES),
    Cause.OPTED_OUT: Advice("The patient sent STOP.", "Do not text. Call or print.", (_PATIENT,)),
    Cause.BAD_NUMBER: Advice("This is not a phone number we can text.", "Fix the number.", (_FIX,)),
    Cause.COUNTRY: Advice("We cannot text numbers in this country.", "Use email, and tell a manager.", (_FIX,), _WAITS),
    Cause.ACCOUNT: Advice(
        "Our account for sending is not working. This is not the patient's fault.",
        "A manager must act.",
        (_AGAIN,),
        _WAITS,
    ),
    Cause.NO_WAY: Advice(
        "Our account has no way to send to this number.", "Call the patient, and tell a manager.", (_PATIENT,)
    ),
    Cause.NOT_TAKEN: Advice(
        "The sending service did not accept this message. This is not the patient's fault.",
        "Call the patient, and tell a manager.",
        (_PATIENT,),
    ),
    Cause.BUSY: Advice("The text service is busy.", "Send it again.", (_AGAIN,), _TRIES),
    Cause.NOT_REACHED: Advice("We could not reach the sending service.", "Send it again.", (_AGAIN,), _TRIES),
    Cause.USED_UP: Advice(
        "Our texts for today are used up.", "Send it again tomorrow, and tell a manager.", (_AGAIN,), _TRIES
    ),
    Cause.HOURS_OF_PROVIDER: Advice(
        "The text service allows no texts at that hour.", "Send it again in the day.", (_AGAIN,), _TRIES
    ),
    Cause.TRIED_OFTEN: Advice(
        "We tried several times, and the sending service did not take it.", "Send it again, or call the patient.",
        (_AGAIN,),
    ),
    Cause.MAILBOX_FULL: Advice("The inbox is full.", "Use another way, or send it again later.", (_AGAIN,), _TRIES),
    Cause.NO_MAILBOX: Advice("The email address does not exist.", "Check the address with the patient.", (_FIX,)),
    Cause.MAIL_REFUSED: Advice(
        "The patient's mail server refused our email.", "Use another way, and tell a manager.", (_PATIENT,)
    ),
    Cause.IN_DOUBT: Advice(
        "We sent it and got no answer. It may have arrived.", "Wait: news may still come.", (), "We send it once more."
    ),
    Cause.NO_ANSWER: Advice(
        "We sent it and never got an answer. It may have arrived.", "Ask the patient, or send it again.", (_AGAIN,)
    ),
    Cause.NO_RECEIPT: Advice("Sent. The network has not told us if it arrived."),
    Cause.TOO_LATE: Advice(
        "Not sent: it was {late} late and the advice was out of date.", "Check if the patient needs a call.",
        (_PATIENT,),
    ),
    Cause.NO_HOUR_LEFT: Advice(
        "Not sent: the advice would have been out of date by the next hour in which messages go.",
        "Check if the patient needs a call.",
        (_PATIENT,),
    ),
    Cause.NO_MONEY: Advice(
        "Held: this month's money for messages is used up.",
        "A manager sets more.",
        by_itself="It goes once a manager sets more, or next month if it is of use then.",
    ),
    Cause.NO_MONEY_LEFT: Advice(
        "Not sent: the month's money for messages was used up, and the advice went out of date.",
        "Check if the patient needs a call, and tell a manager.",
        (_PATIENT,),
    ),
    Cause.QUIET_HOURS: Advice("Waiting until {until}."),
    Cause.SAYS_OPPOSITE: Advice("Waiting until {until}: until then another session says the opposite."),
    Cause.FORBIDDEN: Advice("Stopped: another session of the patient says the opposite."),
    Cause.CLINIC_PAUSED: Advice("Held: the clinic is paused.", "A manager ends the pause."),
    Cause.PATIENT_PAUSED: Advice("Held: the patient is paused.", "Resume the patient when it is time.", (_PATIENT,)),
    Cause.HELD: Advice("Held.", "See the patient.", (_PATIENT,)),
    Cause.NO_CONTACT: Advice("There is no number or address to send it to.", "Add a number or an email.", (_FIX,)),
    Cause.NO_CONSENT: Advice(
        "Stopped: the patient has not agreed to these messages.", "Ask the patient at the next session.", (_PATIENT,)
    ),
    Cause.STOPPED: Advice("Stopped: the patient stopped these messages.", "Do not text. Call or print.", (_PATIENT,)),
    Cause.VOIDED: Advice("Stopped: the session was voided."),
    Cause.ERASED: Advice("Stopped: the patient was erased."),
    Cause.REPLANNED: Advice("Stopped: the plan changed and does not need it any more."),
    Cause.BY_A_PERSON: Advice("Stopped by staff."),
    Cause.SKIPPED: Advice("Skipped by staff."),
    Cause.NO_WORDING: Advice(
        "There are no words for this message on this channel.", "Call the patient, and tell a manager.", (_PATIENT,)
    ),
    Cause.UNREADABLE: Advice(
        "Our own record of this message could not be read.", "Call the patient, and tell a manager.", (_PATIENT,)
    ),
})  # fmt: skip
"""Every cause has its row."""


def _each(cause: Cause, *codes: str | int) -> dict[str, Cause]:
    return dict.fromkeys(map(str, codes), cause)


_CODES: Mapping[str, Cause] = MappingProxyType(
    _each(Cause.UNREACHABLE, 30003)
    | _each(Cause.UNKNOWN_NUMBER, 30005)
    | _each(Cause.LANDLINE, 30006, 21614, 21635)
    | _each(Cause.BLOCKED, 30004)
    | _each(Cause.FILTERED, 30007, 30450)
    | _each(Cause.NO_REASON, 30008, "none")
    | _each(Cause.OPTED_OUT, 21610, 63014)
    | _each(Cause.BAD_NUMBER, 21211, 21217, 21604)
    | _each(Cause.COUNTRY, 21408)
    | _each(Cause.ACCOUNT, 10001, 20003, 20005, 20404, 70051, 90010, 21212, 21603, 21606, 21608, 21609)
    | _each(Cause.ACCOUNT, 21659, 21660, 21701, 21702, 21703, 21704, 21705)
    | _each(Cause.ACCOUNT, 30002, 30018, 30024, 30032, 30033, 30034, 30035)
    | _each(Cause.NO_WAY, 21612, 30640, 63003, 63024, 63032, 63033, 63036)
    | _each(Cause.NOT_TAKEN, 21602, 21617, 21619, 21624, 35111, 35114, 35115, 35117, 35118, 35125, 90007)
    | _each(Cause.NOT_TAKEN, 63005, 63013, 63016)
    | _each(Cause.BUSY, 14107, 20429, 21611, 21730, 30001, 30017, 30022, 30036, 30410, 63018)
    | _each(Cause.USED_UP, 30023, 30027, 63038)
    | _each(Cause.HOURS_OF_PROVIDER, 30047, 30610)
    | _each(Cause.NO_MAILBOX, "address")
    | _each(Cause.NOT_REACHED, "not_reached", "no_time_left", "shutdown", "tls", "dns", "refused", "timeout", "lost")
    | _each(Cause.NOT_REACHED, "no-sense")
)
"""The codes that senders give, Twilio's in digits. An SMTP server's have patterns of their own."""
_MAIL = (
    (re.compile(r"\d{3} [45]\.2\.2"), Cause.MAILBOX_FULL),
    (re.compile(r"55[02](?: 5\.1\.[16]| 5\.2\.1)"), Cause.NO_MAILBOX),
    (re.compile(r"\d{3} 5\.[14]\.\d+"), Cause.NO_MAILBOX),
    (re.compile(r"\d{3} 5\.(2\.3|3\.4)"), Cause.NOT_TAKEN),
    (re.compile(r"552"), Cause.MAILBOX_FULL),
    (re.compile(r"55[013]"), Cause.NO_MAILBOX),
    (re.compile(r"[45]\d\d( \d\.\d+\.\d+)?"), Cause.MAIL_REFUSED),
)
"""A mail server's codes as they are kept, `550 5.1.1`; the first that fits counts."""
_OWN: Mapping[str, Cause] = MappingProxyType({
    "no_contact": Cause.NO_CONTACT,
    "landline": Cause.LANDLINE,
    "no_wording": Cause.NO_WORDING,
    "unreadable": Cause.UNREADABLE,
    "tries used up": Cause.TRIED_OFTEN,
    "no_answer": Cause.IN_DOUBT,
    "not_useful": Cause.TOO_LATE,
    "clinic_paused": Cause.CLINIC_PAUSED,
    "patient_paused": Cause.PATIENT_PAUSED,
    "stopped": Cause.STOPPED,
    "no_consent": Cause.NO_CONSENT,
    "voided": Cause.VOIDED,
    "erased": Cause.ERASED,
    "replanned": Cause.REPLANNED,
    "forbidden": Cause.FORBIDDEN,
    "outside_hours": Cause.QUIET_HOURS,
    NO_MONEY: Cause.NO_MONEY,
})  # fmt: skip
"""Reasons that this program stores itself, where they say the same in every status."""
_WITH_CODE = re.compile(r"(?P<how>refused|undelivered|not sent|sender held) (?P<code>.+)", re.DOTALL)
_OTHERWISE = {"sender held": Cause.ACCOUNT, "not sent": Cause.NOT_REACHED}
"""What an unknown code means by where it came from."""


def code_of(reason: str | None) -> str | None:
    """The provider's own code in a stored reason, for those who look it up; None where there is none."""
    found = _WITH_CODE.fullmatch((reason or "").removeprefix(ANOTHER_WAY))
    return found["code"] if found else None


def cause_of(reason: str | None) -> Cause | None:
    """What a stored reason means; None for one that says nothing to staff (a lease that ran out, a bundle).

    A code that isn't known is `NO_REASON`, or a fault of ours where only those are stored so.
    """
    reason = (reason or "").removeprefix(ANOTHER_WAY)
    found = _WITH_CODE.fullmatch(reason)
    if found is None:
        return _OWN.get(reason)
    how, code = found["how"], found["code"]
    return _CODES.get(code) or _OTHERWISE.get(how) or _cause_of_mail(code)


def _cause_of_mail(code: str) -> Cause:
    return next((cause for pattern, cause in _MAIL if pattern.fullmatch(code)), Cause.NO_REASON)
