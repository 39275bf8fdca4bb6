"""The mends of what keeps a mail server from taking our mail, for whoever runs the service."""

from __future__ import annotations

from scheduler.domain.delivery.outcomes import Fault, NotSent, Refused
from scheduler.domain.findings import Finding

_ADDRESS = "Check AFTERCARE_SMTP__HOST and AFTERCARE_SMTP__PORT, and whether this machine reaches them."
_LOGIN = "Check AFTERCARE_SMTP__USERNAME and AFTERCARE_SMTP__PASSWORD."
_TLS = "Check AFTERCARE_SMTP__STARTTLS and AFTERCARE_SMTP__IMPLICIT_TLS: port 587 has the first, 465 the second."
_MENDS = {
    "auth": "Check AFTERCARE_SMTP__PORT: 587 and 465 are for logging in, 25 mostly isn't.",
    "host": _ADDRESS,
    "certificate": "Write the host as its certificate does; for a private authority, set AFTERCARE_SMTP__CA_FILE.",
    "login": _LOGIN,
    "no-tls": _TLS,
    "starttls": _TLS,
    "tls": _TLS,
    "530": f"{_LOGIN} {_TLS}",
    "534": f"{_LOGIN} {_TLS}",
    "535": _LOGIN,
    "538": _TLS,
}
"""By the first word of an outcome's code."""


_ASK = "Ask whoever runs the mail server; the words in quotes are its own."
_LATER = "Try again in a few minutes; if it stays, ask whoever runs the mail server."


def finding(outcome: Refused | NotSent) -> Finding:
    """The fault that an outcome tells of, and what to do about it."""
    return Finding(outcome.reason, _MENDS.get(outcome.code.split()[0]) or _by_kind(outcome))


def _by_kind(outcome: Refused | NotSent) -> str:
    if isinstance(outcome, NotSent):
        return _ADDRESS
    return _LATER if outcome.fault is Fault.TEMPORARY else _ASK
