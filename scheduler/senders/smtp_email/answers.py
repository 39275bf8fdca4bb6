"""What a mail server's answers mean: its codes on one side, our faults and plain reasons on the other.

The enhanced codes are those of RFC 3463, 4954, 5248 and 7372; where there is one, it decides over the basic code.
A fault of configuration holds the sender and the same message is tried again on its release. So nothing that one
patient's mailbox or one message may cause is such a fault: it would block all others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.delivery.outcomes import Fault, NotSent, Refused

_ENHANCED = re.compile(rb"[45]\.\d{1,3}\.\d{1,3}(?!\S)")
_LONGEST_QUOTE = 200
SUCCESS, GO_ON, FAILURE = 2, 3, (4, 5)
"""First digits of the codes."""


class Step(StrEnum):
    """How far a conversation had come when an answer came."""

    GREETING = "greeting"
    """Until TLS is set up and the server has said what it can do."""
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


_BEFORE_THE_PATIENT = frozenset({Step.GREETING, Step.LOGIN, Step.SENDER})
"""Where the server knows nothing of the patient yet, so that its words may be shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply of the server."""

    code: int
    """-1 if it began with no number."""
    text: bytes

    @property
    def enhanced(self) -> str:
        """The enhanced code that the text begins with, like `5.1.1`, if it tells of a failure; else empty."""
        found = _ENHANCED.match(self.text)
        return found[0].decode() if found else ""

    @property
    def codes(self) -> str:
        """Both codes, as people look them up: `550 5.1.1`."""
        return f"{self.code} {self.enhanced}".rstrip()

    @property
    def hundreds(self) -> int:
        """2 for 200 to 299, and so on."""
        return self.code // 100

    def quoted(self) -> str:
        """The server's words on one line, cut. From the recipient on they may name the patient's address."""
        return " ".join(self.text.decode(errors="replace").split())[:_LONGEST_QUOTE]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What an answer means if everything matches; the first row that does counts."""

    fault: Fault
    reason: str
    enhanced: str = r".*"
    basic: str = r".*"
    steps: frozenset[Step] = frozenset(Step)
    strangers_only: bool = False
    """Only where nobody logged in."""

    def fits(self, answer: Answer, step: Step, *, logged_in: bool) -> bool:
        return (
            step in self.steps
            and not (self.strangers_only and logged_in)
            and re.fullmatch(self.enhanced, answer.enhanced) is not None
            and re.fullmatch(self.basic, str(answer.code)) is not None
        )


_GREETING = frozenset({Step.GREETING})
_LOGIN = frozenset({Step.LOGIN})
_SENDER = frozenset({Step.SENDER})
_RECIPIENT = frozenset({Step.RECIPIENT})
_CONTENT = frozenset({Step.CONTENT})

_WRONG_LOGIN = "The mail server refused our user name or password."
_WANTS_MORE = "The mail server wants a login, or another way of TLS or of logging in."
_OUR_NAME = "The mail server refused the name that we introduce ourselves with."
_OUR_ADDRESS = "The mail server takes no mail from our address with this login."
_OUR_DOMAIN = "Our domain's SPF, DKIM, DMARC or reverse DNS entries don't vouch for our mail."
_STRANGERS = "The mail server passes no mail on without a login."
_TOO_LARGE = "The message is larger than the mail server takes, which is this program's fault."
_FULL = "The mailbox is full."
_BUSY = "The mail server takes no mail just now."

_TABLE = (
    _Row(enhanced=r"5\.7\.(8|14)", fault=Fault.CONFIG, reason=_WRONG_LOGIN),
    _Row(enhanced=r"5\.7\.(9|10|11)", fault=Fault.CONFIG, reason=_WANTS_MORE),
    _Row(enhanced=r"5\.7\.13", fault=Fault.CONFIG, reason="Our account at the mail server is disabled."),
    _Row(enhanced=r"5\.7\.2[0-6]", fault=Fault.CONFIG, reason=_OUR_DOMAIN),
    _Row(enhanced=r"5\.1\.[78]|5\.7\.27", fault=Fault.CONFIG, reason=_OUR_ADDRESS),
    _Row(enhanced=r"5\.7\.28", fault=Fault.TEMPORARY, reason="We sent this mail server too much at once."),
    _Row(enhanced=r"5\.2\.2", fault=Fault.TEMPORARY, reason=_FULL),
    _Row(enhanced=r"5\.2\.3|5\.3\.4", fault=Fault.PERMANENT, reason=_TOO_LARGE),
    _Row(enhanced=r"4\..*", fault=Fault.TEMPORARY, reason=_BUSY),
    _Row(basic=r"4..", enhanced=r"", fault=Fault.TEMPORARY, reason=_BUSY),
    _Row(basic=r"535", fault=Fault.CONFIG, reason=_WRONG_LOGIN),
    _Row(basic=r"530|534|538", fault=Fault.CONFIG, reason=_WANTS_MORE),
    _Row(steps=_GREETING, fault=Fault.CONFIG, reason="The mail server refused to talk to us."),
    _Row(steps=_LOGIN, fault=Fault.CONFIG, reason=_WRONG_LOGIN),
    _Row(steps=_SENDER | _CONTENT, basic=r"552", fault=Fault.PERMANENT, reason=_TOO_LARGE),
    _Row(steps=_SENDER, fault=Fault.CONFIG, reason=_OUR_ADDRESS),
    # Many servers keep what they hold against our name, our address or our missing login until here.
    _Row(steps=_RECIPIENT, basic=r"504", fault=Fault.CONFIG, reason=_OUR_NAME),
    _Row(steps=_RECIPIENT, basic=r"553", enhanced=r"5\.7\..*", fault=Fault.CONFIG, reason=_OUR_ADDRESS),
    _Row(steps=_RECIPIENT, enhanced=r"5\.7\..*", strangers_only=True, fault=Fault.CONFIG, reason=_STRANGERS),
    _Row(steps=_RECIPIENT, basic=r"554", strangers_only=True, fault=Fault.CONFIG, reason=_STRANGERS),
    _Row(steps=_RECIPIENT, basic=r"552", enhanced=r"", fault=Fault.TEMPORARY, reason=_FULL),  # RFC 5321, 4.5.3.1.10
    _Row(enhanced=r"5\.7\..*", fault=Fault.PERMANENT, reason="The mail server's policy refuses this message."),
    _Row(enhanced=r"5\.1\.[16]|5\.2\.1", fault=Fault.PERMANENT, reason="There is no such mailbox, or it is closed."),
    _Row(enhanced=r"5\.[14]\..*", fault=Fault.PERMANENT, reason="No mail can be brought to this address."),
    _Row(steps=_RECIPIENT, fault=Fault.PERMANENT, reason="The mail server refused this address."),
    _Row(steps=_CONTENT, fault=Fault.PERMANENT, reason="The mail server refused this message."),
)
"""The first match counts; the last rows leave nothing over."""


def refusal(answer: Answer, step: Step, *, logged_in: bool) -> Refused | NotSent:
    """What an answer means that is not the one hoped for, while it is certain that nothing was taken."""
    if answer.hundreds not in FAILURE:
        return NotSent("no-sense", f"The mail server's answer to the {step.value} made no sense.")
    row = next(row for row in _TABLE if row.fits(answer, step, logged_in=logged_in))
    words = f' It says: "{answer.quoted()}"' if step in _BEFORE_THE_PATIENT else ""
    return Refused(row.fault, answer.codes, row.reason + words)
